"""`hwsim explain`: it says what `hwsim simulate` says of the layer, and of every change."""

import json
import signal
from collections.abc import Iterator
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from hwsim.cache import FOLDER, Cache
from hwsim.command import explain
from hwsim.explanation import Change
from hwsim.report.figures import percent, si
from hwsim.vocabulary import DIMENSIONS
from tests.command.call import CHIP, NET, ROOT, hwsim, process, report
from tests.command.test_process import ended, in_time, seen_at_a_terminal

SCHEMAS = {
    name: json.loads((ROOT / "hwsim" / "schemas" / name / "v1.json").read_text("utf-8"))
    for name in ("report", "explanation")
}
EXPLAIN = ("explain", CHIP, NET)
#: Options under which the two layers differ: by what is best, how much there is, what is tried.
OPTIONS = [
    (),
    ("--objective", "cycles"),
    ("--objective", "edp", "--batch", "3"),
    ("--set", "components.spad.capacity_words={weights: 20, inputs: 30, outputs: 7}"),
    ("--tiles", "divisors", "--set", "energy_unit=mac", "--set", "charging.by=transfer"),
]


def explanation(layer: str, *arguments: str | Path, status: int = 0) -> dict[str, Any]:
    """The JSON explanation of a layer of the small network on the small chip."""
    printed = hwsim(*EXPLAIN, layer, "--format", "json", *arguments, status=status).stdout
    document: dict[str, Any] = json.loads(printed)
    return document


def simulated(layer: str, *arguments: str | Path) -> dict[str, Any]:
    """The same layer as `simulate` reports it."""
    (found,) = report("--layers", layer, *arguments)["layers"]
    return dict(found)


# --- What is said of the layer ---------------------------------------------------------------


@pytest.mark.parametrize("layer", ["conv", "fc"])
@pytest.mark.parametrize("options", OPTIONS)
def test_the_layer_is_as_simulate_reports_it(layer: str, options: tuple[str, ...]) -> None:
    """The layer, and every word and energy of a component, are those of `simulate`."""
    told = explanation(layer, "--no-what-if", *options)
    expected = simulated(layer, *options)
    assert told["layer"] == expected
    for name, entries in told["components"].items():
        energies = sum(Fraction(str(entry["energy"])) for entry in entries.values())
        assert energies == Fraction(str(expected["by_component"][name]))
        moved = {
            what: {key: entry[key] for key in ("reads", "writes", "read_bits", "written_bits")}
            for what, entry in entries.items()
            if entry["reads"] is not None
        }
        assert moved == expected["accesses"].get(name, {})


@pytest.mark.parametrize("layer", ["conv", "fc"])
@pytest.mark.parametrize("options", OPTIONS)
def test_the_loops_are_those_that_were_counted(layer: str, options: tuple[str, ...]) -> None:
    """They are the loops of the mapping, and run every iteration of every dimension, once."""
    told = explanation(layer, "--no-what-if", *options)
    (places,) = told["layer"]["mapping"]["layers"].values()
    extents = dict(told["layer"]["bounds"])
    expected = []
    for place, loops in places.items():
        for dimension, tile in loops.items():
            expected += [(place, dimension, tile)] if tile < extents[dimension] else []
            extents[dimension] = min(extents[dimension], tile)
    assert [(run["place"], run["dimension"], run["tile"]) for run in told["loops"]] == expected
    for dimension, bound in told["layer"]["bounds"].items():
        tiles = [run["tile"] for run in told["loops"] if run["dimension"] == dimension]
        assert iterations(bound, tiles) == bound
    if all(run["last"] == run["tile"] for run in told["loops"]):
        assert prod(run["steps"] for run in told["loops"]) == told["layer"]["macs"]


def iterations(extent: int, tiles: list[int]) -> int:
    """How often the body of the loops with these tiles runs, counted."""
    if not tiles:
        return 1
    starts = range(0, extent, tiles[0])
    return sum(iterations(min(tiles[0], extent - start), tiles[1:]) for start in starts)


@pytest.mark.parametrize("layer", ["conv", "fc"])
@pytest.mark.parametrize("options", OPTIONS)
def test_nothing_holds_more_than_it_can(layer: str, options: tuple[str, ...]) -> None:
    """Tiles that share a capacity, and those that have their own, are within it; the shape of a
    tile multiplies to its words.
    """
    told = explanation(layer, "--no-what-if", *options)
    spad = told["components"]["spad"]
    rooms = {entry["capacity_words"] for entry in spad.values()}
    if len(rooms) == 1:
        assert sum(entry["tile_words"] for entry in spad.values()) <= rooms.pop()
    assert all(entry["tile_words"] <= entry["capacity_words"] for entry in spad.values())
    held = [entry for part in told["components"].values() for entry in part.values()]
    held = [entry for entry in held if entry["tile_words"]]
    assert len(held) == 6
    assert all(prod(entry["tile_shape"].values()) == entry["tile_words"] for entry in held)


