"""The reports say the same in text, JSON and CSV, and their sums hold."""

import csv
import json
import re
from dataclasses import fields, replace
from fractions import Fraction
from io import StringIO
from math import prod
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import hwsim.report.json
from hwsim import load_architecture, load_mapping, load_network, simulate
from hwsim.cost import Cost
from hwsim.mapper import Certificate
from hwsim.report.figures import percent, si
from hwsim.result import Result
from hwsim.vocabulary import DIMENSIONS, Objective, Tiles
from tests.command.call import CHIP, NET, SCHEMA, report
from tests.command.call import hwsim as call


@pytest.fixture(scope="module")
def result() -> Result:
    """The small network on the small chip."""
    return simulate(load_architecture(CHIP), load_network(NET))


def exactly(numbers: Any) -> Fraction:
    """The sum of numbers as JSON writes them, without rounding."""
    return sum((Fraction(str(number)) for number in numbers), Fraction(0))


# --- JSON ------------------------------------------------------------------------------------


def test_the_schema_is_a_schema() -> None:
    """The report's schema is valid under Draft 2020-12, and closed."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["additionalProperties"] is False


def test_a_report_fits_its_schema() -> None:
    """Every report has exactly the keys and types that its schema says."""
    Draft202012Validator(SCHEMA).validate(report())


def test_the_schema_speaks_the_vocabulary() -> None:
    """What a certificate can say is what can be asked for."""
    said = SCHEMA["$defs"]["certificate"]["properties"]
    assert said["objective"]["enum"] == [*Objective]
    assert said["tiles"]["enum"] == [*Tiles]
    assert {*said} == {field.name for field in fields(Certificate)} | {"gap"}


def test_energies_add_up_to_the_total() -> None:
    """By component, by tensor and by layer, the energies sum to the total exactly."""
    whole = report()
    for part in (whole["totals"], *whole["layers"]):
        energy = exactly([part["energy"]])
        assert exactly(part["by_component"].values()) == energy
        assert exactly(part["by_tensor"].values()) == energy
    for amount in ("macs", "energy", "cycles"):
        assert exactly(layer[amount] for layer in whole["layers"]) == exactly(
            [whole["totals"][amount]]
        )


def test_every_component_stands_in_every_split() -> None:
    """A component that spends nothing says 0; the order is the architecture's."""
    whole = report()
    for part in (whole["totals"], *whole["layers"]):
        assert [*part["by_component"]] == ["dram", "wires", "array", "spad", "mac"]
        assert [*part["by_tensor"]] == ["weights", "inputs", "outputs", "compute"]
        assert part["by_component"]["array"] == 0


def test_energies_are_the_accesses_at_their_prices() -> None:
    """Charged by action, a storage's energy is its reads and writes at what they cost."""
    for layer in report()["layers"]:
        accesses = layer["accesses"]["dram"].values()
        priced = [200 * words["reads"] + Fraction("100.5") * words["writes"] for words in accesses]
        assert exactly([layer["by_component"]["dram"]]) == sum(priced)


def test_an_integral_energy_is_an_integer() -> None:
    """Energies are exact: an integer is written as one, without a decimal point."""
    whole = report("--set", "components.dram.energy.write=100")
    assert isinstance(whole["totals"]["energy"], int)
    assert isinstance(whole["totals"]["by_component"]["array"], int)


def test_bounds_are_the_loops_of_a_layer() -> None:
    """A layer's loop bounds, from which mappings are written, multiply to its MACs."""
    for layer in report("--batch", "2")["layers"]:
        assert [*layer["bounds"]] == [*DIMENSIONS]
        assert prod(layer["bounds"].values()) == layer["macs"]
        assert layer["bounds"]["N"] == 2


def test_the_conventions_are_repeated() -> None:
    """A report says in which unit and by which convention it charges, and what it leaves out."""
    whole = report("--batch", "2")
    assert whole["batch"] == 2
    assert (whole["energy_unit"], whole["clock_mhz"]) == ("pJ", 100)
    assert whole["charging"] == {"by": "action", "operands": "every_mac"}
    assert whole["unpriced"] == [
        {"name": "relu", "kind": "relu"},
        {"name": "pool", "kind": "max_pool"},
    ]


