"""What is estimated is said to be, wherever it is shown, with how far it can be trusted."""

import json
import re
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.command.call import CHIP, NET, ROOT, SCHEMA, hwsim, report

USING = ROOT / "docs" / "using.md"
FIGURE = "components.spad.energy={read: 1, write: 1, at: {capacity_words: 64}, follows: sram}"
#: What a figure follows, and a size at which it does not hold: 96 words of 16 bits.
EDITED = ("--set", FIGURE, "--set", "components.spad.capacity_words=96")


def test_a_report_says_what_is_estimated_and_how_widely_estimators_differ() -> None:
    """In text and in JSON; and a warning, where that is outside of what the law is made for."""
    told = hwsim("simulate", CHIP, NET, *EDITED)
    text = " ".join(told.stdout.split())
    assert "estimated spad read 1.24: sram, within a factor of 2.66, outside its range;" in text
    outside = "capacity_bytes 192, not 1024 to 4194304; capacity_bytes 128, not 1024 to 4194304"
    assert f"warning: components.spad.energy: outside the range of sram: {outside}\n" in told.stderr
    report = json.loads(hwsim("simulate", CHIP, NET, *EDITED, "--format", "json").stdout)
    Draft202012Validator(SCHEMA).validate(report)
    read, write = report["estimates"]
    assert (read["component"], read["action"], read["energy"]) == ("spad", "read", 1.24)
    assert (write["action"], write["spread"]) == ("write", 2.28)
    assert read["outside"] == outside.split("; ")


def test_areas_and_leakages_are_told_like_energies() -> None:
    """With their units, and a warning of their own; their figures are no energies in JSON."""
    area = "components.spad.area_mm2={value: 2, at: {capacity_words: 64}, follows: sram}"
    leakage = "components.spad.leakage_mw={value: 2, at: {capacity_words: 64}, follows: sram}"
    edited = ("--set", area, "--set", leakage, "--set", "components.spad.transistors=hp")
    chip = [str(CHIP), str(NET), *edited, "--set", "components.spad.capacity_words=96"]
    wrong = hwsim("simulate", *chip, status=1).stderr
    assert "components.spad.area_mm2.at: does not say transistors, on which sram depends" in wrong
    chip = [one.replace("64}", "64, transistors: hp}") for one in chip]
    told = hwsim("simulate", *chip)
    text = " ".join(told.stdout.split())
    assert "estimated spad area 2.96 mm2: sram, within a factor of 1.76, outside" in text
    assert "spad leakage 2.96 mW: sram, within a factor of 2.63, outside its range" in text
    assert "warning: components.spad.leakage_mw: outside the range of sram: " in told.stderr
    report = json.loads(hwsim("simulate", *chip, "--format", "json").stdout)
    Draft202012Validator(SCHEMA).validate(report)
    assert [one.get("area_mm2") for one in report["estimates"]] == [2.96, None]
    assert [one.get("leakage_mw") for one in report["estimates"]] == [None, 2.96]
    assert not any("energy" in one for one in report["estimates"])
    shown = hwsim("show", *chip[:1], *chip[2:], "--origin").stdout
    assert "# components.spad.area_mm2: 2.96\n#   figure   2, which holds at" in shown


def test_a_voltage_is_told_with_its_law() -> None:
    """Where a figure comes from says by what it follows both its law and the voltage."""
    figure = "read: 1, write: 1, at: {capacity_words: 64, voltage_v: 1}, follows: sram"
    said = ("--set", f"components.spad.energy={{{figure}}}", "--set", "components.spad.voltage_v=2")
    shown = hwsim("show", CHIP, *said, "--origin").stdout
    assert "# components.spad.energy.read: 4\n" in shown
    assert "1, which holds at capacity_bytes 128, access_bits 16, voltage_v 1\n" in shown
    assert "word_bits/access_bits) voltage_v^2\n" in shown
    assert "one bank; C V^2 of an energy, I V of a leakage with the same I" in shown
    text = " ".join(hwsim("simulate", CHIP, NET, *said).stdout.split())
    assert "estimated spad read 4: sram, within a factor of 2.66; spad write 4: sram" in text


def test_an_explanation_says_it_too() -> None:
    """And it tries other figures, but not other places where they hold."""
    layer = ("explain", CHIP, NET, "conv", *EDITED)
    assert "\nestimated " in hwsim(*layer).stdout
    told = json.loads(hwsim(*layer, "--format", "json").stdout)
    schemas = {
        name: json.loads((ROOT / "hwsim" / "schemas" / name / "v1.json").read_text("utf-8"))
        for name in ("report", "explanation")
    }
    resources = [(of["$id"], Resource.from_contents(of)) for of in schemas.values()]
    registry: Registry = Registry().with_resources(resources)
    Draft202012Validator(schemas["explanation"], registry=registry).validate(told)
    tried = {change["set"].partition("=")[0] for change in told["changes"]}
    assert {"components.spad.energy.read", "components.spad.capacity_words"} <= tried
    assert not any(".at." in path for path in tried)


def test_a_figure_that_holds_is_not_called_estimated() -> None:
    """The report is to the letter that of a file which says the figure alone, but for the file."""
    for form in ("text", "csv"):
        said, alone = (
            hwsim("simulate", CHIP, NET, *changes, "--format", form)
            for changes in (("--set", FIGURE), ())
        )
        assert (said.stdout, said.stderr) == (alone.stdout, alone.stderr)
    said_json, alone_json = report("--set", FIGURE), report()
    assert said_json.pop("declared") != alone_json.pop("declared")
    assert said_json == alone_json


def test_show_says_where_an_energy_comes_from() -> None:
    """Formula, inputs, source, range and spread, as on the page; it is still a document."""
    shown = hwsim("show", ROOT / "examples" / "half_buffer.yaml", "--origin").stdout
    (page,) = re.findall(r"```text\n(# components\.buffer.*?)```", USING.read_text(), re.DOTALL)
    assert page in shown
    nothing = hwsim("show", CHIP, "--origin").stdout
    assert "# Figures" not in nothing


def test_show_tells_what_is_wrong_with_an_estimate(tmp_path: Path) -> None:
    """As `check` does, where it was asked for where energies come from."""
    wrong = ("--set", "components.spad.energy={estimate: srma}")
    assert "{estimate: srma}" in hwsim("show", CHIP, *wrong).stdout
    told = hwsim("show", CHIP, "--origin", *wrong, status=1).stderr
    assert "there is no estimator 'srma'" in told
    assert "did you mean sram?" in told
