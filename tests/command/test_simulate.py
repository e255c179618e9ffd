"""`hwsim simulate`: its options, what it refuses, and where its result goes."""

import csv
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hwsim.command.progress import ProgressLine, as_far_as_it_goes
from hwsim.mapper import Progress
from hwsim.vocabulary import DIMENSIONS, LARGEST_BATCH, Objective
from tests.command.call import CHIP, NET, SCHEMA, hwsim, report
from tests.worth import WORTH

SIMULATE = ("simulate", CHIP, NET)
#: Storages of Eyeriss whose loops a file may leave open.
OPEN = ("dram", "buffer", "psum_spad")


def test_energy_is_linear_in_what_an_access_costs() -> None:
    """Three times the price of a DRAM access is three times DRAM's energy, and no one else's."""
    read, write = "components.dram.energy.read", "components.dram.energy.write"
    once = report()["totals"]["by_component"]
    dear = report("--set", f"{read}=600", "--set", f"{write}=301.5")
    thrice = dear["totals"]["by_component"]
    assert Fraction(str(thrice["dram"])) == 3 * Fraction(str(once["dram"]))
    assert {**thrice, "dram": 0} == {**once, "dram": 0}


def test_a_batch_multiplies_the_work() -> None:
    """Twice the images are twice the MACs."""
    one, two = report(), report("--batch", "2")
    assert two["batch"] == 2
    assert two["totals"]["macs"] == 2 * one["totals"]["macs"]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ("*", ["conv", "fc"]),
        ("f*", ["fc"]),
        ("conv, ,", ["conv"]),
        ("fc, c?nv", ["conv", "fc"]),
        ("[c]onv", ["conv"]),
    ],
)
def test_layers_are_chosen_by_patterns(patterns: str, names: list[str]) -> None:
    """A layer is simulated when one of the patterns matches it, in the network's order."""
    assert [layer["name"] for layer in report("--layers", patterns)["layers"]] == names


# --- What it refuses -------------------------------------------------------------------------


@pytest.mark.parametrize("patterns", ["covn", "fc,covn", "relu,conv", "", ","])
def test_a_pattern_that_matches_nothing_is_bad_input(patterns: str) -> None:
    """Each pattern must match a priced layer; the message lists those there are."""
    result = hwsim(*SIMULATE, "--layers", patterns, status=1)
    assert result.stdout == ""
    assert "net: its priced layers are conv, fc" in result.stderr
    assert ("did you mean conv?" in result.stderr) == ("covn" in patterns)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("eyeris", NET), "eyeriss"),
        ((CHIP, "alexnett"), "alexnet"),
        ((CHIP, NET, "--mapping", "eyeriss_jsc_alexnet"), "eyeriss_jssc_alexnet"),
        ((CHIP, NET, "--set", "components.dram.enregy.read=1"), "energy"),
    ],
)
def test_an_unknown_name_is_bad_input(arguments: tuple[str, ...], meant: str) -> None:
    """A name that is not known ends with 1, and says what was probably meant."""
    result = hwsim("simulate", *arguments, status=1)
    assert result.stdout == ""
    assert "did you mean" in result.stderr
    assert meant in result.stderr


def test_arguments_in_the_wrong_order_are_told_apart() -> None:
    """The name of a network where an architecture belongs is answered with what it is."""
    result = hwsim("simulate", "alexnet", "eyeriss", status=1)
    assert result.stderr.endswith("no architecture 'alexnet': alexnet is a network\n")


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (".inf", "components.dram.energy.read: must be a finite number, not .inf"),
        ("{a: .nan}", "components.dram.energy.read.a: must be a finite number, not .nan"),
        ("[", "components.dram.energy.read: not valid YAML"),
    ],
)
def test_a_bad_value_is_told_with_its_path(value: str, what: str) -> None:
    """What is wrong with a value of `--set` is said of the path that it was meant for."""
    result = hwsim(*SIMULATE, "--set", f"components.dram.energy.read={value}", status=1)
    assert f": {what}" in result.stderr