def test_an_explanation_fits_its_schema(tmp_path: Path) -> None:
    """An explanation has exactly the keys and types that its schema says, also without a mapping
    of its own, and of a chip that some changes do not suit.
    """
    Draft202012Validator.check_schema(SCHEMAS["explanation"])
    assert_fits(explanation("conv", "--set", "components.spad.capacity_words=20"))
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps(simulated("conv")["mapping"]))
    assert_fits(explanation("conv", "--mapping", saved))


def assert_fits(told: dict[str, Any]) -> None:
    """It is what the schema of explanations says."""
    resources = [(each["$id"], Resource.from_contents(each)) for each in SCHEMAS.values()]
    registry = Registry().with_resources(resources)
    Draft202012Validator(SCHEMAS["explanation"], registry=registry).validate(told)


# --- What would help -------------------------------------------------------------------------


@pytest.mark.parametrize("options", OPTIONS)
def test_a_change_is_what_simulate_makes_of_it(options: tuple[str, ...]) -> None:
    """With `--set`, `simulate` gives the energy and the cycles that the explanation gives."""
    told = explanation("conv", *options)
    assert told["changes"]
    for change in told["changes"]:
        if change["reasons"]:
            result = hwsim(
                *("simulate", CHIP, NET, "--layers", "conv"),
                *(*options, "--set", change["set"]),
                status=3,
            )
            assert all(reason in result.stderr for reason in change["reasons"])
        else:
            expected = simulated("conv", *options, "--set", change["set"])
            assert {key: change[key] for key in ("energy", "cycles")} == {
                key: expected[key] for key in ("energy", "cycles")
            }
            assert change["proven"] == expected["mapping_proven"]


def test_every_capacity_axis_and_energy_is_changed() -> None:
    """Capacities twice, axes and energies once; bandwidths where cycles count, instead or too."""
    energies = [
        "components.dram.energy.read=180",
        "components.dram.energy.write=90.45",
        "components.wires.energy.reduce=0.225",
        "components.spad.energy.read=0.9",
        "components.spad.energy.write=0.9",
        "components.mac.energy.compute=0.9",
    ]
    sizes = [
        "components.array.axes.columns=8",
        "components.spad.capacity_words=128",
        "components.spad.capacity_words=32",
    ]
    wires = ["components.dram.bandwidth_words_per_cycle=4"]
    for objective, expected in {
        "energy": [*energies, *sizes],
        "cycles": [*wires, *sizes],
        "edp": [*wires, *energies, *sizes],
    }.items():
        told = explanation("conv", "--objective", objective)
        assert sorted(change["set"] for change in told["changes"]) == sorted(expected)


def test_a_change_that_leaves_no_room_says_so() -> None:
    """Where no mapping fits with a change, or the file takes no such value, the reason is given."""
    small = ("--set", "components.spad.capacity_words=20")
    (halved,) = [one for one in explanation("conv", *small)["changes"] if "s=10" in one["set"]]
    assert (halved["energy"], halved["cycles"]) == (None, None)
    assert "spad overflows by " in halved["reasons"][0]
    text = hwsim(*EXPLAIN, "conv", *small).stdout
    assert "not possible  components.spad.capacity_words=10: " in text
    longest = ("--set", "components.array.axes.columns=1048576")
    (longer,) = [one for one in explanation("conv", *longest)["changes"] if "axes" in one["set"]]
    what = "components.array.axes.columns: must be at most 1048576, not 2097152"
    assert longer["reasons"] == [what]


def test_a_given_mapping_is_priced_as_it_is(tmp_path: Path) -> None:
    """With a mapping, each change is that mapping on the changed architecture."""
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps(simulated("conv")["mapping"]))
    told = explanation("conv", "--mapping", saved)
    assert told["layer"]["certificate"] is None
    for change in told["changes"]:
        if change["set"].endswith("words=32"):
            needs = "weights 27 + inputs 27 + outputs 1 do not fit into 32 words of 16 bits"
            assert change["reasons"] == [f"spad overflows by 23 words: {needs}"]
        else:
            expected = simulated("conv", "--mapping", saved, "--set", change["set"])
            assert change["energy"] == expected["energy"]
    text = hwsim(*EXPLAIN, "conv", "--mapping", saved).stdout
    assert "mapping  given" in text
    assert "each alone, the mapping as it is" in text


def test_more_processes_say_the_same() -> None:
    """The changes are tried side by side, and told in their order."""
    alone = explanation("conv", "--no-cache")
    assert explanation("conv", "--no-cache", "--jobs", "2") == alone


# --- Text ------------------------------------------------------------------------------------


