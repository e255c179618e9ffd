"""Areas, power and operations in every report are those of its energies, cycles and MACs."""

import csv
from io import StringIO
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hwsim.report.figures import percent, si
from tests.command.call import CHIP, NET, SCHEMA, hwsim, report

AREAS = {"dram": 0, "wires": 0.5, "spad": 1, "mac": 0.125}
#: As many columns as the array has: scratchpads and MACs.
PES = 4
SAID = [f"components.{name}.area_mm2={mm2}" for name, mm2 in AREAS.items()]
SAID += ["components.spad.leakage_mw=2", "clock_energy=3"]
CHANGES = tuple(word for said in SAID for word in ("--set", said))


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The JSON report of the chip that says all."""
    return report(*CHANGES)


def facts(text: str) -> dict[str, str]:
    """What a text says of each term, where that is on one line."""
    pairs = (line.partition("  ") for line in text.splitlines() if not line.startswith(" "))
    return {term: told.strip() for term, _, told in pairs}


def test_the_json_report_has_areas_power_and_operations(whole: dict[str, Any]) -> None:
    """Of the whole and of every layer, from pJ, cycles of 100 MHz, and two operations a MAC."""
    Draft202012Validator(SCHEMA).validate(whole)
    assert whole["area"] == {
        "mm2": 5,
        "by_component": {"dram": 0, "wires": 0.5, "spad": 4, "mac": 0.5},
        "not_said": [],
    }
    for part in (whole["totals"], *whole["layers"]):
        joules, seconds = part["energy"] / 1e12, part["cycles"] / 100e6
        operations = 2 * part["macs"] / 1e12
        static = (2e-3 * PES) + 3e-12 * 100e6
        assert part["by_tensor"]["static"] / 1e12 == pytest.approx(static * seconds)
        assert part["by_component"]["clock"] == 3 * part["cycles"]
        assert part["efficiency"] == pytest.approx(
            {
                "joules_per_image": joules,
                "watts": joules / seconds,
                "static_watts": static,
                "tops": operations / seconds,
                "charged_tops": operations / seconds,
                "tops_per_watt": operations / joules,
                "charged_tops_per_watt": operations / joules,
                "gops_per_mm2": 1000 * operations / seconds / 5,
            }
        )


def test_text_and_page_say_what_the_json_report_says(whole: dict[str, Any]) -> None:
    """A line each of area, power and operations, and what is spent whatever is done."""
    text = hwsim("simulate", CHIP, NET, *CHANGES).stdout
    page = hwsim("simulate", CHIP, NET, *CHANGES, "--format", "html").stdout
    of, totals = whole["totals"]["efficiency"], whole["totals"]
    idle = percent(totals["by_tensor"]["static"], totals["energy"])
    each = si(of["joules_per_image"], "J")
    rates = [f"{of['tops']:.3g} TOPS", f"{of['tops_per_watt']:.3g} TOPS/W"]
    told = {
        "area": "5 mm2: spad 4, wires 0.5, mac 0.5, dram 0",
        "power": f"{si(of['watts'], 'W')} on average, {idle} % of it whatever is done;"
        f" {each} per image",
        "operations": f"{', '.join(rates)}, {of['gops_per_mm2']:.3g} GOPS/mm2; a MAC is two",
    }
    for term, line in told.items():
        assert facts(text)[term] == line
        assert f"<dt>{term}</dt><dd>{line}</dd>" in page
    (static,) = (line.split() for line in text.splitlines() if line.startswith("static "))
    assert " ".join(static[1:3]) == si(totals["by_tensor"]["static"] / 1e12, "J")
    assert static[3] == idle


def test_csv_has_a_column_for_each_number_of_the_json_report(whole: dict[str, Any]) -> None:
    """For every layer and for the total."""
    printed = hwsim("simulate", CHIP, NET, *CHANGES, "--format", "csv").stdout
    rows = [*csv.DictReader(StringIO(printed))]
    for row, part in zip(rows, (*whole["layers"], whole["totals"]), strict=True):
        for name, amount in part["efficiency"].items():
            assert float(row[f"efficiency.{name}"]) == amount
        assert float(row["by_tensor.static.energy_pj"]) == part["by_tensor"]["static"]
        assert float(row["by_component.clock.energy_pj"]) == part["by_component"]["clock"]


def test_what_zeros_save_is_told_apart() -> None:
    """Where MACs with a zero are not done, operations stand with them and without."""
    saves = (*CHANGES, "--set", "components.mac.zeros={inputs: skip}", "--density", "inputs=0.5")
    of = report(*saves)["totals"]["efficiency"]
    assert of["charged_tops"] * 2 == pytest.approx(of["tops"])
    assert of["charged_tops_per_watt"] * 2 == pytest.approx(of["tops_per_watt"])
    text = " ".join(hwsim("simulate", CHIP, NET, *saves).stdout.split())
    fewer = f"{of['charged_tops']:.3g} TOPS, {of['charged_tops_per_watt']:.3g} TOPS/W"
    assert f"a MAC is two; without those that zeros save {fewer}" in text


def test_what_is_not_said_is_in_no_report() -> None:
    """Of a part of the areas the rest is named; in MACs there is no power, and no static energy."""
    part = ("--set", SAID[1])
    assert facts(hwsim("simulate", CHIP, NET, *part).stdout)["area"] == (
        "0.5 mm2: wires 0.5; not said of dram, spad, mac"
    )
    bare = ("--set", "energy_unit=mac", "--set", "clock_mhz=null")
    text = facts(hwsim("simulate", CHIP, NET, *bare).stdout)
    assert not {"area", "power", "operations", "static"} & text.keys()
    document = report(*bare)
    assert "area" not in document
    assert "efficiency" not in document["totals"]
    assert "static" not in document["totals"]["by_tensor"]
    assert "efficiency" not in hwsim("simulate", CHIP, NET, *bare, "--format", "csv").stdout
