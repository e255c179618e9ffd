"""Estimators that ask other programs: questions, answers, and what is told without them."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from hwsim.estimators import Action, CannotEstimate, Estimate, NotInstalled, Value, estimator_of
from hwsim.estimators.cacti import PROGRAM

STANDIN = Path(__file__).parent / "standin_cacti.py"
MEMORY: dict[str, Value] = {
    "word_bits": 16,
    "access_bits": 64,
    "capacity_bytes": 102400,
    "technology_nm": 65,
    "transistors": "lstp",
}
UNIT: dict[str, Value] = {"word_bits": 16, "technology_nm": 45}
#: Of 100 kB of 65 nm, 64 bits wide, what CACTI 7 says: pJ of an access, mm2, mW.
MEASURED = {"read": 52.33, "write": 44.60, "area": 0.7275, "leakage": 0.01709}


def asked(name: str, action: str, about: dict[str, Value], kind: str = "storage") -> Estimate:
    """What the estimator says."""
    estimator = estimator_of(name, {})
    assert estimator is not None
    return estimator.estimate(Action(kind=kind, name=action, properties=about))


def program(path: Path, text: str) -> Path:
    """An executable file."""
    path.write_text(text, "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def standin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in, named by the variable."""
    cacti = program(
        tmp_path / "cacti", f"#!{sys.executable}\n" + STANDIN.read_text("utf-8").split("\n", 1)[1]
    )
    monkeypatch.setenv(PROGRAM, str(cacti))
    return cacti


@pytest.mark.parametrize("name", MEASURED)
def test_what_cacti_says_is_read_from_its_table(standin: Path, name: str) -> None:
    """In pJ, of which a word pays its share; in mm2, and in mW. Its version is the source."""
    share = 1 / 4 if name in ("read", "write") else 1
    known = asked("cacti", name, MEMORY)
    assert known.value == pytest.approx(MEASURED[name] * share, rel=1e-3)
    assert "7.0.3DD" in known.source


def test_banks_leak_each(standin: Path) -> None:
    """CACTI's leakage is that of one."""
    leaks = asked("cacti", "leakage", {**MEMORY, "banks": 8}).value
    assert leaks == pytest.approx(8 * 0.00266603)


def test_cacti_is_found_on_the_path(standin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no variable names it."""
    monkeypatch.delenv(PROGRAM)
    monkeypatch.setenv("PATH", str(standin.parent))
    assert asked("cacti", "read", MEMORY).value == pytest.approx(MEASURED["read"] / 4, rel=1e-3)


def test_without_cacti_its_law_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the variable that would name it."""
    monkeypatch.setenv(PROGRAM, "/nowhere/cacti")
    with pytest.raises(NotInstalled, match=r"HWSIM_CACTI names /nowhere/cacti.* or say sram"):
        asked("cacti", "read", MEMORY)


ODD = {
    "mute": ("exit 3", "it is mute"),
    "chatty": ("echo no; echo 'Segmentation fault'", "Segmentation fault"),
    "another form": ('printf "a, b\\n1, 2\\n" > "$2.out"', "is not a table of its figures"),
    "empty": ('touch "$2.out"', "is not a table of its figures"),
    "no number": (
        'printf "Dynamic read energy (nJ)\\nN/A\\n" > "$2.out"',
        "is not a table of its figures",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_cacti_is_told_in_a_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it does in place of an answer."""
    does, told = ODD[name]
    monkeypatch.setenv(PROGRAM, str(program(tmp_path / "cacti", f"#!/bin/sh\n{does}\n")))
    with pytest.raises(CannotEstimate, match=told):
        asked("cacti", "read", MEMORY)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"transistors": "thin"}, "knows no transistors 'thin'; it has hp, lop, lstp"),
        ({"access_bits": 12}, "needs access_bits that make whole bytes, not 12"),
        ({"banks": 0}, "needs a positive number for banks"),
        ({"capacity_bytes": 4}, "Cache size must >=64"),
    ],
)
def test_a_memory_that_cacti_does_not_know_is_refused(
    standin: Path, change: dict[str, Value], told: str
) -> None:
    """By hwsim, or in CACTI's own words."""
    with pytest.raises(CannotEstimate, match=told):
        asked("cacti", "read", {**MEMORY, **change})


@pytest.mark.skipif(
    shutil.which(os.environ.get(PROGRAM, "cacti")) is None,
    reason="CACTI is no package: it has to be built, and named in $HWSIM_CACTI",
)
@pytest.mark.parametrize("name", MEASURED)
def test_a_real_cacti_says_what_was_measured(name: str) -> None:
    """By version 7, with the settings of hwcomponents-cacti; other versions are near."""
    share = 1 / 4 if name in ("read", "write") else 1
    assert asked("cacti", name, MEMORY).value == pytest.approx(MEASURED[name] * share, rel=0.2)


@pytest.mark.skipif(find_spec("hwcomponents_cacti") is not None, reason="it is installed here")
def test_without_hwcomponents_the_extra_is_named() -> None:
    """And the laws that need nothing; on an older Python, the Python that it needs."""
    for kind, action, about in (("storage", "read", MEMORY), ("compute", "area", UNIT)):
        with pytest.raises(NotInstalled, match=r"hwsim\[hwcomponents\].* or say sram or aladdin"):
            asked("hwcomponents", action, about, kind)


@pytest.mark.parametrize(
    ("kind", "action"), [("network", "deliver"), ("storage", "area"), ("storage", "leakage")]
)
def test_hwcomponents_says_what_it_has_no_model_of(kind: str, action: str) -> None:
    """Networks; areas and leakages of memories off the chip."""
    with pytest.raises(CannotEstimate, match=r"has no .* of such a"):
        asked("hwcomponents", action, {"word_bits": 16, "dram": "DDR3"}, kind)


needs_packages = pytest.mark.skipif(
    find_spec("hwcomponents_cacti") is None or find_spec("hwcomponents_library") is None,
    reason="hwcomponents needs Python 3.12, and is an extra",
)


@needs_packages
def test_hwcomponents_prices_operations_and_memories_off_the_chip() -> None:
    """A MAC by Aladdin's table, of 45 nm; 8 pJ a bit of LPDDR4."""
    mac = asked("hwcomponents", "compute", UNIT, "compute")
    assert mac.value == pytest.approx(3.89, rel=0.05)
    assert "hwcomponents-library" in mac.source
    assert asked("hwcomponents", "area", UNIT, "compute").value == pytest.approx(0.0027, rel=0.1)
    assert asked("hwcomponents", "leakage", UNIT, "compute").value == pytest.approx(0.026, rel=0.1)
    off_chip = asked("hwcomponents", "read", {"word_bits": 16, "dram": "LPDDR4"})
    assert off_chip.value == pytest.approx(16 * 8)


@needs_packages
@pytest.mark.filterwarnings("ignore")  # it leaves files open
@pytest.mark.parametrize("name", MEASURED)
def test_hwcomponents_asks_its_cacti_for_memories_on_the_chip(name: str) -> None:
    """Where the C library of this machine is new enough for the one it brings."""
    about = {name: value for name, value in MEMORY.items() if name != "transistors"}
    try:
        known = asked("hwcomponents", name, about)
    except Exception as error:
        if "CACTI failed" in str(error):
            pytest.skip("the CACTI that hwcomponents-cacti brings needs glibc 2.38")
        raise
    share = 1 / 4 if name in ("read", "write") else 1
    assert known.value == pytest.approx(MEASURED[name] * share, rel=1e-3)