def test_a_layers_mapping_can_be_fed_back(tmp_path: Path) -> None:
    """The mapping of a reported layer, saved, checks and gives the same layer again."""
    for layer in report()["layers"]:
        saved = tmp_path / f"{layer['name']}.json"
        saved.write_text(json.dumps(layer["mapping"]), encoding="utf-8")
        call("check", saved)
        (again,) = report("--mapping", saved, "--layers", layer["name"])["layers"]
        assert again.pop("mapping_derived") is False
        assert layer.pop("mapping_derived") is True
        assert again.pop("mapping_proven") is False
        assert layer.pop("mapping_proven") is True
        assert again.pop("certificate") is None
        assert layer.pop("certificate")["value"] == layer["energy"]
        assert again == layer


@pytest.mark.parametrize("name", ["My Net (v2)", "réseau", "日本", " ", "a/b", "-"])
def test_a_mapping_of_a_network_of_any_name_can_be_fed_back(name: str, tmp_path: Path) -> None:
    """A program names networks as it likes, and documents have names of their own kind."""
    chip, net = load_architecture(CHIP), replace(load_network(NET), name=name)
    saved = tmp_path / "mapping.json"
    for simulated in simulate(chip, net).layers:
        document = hwsim.report.json.report_document(simulate(chip, net, layers=simulated.name))
        saved.write_text(json.dumps(document["layers"][0]["mapping"]), encoding="utf-8")
        (again,) = simulate(chip, net, layers=simulated.name, mapping=load_mapping(saved)).layers
        assert again.cost == simulated.cost


# --- CSV -------------------------------------------------------------------------------------


def test_csv_says_what_json_says(result: Result) -> None:
    """A row for each layer and one for the total, with the numbers of the JSON report."""
    whole = json.loads(hwsim.report.render(result, "json"))
    rows = [*csv.DictReader(StringIO(hwsim.report.render(result, "csv")))]
    assert [row["layer"] for row in rows] == ["conv", "fc", "total"]
    for row, part in zip(rows, [*whole["layers"], whole["totals"]], strict=True):
        assert float(row["energy_pj"]) == part["energy"]
        assert int(row["cycles"]) == part["cycles"]
        for name, energy in part["by_component"].items():
            assert float(row[f"by_component.{name}.energy_pj"]) == energy


def test_csv_totals_are_sums(result: Result) -> None:
    """In the row of the totals stand the sums of all counts; of what cannot be summed, nothing."""
    *layers, total = csv.DictReader(StringIO(hwsim.report.render(result, "csv")))
    counts = [name for name in total if name.startswith("accesses.")]
    assert "accesses.dram.weights.reads_words" in counts
    for name in ("macs", "cycles", *counts):
        assert int(total[name]) == sum(int(row[name]) for row in layers)
    assert total["bound_by"] == total["active_pes"] == total["kind"] == ""


def test_csv_tells_the_totals_from_a_layer_of_that_name(tmp_path: Path) -> None:
    """A layer may be called total: every layer has a kind, and the totals have none."""
    renamed = tmp_path / "net.yaml"
    renamed.write_text(Path(NET).read_text("utf-8").replace("conv:", "total:", 1), "utf-8")
    table = call("simulate", CHIP, renamed, "--format", "csv").stdout
    rows = [(row["layer"], row["kind"]) for row in csv.DictReader(StringIO(table))]
    assert rows == [("total", "convolution"), ("fc", "fully_connected"), ("total", "")]


# --- Text ------------------------------------------------------------------------------------


def test_text_names_every_layer_and_the_totals(result: Result) -> None:
    """Both tables have a line for each layer and for the total, and nothing is cut off."""
    lines = hwsim.report.render(result, "text").splitlines()
    for name in ("conv", "fc", "total"):
        assert sum(line.split()[:1] == [name] for line in lines) == 2
    assert not any("…" in line for line in lines)
    assert all(line == line.rstrip() and len(line) <= 100 for line in lines)


def test_text_leaves_out_columns_that_say_nothing(result: Result) -> None:
    """A component that spends nothing has no column; without a clock there is no time."""
    with_clock = hwsim.report.render(result, "text")
    assert "array" not in with_clock
    assert " time " in with_clock
    assert "latency" in with_clock
    slower = simulate(load_architecture(CHIP, ["clock_mhz=null"]), load_network(NET))
    without_clock = hwsim.report.render(slower, "text")
    assert " time " not in without_clock
    assert "latency" not in without_clock