def test_a_mapping_for_something_else_is_noted(tmp_path: Path) -> None:
    """A mapping is taken for whatever it fits, with a note where it names something else."""
    (layer, _) = report()["layers"]
    saved, option = tmp_path / "saved.json", ("--mapping", tmp_path / "saved.json")
    saved.write_text(json.dumps(layer["mapping"]))
    assert hwsim(*SIMULATE, *option).stderr == ""
    saved.write_text(json.dumps(layer["mapping"] | {"architecture": CHIP, "network": NET}))
    assert hwsim(*SIMULATE, *option).stderr == ""
    other = {"architecture": "eyeriss", "network": "nets/other.yaml", "name": "saved"}
    saved.write_text(json.dumps(layer["mapping"] | other))
    assert hwsim(*SIMULATE, *option).stderr == (
        "note: saved was written for architecture eyeriss, not for chip\n"
        "note: saved was written for network nets/other.yaml, not for net\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", CHIP),
        ("simulate", CHIP, NET, "--batch", "0"),
        ("simulate", CHIP, NET, "--batch", f"{LARGEST_BATCH + 1}"),
        ("simulate", CHIP, NET, "--batch", "many"),
        ("simulate", CHIP, NET, "--format", "xml"),
        ("simulate", CHIP, NET, "--objective", "time"),
        ("simulate", CHIP, NET, "--tiles", "all"),
        ("simulate", CHIP, NET, "--limit", "0"),
        ("simulate", CHIP, NET, "--jobs", "0"),
        ("simulate", CHIP, NET, "--colour"),
        ("simulation", CHIP, NET),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    """What the command line does not understand ends with 2, with nothing on stdout."""
    result = hwsim(*arguments, status=2)
    assert result.stdout == ""
    assert "Usage: " in result.stderr


# --- What fits nowhere -----------------------------------------------------------------------

TOO_SMALL = ("--set", "components.spad.capacity_words=8")


def test_a_layer_that_fits_nowhere_ends_with_3() -> None:
    """The message names the layer and, a line each, what does not fit and what is missing."""
    result = hwsim(*SIMULATE, *TOO_SMALL, "--layers", "conv", status=3)
    assert result.stdout == ""
    first, *reasons = result.stderr.splitlines()
    assert first == "conv: no mapping fits:"
    assert reasons
    assert all(reason.startswith("  ") for reason in reasons)
    assert "spad" in result.stderr


def test_the_layers_that_fit_are_simulated() -> None:
    """A layer that fits nowhere is in no total, is named in the report, and ends with 3."""
    result = hwsim(*SIMULATE, *TOO_SMALL, status=3)
    assert result.stderr.startswith("conv: no mapping fits:\n  ")
    assert result.stdout.endswith("\nno mapping  conv\n")
    printed = hwsim(*SIMULATE, *TOO_SMALL, "--format", "json", status=3).stdout
    whole, fc = json.loads(printed), report("--layers", "fc", *TOO_SMALL)
    Draft202012Validator(SCHEMA).validate(whole)
    assert whole.pop("unmapped") == {
        "conv": [line.strip() for line in result.stderr.splitlines()[1:]]
    }
    assert fc.pop("unmapped") == {}
    assert whole == fc


# --- What is the best ------------------------------------------------------------------------

LAYERS = ("--layers", "conv1,conv3,fc8", "--format", "json")


def values(chip: str, *options: str) -> list[dict[str, float]]:
    """What some of AlexNet's layers are worth by every objective."""
    layers = json.loads(hwsim("simulate", chip, "alexnet", *LAYERS, *options).stdout)["layers"]
    assert all(layer["mapping_proven"] for layer in layers)
    return [
        {name: worth(layer["energy"], layer["cycles"]) for name, worth in WORTH.items()}
        for layer in layers
    ]


CHIPS = ["eyeriss", "isca16_ws", "simba_like", "tpu_like"]


