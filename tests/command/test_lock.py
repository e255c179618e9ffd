"""`hwsim lock`: what other programs said, kept beside an architecture: all machines agree."""

import json
from pathlib import Path

import pytest

from hwsim.estimators.cacti import PROGRAM
from tests.command.call import NET, hwsim
from tests.estimators.test_outside import standin

__all__ = ["standin"]

CHIP = """schema: hwsim/architecture/v1
name: locked
energy_unit: pJ
technology_nm: 65
clock_mhz: 200
charging: {by: action}
components:
  dram: {kind: storage, holds: [weights, inputs, outputs], energy: {estimate: dram}, dram: LPDDR4}
  buffer:
    kind: storage
    holds: [weights, inputs, outputs]
    capacity_bytes: 51200
    access_bits: 64
    transistors: lstp
    energy:
      read: 10
      write: 10
      at: {capacity_bytes: 102400, access_bits: 64, transistors: lstp, technology_nm: 65}
      follows: cacti
    area_mm2: {estimate: cacti}
    leakage_mw: {estimate: cacti}
  mac: {kind: compute, energy: {compute: 1}}
routes:
  weights: [dram, buffer, mac]
  inputs: [dram, buffer, mac]
  outputs: [dram, buffer, mac]
dataflow:
  name: any
  temporal:
    dram: {dimensions: [N, G, M, C, P, Q, R, S]}
    buffer: {dimensions: [M, C]}
"""


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    """An architecture that asks CACTI."""
    file = tmp_path / "chip.yaml"
    file.write_text(CHIP, "utf-8")
    return file


def test_a_machine_without_the_program_says_the_same(
    chip: Path, standin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the letter, in a report and where figures come from."""
    asked = [("simulate", chip, NET, "--format", "json"), ("show", chip, "--origin")]
    with_it = [hwsim(*words).stdout for words in asked]
    lock = chip.with_suffix(".lock")
    assert hwsim("lock", chip).stdout == f"{lock}: 6 answers\n"
    monkeypatch.setenv(PROGRAM, "/nowhere")
    assert [hwsim(*words).stdout for words in asked] == with_it
    assert "# components.buffer.area_mm2: 0.354\n" in with_it[1]
    lock.unlink()
    assert "HWSIM_CACTI names /nowhere" in hwsim("check", chip, status=1).stderr


def test_the_lock_comes_before_the_program(chip: Path, standin: Path) -> None:
    """Another version of it changes nothing, until it is locked anew."""
    hwsim("lock", chip)
    lock = chip.with_suffix(".lock")
    data = json.loads(lock.read_text())
    for one in data["estimates"]:
        one["value"] *= 2
    lock.write_text(json.dumps(data))
    assert "# components.buffer.area_mm2: 0.708\n" in hwsim("show", chip, "--origin").stdout
    hwsim("lock", chip)
    assert "# components.buffer.area_mm2: 0.354\n" in hwsim("show", chip, "--origin").stdout


def test_what_a_lock_does_not_know_is_asked_or_told(
    chip: Path, standin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variant is asked where there is somebody to ask; elsewhere the lock is out of date."""
    hwsim("lock", chip)
    variant = ("--set", "components.buffer.capacity_bytes=102400")
    assert "area_mm2: 0.728" in hwsim("show", chip, "--origin", *variant).stdout
    monkeypatch.setenv(PROGRAM, "/nowhere")
    told = hwsim("show", chip, "--origin", *variant, status=1).stderr
    assert "chip.lock is out of date: it has no area of word_bits 16, technology_nm 65" in told


def test_a_voltage_needs_no_other_answer(
    chip: Path, standin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program knows none: what it says of a memory is scaled, from a lock as well."""
    text = CHIP.replace("nm: 65}", "nm: 65, voltage_v: 1}").replace("{estimate: cacti}", "1")
    chip.write_text(text.replace("    leakage_mw: 1\n", "    voltage_v: 1\n"), "utf-8")
    read = "# components.buffer.energy.read: "
    shown = hwsim("show", chip, "--origin").stdout
    hwsim("lock", chip)
    monkeypatch.setenv(PROGRAM, "/nowhere")
    assert hwsim("show", chip, "--origin").stdout == shown
    twice = hwsim("show", chip, "--origin", "--set", "components.buffer.voltage_v=2").stdout
    one, four = (float(it.split(read)[1].split("\n")[0]) for it in (shown, twice))
    assert four == pytest.approx(4 * one, rel=1e-2)


def test_an_architecture_of_laws_has_nothing_to_lock() -> None:
    """They say the same everywhere."""
    assert "nothing to lock" in hwsim("lock", "eyeriss").stdout


def test_what_cannot_be_answered_is_not_locked(chip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told at its line, and no file is written."""
    monkeypatch.setenv(PROGRAM, "/nowhere")
    told = hwsim("lock", chip, status=1).stderr
    assert f"{chip}:20:26: components.buffer.area_mm2.estimate: cacti is not installed" in told
    assert not chip.with_suffix(".lock").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"schema": 3}',
        '{"schema": "hwsim/lock/v1", "estimators": 3}',
        f'{{"schema": {"9" * 5000}}}',
    ],
)
def test_a_broken_lock_is_told(text: str, chip: Path) -> None:
    """With what mends it, whatever is in the file."""
    chip.with_suffix(".lock").write_text(text)
    assert "write it anew, with `hwsim lock`" in hwsim("check", chip, status=1).stderr


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 1e300])
def test_an_answer_of_a_lock_is_held_to_what_a_file_may_say(
    value: float, chip: Path, standin: Path
) -> None:
    """No figure of a report is of an impossible one."""
    hwsim("lock", chip)
    lock = chip.with_suffix(".lock")
    data = json.loads(lock.read_text())
    for one in data["estimates"]:
        one["value"] = value
    lock.write_text(json.dumps(data))
    assert "buffer" in hwsim("check", chip, status=1).stderr
