"""What is compared is what single runs give, and what differs is named."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import hwsim
from hwsim.specification import load
from tests.command.call import CHIP, FILES, NET, ROOT, report
from tests.command.call import hwsim as call

SCHEMA = json.loads((ROOT / "hwsim" / "schemas" / "comparison" / "v1.json").read_text("utf-8"))
DEARER = f"{CHIP} --set components.dram.energy.read=400"
SMALLER = f"{CHIP} --set components.spad.capacity_words=20"


def comparison(*arguments: str | Path) -> dict[str, Any]:
    """The comparison as JSON."""
    printed = call("compare", *arguments, "--format", "json").stdout
    document: dict[str, Any] = json.loads(printed)
    return document


def test_a_comparison_fits_its_schema() -> None:
    """The schema is closed, and every comparison has its keys and types."""
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(comparison(CHIP, DEARER, NET))


def test_amounts_are_those_of_single_runs() -> None:
    """Energies, cycles, and their parts by layer, component and tensor."""
    both = comparison(CHIP, DEARER, NET)
    single = [report(), report("--set", "components.dram.energy.read=400")]
    for measure in ("energy", "cycles"):
        assert both["totals"][measure] == [one["totals"][measure] for one in single]
    for layer in both["layers"]:
        own = [
            next(each for each in one["layers"] if each["name"] == layer["name"]) for one in single
        ]
        for measure in ("energy", "cycles"):
            assert layer[measure] == [each[measure] for each in own]
    for part, split in (("components", "by_component"), ("tensors", "by_tensor")):
        for row in both[part]:
            assert row["energy"] == [one["totals"][split].get(row["name"]) for one in single]


def test_what_is_declared_differently_is_named_with_its_values() -> None:
    """The paths are those of `--set`; equal ones are not listed."""
    (one,) = comparison(CHIP, DEARER, NET)["differences"]
    assert one == {"path": "components.dram.energy.read", "values": [200, 400]}
    assert comparison(CHIP, CHIP, NET)["differences"] == []


def test_a_path_that_one_side_lacks_has_no_value_there() -> None:
    """What is not said is null in JSON and a dash in text."""
    quick = f"{CHIP} --set clock_mhz=50"
    (one,) = comparison(CHIP, quick, NET)["differences"]
    said = load("architecture", CHIP).data.get("clock_mhz")
    assert one == {"path": "clock_mhz", "values": [said, 50]}


def test_a_variant_that_changes_nothing_differs_in_nothing() -> None:
    """No change, no loop that moved, and every layer is alike."""
    same = comparison(CHIP, CHIP, NET)
    assert same["mappings"] == []
    assert all(row["energy"][0] == row["energy"][1] for row in same["layers"])
    assert "alike" in call("compare", CHIP, CHIP, NET).stdout


def test_loops_that_moved_are_those_of_the_mappings() -> None:
    """A smaller memory moves loops; each is told with the extents that single runs leave."""
    moved = comparison(CHIP, SMALLER, NET)["mappings"]
    assert moved
    single = [report(), report("--set", "components.spad.capacity_words=20")]
    for one in moved:
        for words, run in zip(one["loops"], single, strict=True):
            mapping = next(
                each["mapping"] for each in run["layers"] if each["name"] == one["layer"]
            )
            loops = mapping["layers"][one["layer"]].get(one["place"], {})
            assert words == ", ".join(f"{name} {extent}" for name, extent in loops.items())


def test_tables_are_sorted_by_effect() -> None:
    """What differs most comes first."""
    told = comparison(CHIP, DEARER, NET)
    for part in ("layers", "components", "tensors"):
        effects = [abs(row["energy"][1] - row["energy"][0]) for row in told[part]]
        assert effects == sorted(effects, reverse=True)


def test_saved_reports_are_compared_as_what_they_saved(tmp_path: Path) -> None:
    """Two reports from JSON give the comparison of the two runs, names of sides apart."""
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, options in zip(
        files, ((), ("--set", "components.dram.energy.read=400")), strict=True
    ):
        file.write_text(json.dumps(report(*options)))
    saved, fresh = comparison(*files), comparison(CHIP, DEARER, NET)
    for side in (*saved["sides"], *fresh["sides"]):
        del side["name"]
    assert saved == fresh


def test_one_chip_may_run_two_networks() -> None:
    """Dense and sparse on one chip: only what the network contains differs."""
    told = comparison(CHIP, NET, f"{NET} --bits weights=8")
    assert [side["name"] for side in told["sides"]] == [NET, f"{NET} --bits weights=8"]
    assert told["differences"] == []


def test_every_architecture_runs_every_network() -> None:
    """Two of each are four sides, each named by both."""
    batch = f"{NET} --batch 2"
    sides = comparison(CHIP, DEARER, NET, batch)["sides"]
    assert [side["name"] for side in sides] == [
        f"{chip}, {net}" for chip in (CHIP, DEARER) for net in (NET, batch)
    ]
    assert [side["batch"] for side in sides] == [1, 2, 1, 2]


def test_csv_has_the_amounts_of_json() -> None:
    """A row for each amount, a column for each side."""
    told = comparison(CHIP, DEARER, NET)
    rows = [*csv.DictReader(StringIO(call("compare", CHIP, DEARER, NET, "--format", "csv").stdout))]
    for row in rows:
        if row["part"] == "component":
            energy = next(it["energy"] for it in told["components"] if it["name"] == row["name"])
            assert [float(row[CHIP]), float(row[DEARER])] == energy
    assert {row["part"] for row in rows} >= {"declared", "total", "layer", "component", "tensor"}


def test_python_compares_results() -> None:
    """`hwsim.compare` takes results by the names that they are to have."""
    net = hwsim.load_network(NET)
    results = {
        name: hwsim.simulate(hwsim.load_architecture(CHIP, overrides), net)
        for name, overrides in {
            "as it is": {},
            "dearer": {"components.dram.energy.read": 400},
        }.items()
    }
    told = hwsim.compare(results)
    assert told.energy.values == tuple(result.cost.energy for result in results.values())
    assert "components.dram.energy.read" in hwsim.render(told, "text")
    with pytest.raises(ValueError, match="two sides"):
        hwsim.compare({"alone": results["dearer"]})


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((CHIP, NET), 2, "this is one variant; two are compared"),
        ((CHIP, DEARER), 2, "a network is missing"),
        ((NET, NET), 2, "an architecture is missing"),
        ((f"{CHIP} --sett a=1", CHIP, NET), 2, "'--sett' is none of --set, --batch"),
        ((f"{CHIP} --set", CHIP, NET), 2, "--set lacks its value"),
        ((f"{CHIP} --batch 2", CHIP, NET), 2, "is an architecture"),
        ((f"{CHIP} '", CHIP, NET), 2, "No closing quotation"),
        ((CHIP, NET, f"{NET} --batch 0"), 2, "--batch 0 is no number of images"),
        ((CHIP, NET, "alexnet_dense"), 2, "alexnet_dense is a density"),
        (("eyeris", CHIP, NET), 1, "did you mean eyeriss?"),
        ((f"{CHIP} --set components.drm.energy.read=1", CHIP, NET), 1, "did you mean dram"),
    ],
)
def test_what_cannot_be_compared_is_told(
    arguments: tuple[str, ...], status: int, said: str
) -> None:
    """In a line, with the exit status of its kind."""
    assert said in " ".join(call("compare", *arguments, status=status).output.split())


def test_a_file_that_is_no_report_is_told(tmp_path: Path) -> None:
    """With its line where it is no JSON, and with the place where it does not fit."""
    broken, other = tmp_path / "a.json", tmp_path / "b.json"
    broken.write_text('{"schema": "hwsim/report/v1",\n "totals": }')
    other.write_text('{"schema": "hwsim/report/v1", "totals": 3}')
    assert f"{broken}:2:12: is no JSON" in call("compare", broken, other, status=1).output
    assert "only what `hwsim simulate --format json` writes" in (
        call("compare", other, other, status=1).output
    )


def test_a_file_may_have_spaces_in_its_name(tmp_path: Path) -> None:
    """It is no name with options."""
    spaced = tmp_path / "my chip.yaml"
    spaced.write_text((FILES / "chip.yaml").read_text())
    assert comparison(spaced, CHIP, NET)["differences"] == []


def _changed(key: str, value: Any) -> Any:
    def change(told: dict[str, Any]) -> None:
        told["totals"][key] = value

    return change


def _renamed(told: dict[str, Any]) -> None:
    told["layers"][0]["name"] = "other"


def _doubled(told: dict[str, Any]) -> None:
    told["layers"] *= 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_changed("energy", float("nan")), "has the number NaN"),
        (_changed("energy", float("inf")), "has the number Infinity"),
        (_changed("energy", 1e-320), "has the number 1e-320"),
        (_changed("cycles", 10**400), "has the number 1000"),
        (_changed("cycles", "many"), "'many' is not of type"),
        (_renamed, "the mapping of the layer 'other' has another"),
        (_doubled, "has the layer 'conv' twice"),
    ],
)
def test_a_report_that_somebody_edited_is_told(change: Any, why: str, tmp_path: Path) -> None:
    """What no simulation writes is not compared."""
    told = report()
    change(told)
    whole, wrong = tmp_path / "whole.json", tmp_path / "wrong.json"
    whole.write_text(json.dumps(report()))
    wrong.write_text(json.dumps(told))
    result = call("compare", whole, wrong, status=1)
    assert why in result.stderr
    assert str(wrong) in result.stderr


def test_a_number_too_long_to_read_is_told(tmp_path: Path) -> None:
    """Python refuses to read integers of so many digits."""
    file = tmp_path / "long.json"
    file.write_text(json.dumps(report()).replace('"batch": 1', f'"batch": {"9" * 5000}'))
    assert "has the number 9999" in call("compare", file, file, status=1).stderr


def test_what_is_no_text_is_written_with_marks_in_its_place(tmp_path: Path) -> None:
    """A name may have any bytes; to a file as to stdout."""
    file, page = tmp_path / "a\udcff.json", tmp_path / "page.html"
    file.write_text(json.dumps(report()))
    call("compare", file, file, "--format", "html", "--output", page)
    assert "a?.json" in page.read_text("utf-8")


def test_blank_quotes_name_nothing() -> None:
    """As a variable of the shell that is not set."""
    assert "names nothing" in call("compare", CHIP, NET, " ", status=2).stderr


@pytest.mark.parametrize("energy", [1e100, 1e-100, 0])
@pytest.mark.parametrize("form", ["text", "json", "csv", "html"])
def test_what_a_report_may_say_can_be_told(energy: float, form: str, tmp_path: Path) -> None:
    """The largest and the least of numbers, as they are and beside each other."""
    whole, other = tmp_path / "whole.json", tmp_path / "other.json"
    for file, amount in ((whole, 1e100), (other, energy)):
        told = report()
        told["totals"]["energy"] = amount
        file.write_text(json.dumps(told))
    for both in ((whole, other), (other, whole)):
        assert call("compare", *both, "--format", form).stdout


def test_results_are_compared_by_name() -> None:
    """A list of them is no mapping, and is told so."""
    result = hwsim.simulate(hwsim.load_architecture(CHIP), hwsim.load_network(NET))
    with pytest.raises(TypeError, match="by their names"):
        hwsim.compare([result, result])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a limit is a text"):
        hwsim.front(result.architecture, result.network, within=[3])  # type: ignore[list-item]
