"""What every shipped estimator holds to, and the figures in print that each gives back."""

import csv
import runpy
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.estimators import Action, CannotEstimate, Estimate, Value, estimator_of, names
from hwsim.estimators.find import SHIPPED
from hwsim.estimators.law import Law
from tests.command.call import ROOT

WORD = {"word_bits": 16, "access_bits": 16}
MEMORY: dict[str, Value] = {**WORD, "technology_nm": 45, "capacity_bytes": 102400, "entries": 51200}
WIRE: dict[str, Value] = {"word_bits": 16, "length_mm": 2.0}
UNIT: dict[str, Value] = {"word_bits": 16, "arithmetic": "integer"}
#: Of each estimator an action that it knows.
KNOWN: dict[str, tuple[str, str, dict[str, Value]]] = {
    "sram": ("storage", "read", MEMORY),
    "register_file": ("storage", "read", MEMORY),
    "dram": ("storage", "write", {**WORD, "dram": "LPDDR4"}),
    "wire": ("network", "deliver", WIRE),
    "aladdin": ("compute", "compute", UNIT),
    "horowitz": ("compute", "compute", UNIT),
    "accelergy": ("storage", "read", {**MEMORY, "access_bits": 64}),
    "eyeriss": ("compute", "compute", {"word_bits": 16}),
    "voltage": ("compute", "compute", {"voltage_v": 0.9}),
}


def estimate(
    name: str, kind: str, action: str, properties: Mapping[str, Value], **other: Value
) -> Estimate:
    """What a shipped estimator says of an action."""
    estimator = estimator_of(name, {})
    assert estimator is not None
    return estimator.estimate(Action(kind=kind, name=action, properties={**properties, **other}))


def energy(name: str, kind: str, action: str, properties: Mapping[str, Value], **o: Value) -> float:
    """The figure alone."""
    return estimate(name, kind, action, properties, **o).value


def test_every_shipped_estimator_is_tried_here() -> None:
    """A new one needs an action that it knows."""
    assert KNOWN.keys() == SHIPPED.keys()
    assert names(["mine"])[:2] == ["mine", "sram"]


@pytest.mark.parametrize("name", KNOWN)
def test_every_estimate_has_a_source_and_a_formula(name: str) -> None:
    """And a spread of at least 1, if it is known, with what that is the spread of."""
    known = estimate(name, *KNOWN[name])
    assert known.value > 0
    assert known.source
    assert known.formula
    assert known.spread is None or (known.spread >= 1 and known.basis)
    assert all(low <= high for low, high in known.valid.values())


@pytest.mark.parametrize("name", KNOWN)
def test_what_an_estimator_does_not_know_it_says(name: str) -> None:
    """Of another kind of components, and without the properties that it needs."""
    kind, action, _ = KNOWN[name]
    for of, does in (("array", "turn"), (kind, action)):
        with pytest.raises(CannotEstimate):
            estimate(name, of, does, {"word_bits": 13})


sizes = st.integers(min_value=1024, max_value=2**22)
nodes = st.sampled_from([22, 32, 45, 65, 90])


@given(small=sizes, large=sizes, node=nodes, finer=nodes, bits=st.integers(4, 7))
@pytest.mark.parametrize("transistors", ["hp", "lop", "lstp", None])
@pytest.mark.parametrize("action", ["read", "write"])
def test_a_memory_costs_more_the_larger_and_wider_it_is_and_the_coarser_its_node(
    action: str, transistors: str | None, small: int, large: int, node: int, finer: int, bits: int
) -> None:
    """By the law of SRAM: an access; a word of a wide access costs less than one by itself."""
    said: dict[str, Value] = {**MEMORY, "capacity_bytes": small, "technology_nm": node}
    said |= {"transistors": transistors} if transistors else {}
    known = energy("sram", "storage", action, said)
    assert (large > small) == (
        energy("sram", "storage", action, said, capacity_bytes=large) > known
    )
    assert (finer > node) == (energy("sram", "storage", action, said, technology_nm=finer) > known)
    narrow, wide = (
        energy("sram", "storage", action, said, access_bits=width) * width
        for width in (2**bits, 2 ** (bits + 1))
    )
    assert narrow < wide < 2 * narrow