def test_text_says_what_is_not_priced_and_not_simulated(result: Result) -> None:
    """Nodes without a price are counted by kind; layers not asked for are named."""
    assert "not priced  relu x1, max_pool x1" in hwsim.report.render(result, "text")
    part = call("simulate", CHIP, NET, "--layers", "fc").stdout
    assert "left out    conv" in part


def test_text_is_coloured_only_when_asked(result: Result) -> None:
    """The text is the same with and without colour, but for the escape codes."""
    assert "\x1b[" not in hwsim.report.render(result, "text")
    assert "\x1b[" in hwsim.report.render(result, "text", colour=True)


def test_text_shows_joules_where_energies_are_in_picojoules(result: Result) -> None:
    """Energies in pJ read as joules, energies relative to a MAC as numbers; both say so."""
    assert "in joules, declared in pJ" in hwsim.report.render(result, "text")
    relative = simulate(load_architecture(CHIP, ["energy_unit=mac"]), load_network(NET))
    assert "in units of one MAC" in hwsim.report.render(relative, "text")


def test_text_shortens_long_lists() -> None:
    """Of many layers the first are named, and the others counted; no line is too long."""
    lines = call("simulate", CHIP, "googlenet", "--layers", "loss3*").stdout.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("left out"))
    assert lines[start].startswith("left out    conv1/7x7_s2, conv2/3x3_reduce, conv2/3x3,")
    assert lines[-1].endswith("and 45 more")
    assert all(len(line) <= 100 for line in lines[start:])


def test_a_slow_network_is_not_counted_in_thousandths(result: Result) -> None:
    """Less than an image a second is a decimal fraction of one."""
    slow = replace(result, architecture=replace(result.architecture, clock_mhz=1e-3))
    (line,) = [line for line in hwsim.report.render(slow, "text").splitlines() if "latency" in line]
    (rate,) = re.findall("; (.*) images per second", line)
    assert float(rate) == pytest.approx(1000 / slow.cycles, rel=1e-3)


# --- Figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("power", range(-15, 25, 3))
@pytest.mark.parametrize("digits", ["1.000", "9.999", "99.99", "999.9"])
def test_four_digits_survive(digits: str, power: int) -> None:
    """A number of four digits is written with these four digits, whatever its size."""
    written = si(Fraction(digits) * Fraction(10) ** power)
    if power == 0 and digits == "1.000":
        assert written == "1"
    else:
        assert written.split()[0] == digits


def test_rounding_up_moves_to_the_next_prefix() -> None:
    """No figure reads 1000 of a unit that has a larger one."""
    assert si(999_949) == "999.9 k"
    assert si(999_950) == "1.000 M"
    assert si(Fraction(99_996, 10**5)) == "1.000"


def test_a_share_that_is_nothing_is_a_dash() -> None:
    """Nothing at all is told from little."""
    assert percent(Fraction(0), Fraction(0)) == "-"
    assert percent(Fraction(1, 10_000)) == "0.0"


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Forty layers of one shape."""
    layers = "".join(f"  l{at}: {{kind: fully_connected, out_features: 16}}\n" for at in range(40))
    file = tmp_path_factory.mktemp("wide") / "wide.yaml"
    head = "schema: hwsim/network/v1\nname: wide\ninput: {channels: 16, height: 1, width: 1}\n"
    file.write_text(f"{head}layers:\n{layers}", "utf-8")
    return simulate(load_architecture(CHIP), load_network(file))


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_a_report_is_linear_in_its_layers(
    wide: Result, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as many layers take twice as many additions of costs: thousands take seconds."""
    added, add = list[Cost](), Cost.__add__

    def counted(one: Cost, other: Cost) -> Cost:
        added.append(one)
        return add(one, other)

    monkeypatch.setattr(Cost, "__add__", counted)
    hwsim.report.render(replace(wide, layers=wide.layers[:20]), form)
    half = len(added)
    hwsim.report.render(wide, form)
    assert half >= 19
    assert len(added) - half <= 2 * half + 10


def test_layers_of_a_shape_are_priced_once(wide: Result) -> None:
    """What they cost is worked out for all of them together; only their names differ."""
    assert [each.name for each in wide.layers] == [f"l{at}" for at in range(40)]
    assert len({id(each.cost) for each in wide.layers}) == 1
    assert len({id(each.stored) for each in wide.layers}) == 1