def rows(text: str) -> Iterator[list[str]]:
    """The words of every line."""
    return (line.split() for line in text.splitlines())


@pytest.mark.parametrize("layer", ["conv", "fc"])
def test_the_text_shows_the_numbers(layer: str) -> None:
    """Beside each tensor of a component stand its tile, room, reads, writes, energy and share."""
    told = explanation(layer)
    lines = [*rows(hwsim(*EXPLAIN, layer).stdout)]
    total = Fraction(str(told["layer"]["energy"]))
    for entries in told["components"].values():
        for what, entry in entries.items():
            energy = Fraction(str(entry["energy"]))
            shown = [si(energy / 10**12, "J") if energy else "-", percent(energy, total)]
            if entry["tile_words"]:
                room = entry["capacity_words"]
                share = percent(entry["tile_words"], room) if room else "-"
                moved = [si(entry[way]) if entry[way] else "-" for way in ("reads", "writes")]
                held = [si(entry["tile_words"]), si(room) if room else "-", share]
                shape = [f"{index}:{size}" for index, size in entry["tile_shape"].items()]
                shown = [what, *shape, *held, *moved, *shown]
            expected = " ".join(shown).split()
            assert any(line[-len(expected) :] == expected for line in lines)


def test_the_text_is_the_loop_nest() -> None:
    """Every loop stands inside those before it, spatial ones marked, with what the last step
    takes; a loop of one step is not shown.
    """
    text = hwsim(*EXPLAIN, "conv", "--set", "components.dram.energy.read=100").stdout
    nest = text[text.index("dram ") : text.index("holds:")].splitlines()
    loops = [line.partition("  " * 20)[0].rstrip() for line in nest if " in 0.." in line]
    told = explanation("conv", "--set", "components.dram.energy.read=100")["loops"]
    for depth, (line, run) in enumerate(zip(loops, told, strict=True)):
        word = "parallel-for" if run["spatial"] else "for"
        start = f"{'  ' * depth}{word} {run['dimension']} in 0..{run['extent']}"
        assert line.startswith(start + (f" by {run['tile']}" if run["tile"] > 1 else ""))
        assert (f"the last of {run['last']}" in line) == (run["last"] < run["tile"])


def test_the_text_says_what_dimensions_mean() -> None:
    """A dimension that the layer has is explained, one that it has not is left out."""
    text = " ".join(hwsim(*EXPLAIN, "fc").stdout.split())
    assert f"M 5 {DIMENSIONS['M']}, C 24 {DIMENSIONS['C']}; 120 MACs" in text
    assert DIMENSIONS["Q"] not in text


def test_the_text_ranks_what_would_help() -> None:
    """Changes stand from the most helpful down, above what is; what hurts, below it."""
    lines = hwsim(*EXPLAIN, "conv").stdout.splitlines()
    told = {change["set"]: change for change in explanation("conv")["changes"]}
    table = [line for line in lines if line.startswith(("--set", "as it is"))]
    now = [line.startswith("as") for line in table].index(True)
    gains = [told[line.split()[1]]["energy"] for line in table[:now]]
    losses = [told[line.split()[1]]["energy"] for line in table[now + 1 :]]
    as_it_is = simulated("conv")["energy"]
    assert gains == sorted(gains)
    assert losses == sorted(losses)
    assert gains[-1] < as_it_is <= losses[0]
    best = "--set components.array.axes.columns=8 4 99.67 nJ -30.24 -50.00"
    assert " ".join(table[0].split()) == best
    idle = "components.wires.energy.reduce=0.225, components.spad.capacity_words=128"
    assert f"no effect  {idle}" in "\n".join(lines)


def test_the_text_says_how_the_mapping_is_known() -> None:
    """The certificate in words: value, bound, proof or gap, and the fates of all mappings."""
    certificate = simulated("conv")["certificate"]
    text = hwsim(*EXPLAIN, "conv", "--no-what-if").stdout
    value = si(Fraction(certificate["value"]) / 10**12, "J")
    assert f"certificate  energy {value}, bound {value}: proven" in text
    assert f"space        {si(certificate['nests'])} nests, of balanced tile sizes" in text
    assert "what would help" not in text
    doubtful = hwsim(*EXPLAIN, "conv", "--limit", "1", status=4).stdout
    assert "not proven, the least may be " in doubtful
    assert "as it is" in doubtful


@pytest.mark.parametrize(
    ("architecture", "layer"),
    [("eyeriss", "conv2"), ("isca16_rs", "conv2"), ("tpu_like", "fc6"), ("simba_like", "conv1")],
)
def test_the_text_is_not_too_wide(architecture: str, layer: str) -> None:
    """A shipped architecture fits a terminal of 110 columns."""
    text = hwsim("explain", architecture, "alexnet", layer, "--no-what-if").stdout
    assert all(line == line.rstrip() and len(line) <= 110 for line in text.splitlines())