@pytest.mark.parametrize("chip", CHIPS)
def test_each_objective_is_best_in_what_it_says(chip: str) -> None:
    """No other objective's mapping has less energy, fewer cycles, or a smaller product."""
    best = {objective.value: values(chip, "--objective", objective) for objective in Objective}
    for objective, layers in best.items():
        for other in best.values():
            for mine, others in zip(layers, other, strict=True):
                assert mine[objective] <= others[objective]


@pytest.mark.parametrize("chip", CHIPS)
def test_more_tiles_are_never_worse(chip: str) -> None:
    """Tiles that divide are among those that balance."""
    few, more = values(chip, "--tiles", "divisors"), values(chip, "--tiles", "balanced")
    assert all(a["energy"] >= b["energy"] for a, b in zip(few, more, strict=True))


def test_a_report_says_what_is_the_best_in_what() -> None:
    """The objective, and tiles other than those tried by default, stand in the summary."""
    assert "derived: least energy under the output stationary" in hwsim(*SIMULATE).stdout
    printed = hwsim(*SIMULATE, "--objective", "cycles", "--tiles", "divisors").stdout
    said = "fewest cycles, then least energy under the output stationary dataflow, of tiles that"
    assert f"derived: {said} divide" in " ".join(printed.split())
    assert "least product of energy and cycles" in hwsim(*SIMULATE, "--objective", "edp").stdout


LIMITED = ("simulate", "eyeriss", "alexnet", "--layers", "conv[23]", "--limit", "1")


def test_a_search_that_was_ended_ends_with_4() -> None:
    """What is found is reported, with a bound that the best is not below, and how far it is."""
    whole = json.loads(hwsim(*LIMITED[:-2], "--format", "json").stdout)["layers"]
    report = json.loads(hwsim(*LIMITED, "--format", "json", status=4).stdout)
    Draft202012Validator(SCHEMA).validate(report)
    for best, found in zip(whole, report["layers"], strict=True):
        known = found["certificate"]
        assert (found["mapping_derived"], found["mapping_proven"]) == (True, False)
        assert 0 < known["lower_bound"] <= best["energy"] <= found["energy"]
        assert known["value"] == found["energy"]
        assert known["gap"] == 1 - known["lower_bound"] / known["value"]
        assert known["unseen"] > 0
        assert (best["certificate"]["gap"], best["certificate"]["unseen"]) == (0, 0)


def test_what_is_not_proven_is_said(tmp_path: Path) -> None:
    """Text names the layers, the widest gap first; CSV has a column that says so."""
    result = hwsim(*LIMITED, status=4)
    assert result.stderr == ""
    assert "not proven  another mapping may be better, by at most: conv" in result.stdout
    gaps = [float(gap) for gap in re.findall(r"conv[23] ([0-9.]+) %", result.stdout)]
    assert len(gaps) == 2
    assert gaps == sorted(gaps, reverse=True)
    saved = tmp_path / "mapping.json"
    (layer, _) = json.loads(hwsim(*LIMITED, "--format", "json", status=4).stdout)["layers"]
    saved.write_text(json.dumps(layer["mapping"]))
    options = ("--mapping", saved, "--format", "csv")
    *rows, total = csv.DictReader(StringIO(hwsim(*LIMITED, *options, status=4).stdout))
    assert [(row["mapping"], row["proven"]) for row in rows] == [("given", ""), ("derived", "no")]
    assert rows[0]["gap"] == total["gap"] == total["proven"] == ""
    assert 0 < float(rows[1]["gap"]) < 1


def test_a_limit_that_is_not_reached_is_none() -> None:
    """A search that ends before its limit proves what it found."""
    assert hwsim(*SIMULATE, "--limit", "1000000").stdout == hwsim(*SIMULATE).stdout


def test_time_that_is_up_ends_a_search_with_4() -> None:
    """Something is found at once, even in a space that nobody could look through."""
    free = ", ".join(DIMENSIONS)
    places = [f"--set=dataflow.temporal.{name}.dimensions=[{free}]" for name in OPEN]
    command = ("simulate", "eyeriss", "alexnet", "--layers", "conv2", *places, "--no-cache")
    result = hwsim(*command, "--seconds", "1.5", status=4)
    assert "not proven  another mapping may be better, by at most: conv2" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon"])