@given(small=sizes, large=sizes, node=nodes, finer=nodes)
@pytest.mark.parametrize("transistors", ["hp", "lop", "lstp"])
@pytest.mark.parametrize("figure", ["area", "leakage"])
def test_a_memory_is_larger_and_leaks_more_the_more_it_holds_and_the_coarser_its_node(
    figure: str, transistors: str, small: int, large: int, node: int, finer: int
) -> None:
    """By the law of SRAM; a wider access makes it no smaller, and neither depends on a word."""
    said: dict[str, Value] = {**MEMORY, "capacity_bytes": small, "technology_nm": node}
    said |= {"transistors": transistors}
    known = energy("sram", "storage", figure, said)
    more = energy("sram", "storage", figure, said, capacity_bytes=large)
    coarser = energy("sram", "storage", figure, said, technology_nm=finer)
    assert (large > small) == (more > known)
    assert (finer > node) == (coarser > known)
    assert energy("sram", "storage", figure, said, access_bits=256) >= known
    assert energy("sram", "storage", figure, said, word_bits=8) == known


def test_what_a_memory_leaks_is_known_only_of_known_transistors() -> None:
    """They differ by a factor of a thousand."""
    with pytest.raises(CannotEstimate, match="needs transistors, which is not said; it has hp"):
        estimate("sram", "storage", "leakage", MEMORY)
    leaks = {
        kind: energy("sram", "storage", "leakage", MEMORY, transistors=kind)
        for kind in ("hp", "lop", "lstp")
    }
    assert leaks["hp"] > 8 * leaks["lop"] > 1000 * leaks["lstp"]


@pytest.mark.parametrize("figure", ["area", "leakage"])
@pytest.mark.parametrize("name", ["dram", "wire", "eyeriss", "horowitz", "register_file"])
def test_an_estimator_says_that_it_has_no_area_or_leakage(name: str, figure: str) -> None:
    """Where none is in print; areas of operations and of scratchpads are."""
    kind, _, about = KNOWN[name]
    if (name, figure) in {("horowitz", "area"), ("register_file", "area")}:
        assert energy(name, kind, figure, about) > 0
        return
    with pytest.raises(CannotEstimate, match=f"has no {figure} of a {kind}|estimates .* of a"):
        estimate(name, kind, figure, about)


@given(few=st.integers(1, 4096), many=st.integers(1, 4096))
def test_a_register_file_costs_more_the_more_words_it_has(few: int, many: int) -> None:
    """And a word of twice the bits costs twice as much, as over a wire, and in a DRAM."""
    for action in ("read", "write", "area"):
        less = energy("register_file", "storage", action, MEMORY, entries=few)
        more = energy("register_file", "storage", action, MEMORY, entries=many)
        assert (few < many) == (less < more)
    for name in ("register_file", "wire", "dram"):
        once, twice = (energy(name, *KNOWN[name], word_bits=bits) for bits in (16, 32))
        assert twice == pytest.approx(2 * once)


def test_the_law_of_sram_is_near_what_others_measured() -> None:
    """100 kB read by hwcomponents-cacti, and by the CACTI that ZigZag brings, within its spread."""
    measured = {(65, 16): (33.8, 28.1), (65, 64): (52.3, 54.2), (45, 16): (18.3, 16.5)}
    measured[45, 64] = (28.3, 31.8)
    for (node, bits), each in measured.items():
        about = {**MEMORY, "word_bits": bits, "access_bits": bits, "technology_nm": node}
        known = estimate("sram", "storage", "read", about)
        assert known.spread is not None
        for figure in each:
            assert 1 / known.spread < known.value / figure < known.spread