def test_the_text_is_coloured_for_terminals() -> None:
    """A terminal sees colour unless NO_COLOR is set; the words are the same (no-color.org)."""
    plain = hwsim(*EXPLAIN, "conv").stdout
    assert "\x1b[" not in plain
    assert "\x1b[32m" in seen_at_a_terminal(*EXPLAIN, "conv")
    assert seen_at_a_terminal(*EXPLAIN, "conv", NO_COLOR="1") == plain


# --- What it refuses, and how it ends --------------------------------------------------------


def test_a_layer_that_is_not_there_is_bad_input() -> None:
    """An unknown layer is answered with what was probably meant, as by `simulate`."""
    result = hwsim(*EXPLAIN, "covn", status=1)
    assert result.stdout == ""
    assert result.stderr == hwsim("simulate", CHIP, NET, "--layers", "covn", status=1).stderr
    assert "did you mean conv?" in result.stderr


def test_one_layer_is_explained_at_a_time() -> None:
    """A pattern may stand for a layer, but for one alone."""
    assert hwsim(*EXPLAIN, "c*").stdout == hwsim(*EXPLAIN, "conv").stdout
    result = hwsim(*EXPLAIN, "*", status=2)
    assert result.stdout == ""
    assert "LAYER: '*' matches 2 layers" in result.stderr
    assert "conv, fc" in result.stderr


def test_a_layer_that_fits_nowhere_ends_with_3() -> None:
    """The reasons are those of `simulate`."""
    option = ("--set", "components.spad.capacity_words=8")
    result = hwsim(*EXPLAIN, "conv", *option, status=3)
    assert result.stdout == ""
    expected = hwsim("simulate", CHIP, NET, "--layers", "conv", *option, status=3)
    assert result.stderr == expected.stderr


def test_what_became_of_the_nests_is_a_line_each() -> None:
    """Under one another, the numbers in line."""
    lines = hwsim(*EXPLAIN, "conv", "--no-what-if").stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("space "))
    told = [line for line in lines[at + 1 :] if " % " in line]
    assert told
    assert len({line.index(" % ") for line in told}) == 1
    assert not any("\\n" in line for line in lines)


def test_a_mapping_without_a_proof_ends_with_4() -> None:
    """The explanation is printed, and tells with which changes there is no proof either."""
    told = explanation("conv", "--limit", "1", status=4)
    assert not told["layer"]["mapping_proven"]
    assert not all(change["proven"] for change in told["changes"])
    assert "not proven" in hwsim(*EXPLAIN, "conv", "--limit", "1", status=4).stdout


def test_output_takes_the_place_of_stdout(tmp_path: Path) -> None:
    """`--output` writes what stdout would have said."""
    file = tmp_path / "explained.txt"
    printed = hwsim(*EXPLAIN, "conv").stdout
    assert hwsim(*EXPLAIN, "conv", "--output", file).output == ""
    assert file.read_text(encoding="utf-8") == printed


def test_ctrl_c_leaves_out_the_rest(tmp_path: Path) -> None:
    """Interrupted while changes are tried, the command prints what it has, and ends with 130."""
    cached = {FOLDER: str(tmp_path)}
    running = process("explain", "eyeriss", "alexnet", "fc6", "--format", "json", env=cached)
    try:
        in_time(lambda: len(Cache(folder=tmp_path).entries()) > 2 or None)
    finally:
        running.send_signal(signal.SIGINT)
        status, out, complaints = ended(running)
    told = json.loads(out)
    assert status == 130
    assert told["layer"]["mapping_proven"]
    assert told["changes"]
    assert told["not_tried"]
    number = len(told["changes"])
    of = number + len(told["not_tried"])
    assert complaints == f"interrupted: {number} of {of} changes are tried\n"


def test_ctrl_c_at_once_leaves_out_all() -> None:
    """Interrupted before the first change is tried, none is told."""

    change = Change(path="components.dram.energy.read", old=200, new=180)

    def interrupted() -> Iterator[Any]:
        yield from ()
        raise KeyboardInterrupt

    assert explain._as_far_as_it_goes(interrupted(), [change]) == ((), True)


def test_loops_over_several_dimensions_at_a_time_are_explained() -> None:
    """The positions of a pointwise convolution, in text and in JSON as its schema says."""
    asked = ("explain", "eyeriss", "mobilenet_v1", "Conv2d_13_pointwise", "--no-what-if")
    assert "for PQ in 0..49" in hwsim(*asked).stdout
    told = json.loads(hwsim(*asked, "--format", "json").stdout)
    assert_fits(told)
    assert "PQ" in {loop["dimension"] for loop in told["loops"]}