def test_seconds_are_a_time(seconds: str) -> None:
    """None, or less, is refused."""
    assert "--seconds" in hwsim(*SIMULATE, "--seconds", seconds, status=2).stderr


def test_a_long_search_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Where no terminal is, in a line for every ten seconds."""
    line = ProgressLine()
    line.show("simulating conv, 1 of 2")
    for seconds in range(1, 32):
        line.tell(Progress(best=200, bound=150, seconds=seconds, divisors_help=True))
    told = capsys.readouterr().err.splitlines()
    assert [int(one.split(": ")[1].split(" s")[0]) for one in told] == [10, 20, 30]
    first = "simulating conv, 1 of 2: 10 s, best 200, the least may be 25 % lower; --tiles divisors"
    assert told[0].startswith(first)


def test_ctrl_c_in_the_last_search_is_heard() -> None:
    """The layer that it leaves is the last of the report, and the command knows that it is."""

    def layers() -> Iterator[str]:
        yield "first"
        yield "last, unproven"
        raise KeyboardInterrupt

    assert as_far_as_it_goes(layers(), ["1", "2"]) == (["first", "last, unproven"], True)


# --- Where its result goes -------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_report_takes_the_place_of_what_it_is_made_from(form: str, tmp_path: Path) -> None:
    """Neither by its own name nor by a link; the file stays as it was."""
    net, link = tmp_path / "net.yaml", tmp_path / "link.yaml"
    net.write_text(Path(NET).read_text("utf-8"), "utf-8")
    link.symlink_to(net)
    for output in (net, link):
        told = hwsim("simulate", CHIP, net, "--format", form, "--output", output, status=1).stderr
        assert told == f"{output}: cannot be written: it is read from, and would be lost\n"
    assert net.read_text("utf-8") == Path(NET).read_text("utf-8")


def test_output_takes_the_place_of_stdout(tmp_path: Path) -> None:
    """`--output` writes what stdout would have said, and nothing else anywhere."""
    file = tmp_path / "report.txt"
    printed = hwsim(*SIMULATE).stdout
    assert hwsim(*SIMULATE, "--output", file).output == ""
    assert file.read_text(encoding="utf-8") == printed
    assert [*tmp_path.iterdir()] == [file]


def test_a_failure_leaves_the_output_as_it_was(tmp_path: Path) -> None:
    """What was there before a command that fails is there after it."""
    file = tmp_path / "report.txt"
    file.write_text("before")
    hwsim(*SIMULATE, "--layers", "none", "--output", file, status=1)
    assert file.read_text() == "before"
    assert [*tmp_path.iterdir()] == [file]


def test_output_replaces_what_a_link_leads_to(tmp_path: Path) -> None:
    """A link stays a link, and a file keeps its permissions."""
    file, link = tmp_path / "report.txt", tmp_path / "link"
    file.write_text("before")
    file.chmod(0o640)
    link.symlink_to(file)
    hwsim(*SIMULATE, "--output", link)
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8").startswith("architecture")
    assert file.stat().st_mode & 0o777 == 0o640


def test_output_to_a_device_leaves_it_a_device() -> None:
    """`/dev/null` takes the report and stays what it is."""
    hwsim(*SIMULATE, "--output", "/dev/null")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (".", "it is a folder"),
        ("nowhere/report.txt", "there is no folder"),
        ("file/report.txt", "there is no folder"),
        ("loop", "the link leads back to itself"),
        ("x" * 300, "File name too long"),
    ],
)
def test_an_output_that_cannot_be_written_is_bad_input(
    tmp_path: Path, place: str, reason: str
) -> None:
    """A place that takes no file ends with 1 and one line that says why."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    result = hwsim(*SIMULATE, "--output", tmp_path / place, status=1)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{tmp_path / place}: cannot be written: {reason}")