def test_tables_give_back_what_is_in_print() -> None:
    """Horowitz, ISSCC 2014, figure 1.1.9; Accelergy's designs; Eyeriss, ISCA 2016, table IV."""
    for size, figure in ((8192, 10), (32768, 20), (1048576, 100)):
        about = {"word_bits": 64, "capacity_bytes": size}
        assert energy("horowitz", "storage", "read", about) == pytest.approx(figure)
    off_chip = estimate("horowitz", "storage", "read", {"word_bits": 64})
    assert off_chip.spread is not None
    assert off_chip.value / off_chip.spread == pytest.approx(1300)
    assert off_chip.value * off_chip.spread == pytest.approx(2600)
    unit: dict[str, Value] = {"arithmetic": "integer", "word_bits": 32}
    assert energy("horowitz", "compute", "area", unit) == pytest.approx(3632e-6)
    assert energy("aladdin", "compute", "compute", unit) == pytest.approx(12.89)
    assert energy("aladdin", "compute", "area", unit) == pytest.approx(6628e-6)
    assert energy("aladdin", "compute", "leakage", unit) == pytest.approx(0.0824)
    assert energy("accelergy", "storage", "area", {**MEMORY, "access_bits": 64}) == pytest.approx(
        (0.918862 * 0.641719) ** 0.5
    )
    macs = {("integer", 8): 0.3, ("integer", 32): 3.2, ("float", 16): 1.5, ("float", 32): 4.6}
    for (arithmetic, bits), mac in macs.items():
        unit = {"arithmetic": arithmetic, "word_bits": bits}
        assert energy("horowitz", "compute", "compute", unit) == pytest.approx(mac)
    spad: dict[str, Value] = {"technology_nm": 45, "word_bits": 16, "entries": 224}
    assert energy("accelergy", "storage", "read", spad) == 0.710
    assert energy("accelergy", "storage", "write", spad) == 1.131
    row: dict[str, Value] = {"technology_nm": 45, "capacity_bytes": 131072, "access_bits": 64}
    assert energy("accelergy", "storage", "read", {**row, "word_bits": 64}) == 37.1
    assert energy("accelergy", "storage", "read", {**row, "word_bits": 16}) == 37.1 / 4
    assert energy("eyeriss", "storage", "write", {"word_bits": 16}) == 200
    assert energy("eyeriss", "storage", "read", {"word_bits": 16, "capacity_bytes": 512}) == 1
    assert energy("eyeriss", "network", "reduce", {"word_bits": 16}) == 2
    off_chip = estimate("dram", "storage", "read", {"word_bits": 64, "dram": "LPDDR4"})
    assert off_chip.value == pytest.approx(512)


def test_designs_that_differ_are_the_spread_of_their_mean() -> None:
    """A read of a 100 kB buffer is 34.0 pJ in one public design, and 49.2 in another."""
    known = estimate("accelergy", "storage", "read", {**MEMORY, "access_bits": 64, "word_bits": 64})
    assert known.spread is not None
    assert known.value * known.spread == pytest.approx(49.2)
    assert known.value / known.spread == pytest.approx(34.0)
    assert known.basis == "2 designs"


def test_the_law_of_register_files_is_as_near_as_it_says() -> None:
    """To the scratchpads of 16 bits that it was fitted to."""
    from hwsim.estimators.accelergy import ESTIMATOR

    spads = [row for row in ESTIMATOR.rows if row.says.get("technology_nm") == 45]
    spads = [row for row in spads if "entries" in row.says]
    assert len(spads) == 9
    for action in ("read", "write", "area"):
        known = [
            (estimate("register_file", "storage", action, {**WORD, **row.says}), row)  # type: ignore[dict-item]
            for row in spads
        ]
        factors = [of.value / row.figures[action] for of, row in known]
        worst = max(max(factor, 1 / factor) for factor in factors)
        assert worst == pytest.approx(known[0][0].spread, abs=0.005)


def test_the_program_that_fits_the_law_finds_a_law_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From points that are exactly on the shipped law, it prints that law, off by nothing."""
    program = ROOT / "benchmarks" / "sram_law.py"
    law = estimator_of("sram", {})
    assert isinstance(law, Law)
    file = tmp_path / "points.csv"
    with file.open("w", newline="") as out:
        heads = ("node_nm", "transistors", "capacity_bytes", "access_bits", "banks")
        lines = csv.writer(out)
        lines.writerow([*heads, "read_pj", "write_pj", "area_mm2", "leakage_mw"])
        for node, kind, size, bits in product(
            (22, 45, 90), ("hp", "lstp"), (1024, 65536), (16, 256)
        ):
            about: dict[str, Value] = {"technology_nm": node, "transistors": kind}
            about |= {"capacity_bytes": size, "word_bits": bits, "access_bits": bits}
            figures = ("read", "write", "area", "leakage")
            costs = [energy("sram", "storage", figure, about) for figure in figures]
            lines.writerow([node, kind, size, bits, 1, *costs])
    monkeypatch.setattr("sys.argv", [str(program), str(file)])
    runpy.run_path(str(program), run_name="__main__")
    printed = capsys.readouterr().out
    powers = "(node_nm/45)^1.823 (capacity_bytes/1024)^0.557 (access_bits/64)^0.495"
    assert f"read_pj lstp  2.13 {powers}\n" in printed
    powers = "(node_nm/45)^1.909 (capacity_bytes/1024)^0.974 (access_bits/64)^0.044"
    assert f"area_mm2 lstp  0.00382 {powers}\n" in printed
    assert "leakage_mw hp    0.298 (node_nm/45)^0.714 (capacity_bytes/1024)^0.96\n" in printed
    assert "leakage_mw any" not in printed
    assert printed.count("half within 1.00, nine in ten 1.00, all 1.00") >= 2 * 4
