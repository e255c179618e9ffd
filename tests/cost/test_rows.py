"""Rows that are charged whole: by hand, against executed nests, and the laws that they keep."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.accesses import count
from hwsim.accesses.counts import Sizes
from hwsim.accesses.traffic import traffic
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Storage
from hwsim.cost import Cost
from hwsim.vocabulary import INPUTS, OUTPUTS, TENSORS, WEIGHTS
from hwsim.workload.data import PARTIAL_SUMS, Data
from hwsim.workload.layer import Layer
from tests.build import architecture, array, compute, convolution, fully_connected, storage
from tests.cost.priced import cost_of
from tests.generate import Case, cases
from tests.interpreter import together

WHOLE = Charging(rows="whole")
CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
SOME = settings(max_examples=max(100, CHOSEN))


def in_rows(chip: Architecture, row_bits: int, rows: str = "whole") -> Architecture:
    """The chip with rows of that width in all its storages."""
    parts = {
        name: replace(part, charging=replace(part.charging, rows=rows), access_bits=row_bits)
        if isinstance(part, Storage)
        else part
        for name, part in chip.components.items()
    }
    return replace(chip, components=parts)


def lanes(filters: int, channels: int, row_bits: int, rows: str = "whole") -> Cost:
    """A vector of filters and channels: PEs side by side read one buffer, a step for each pixel.

    A read of a word of 16 bits costs 1.
    """
    layer = fully_connected(M=filters, C=channels, N=10)
    chip = architecture(
        storage("dram", read=0, write=0),
        storage("buffer", WEIGHTS, INPUTS, read=1, write=0),
        array("lanes", x=filters, y=channels),
        compute(),
    )
    tiles = {"buffer": {"N": 1}, "lanes.x": {"M": 1}, "lanes.y": {"C": 1}}
    return cost_of(in_rows(chip, row_bits, rows), layer, tiles)


@pytest.mark.parametrize(("row_bits", "rows"), [(16, 6), (64, 2), (96, 1), (256, 1)])
def test_a_vector_of_lanes_reads_whole_rows(row_bits: int, rows: int) -> None:
    """Two lanes of 6 channels: 6 inputs in a step, 96 bits, however many lanes share them."""
    cost = lanes(2, 6, row_bits)
    assert cost.energies["buffer", INPUTS] == 10 * rows * Fraction(row_bits, 16)
    assert lanes(2, 6, row_bits, "by_word").energies["buffer", INPUTS] == 10 * 6


def test_a_tile_is_filled_row_by_row() -> None:
    """Tiles of 3, 3 and 1 of 7 weights, 8 bits each: 1 row of 32 bits each, of 2 words.

    Of the DRAM's rows of 16 bits, which are words, they take 2, 2 and 1.
    """
    chip = architecture(
        storage("dram", read=10, write=10, charging=WHOLE),
        replace(storage("spad", read=0, write=1, charging=WHOLE), access_bits=32),
        compute(),
    )
    layer = replace(fully_connected(M=7, C=1), data=Data(bits={WEIGHTS: 8}))
    cost = cost_of(chip, layer, {"dram": {"M": 3}, "spad": {"M": 1}})
    assert cost.energies["dram", WEIGHTS] == 10 * (2 + 2 + 1)
    assert cost.energies["spad", WEIGHTS] == (1 + 1 + 1) * 2


def test_whole_rows_take_their_time() -> None:
    """One input of 16 bits a step from rows of 64, at a word a cycle: 4 cycles each, not one."""
    times = []
    for rows in ("by_word", "whole"):
        chip = architecture(
            replace(
                storage("dram", bandwidth=1, charging=Charging(rows=rows)),
                access_bits=64,
                compartments=storage("dram", INPUTS).compartments,
            ),
            storage("rest", WEIGHTS, OUTPUTS),
            compute(),
        )
        layer = convolution(Q=9)
        times.append(cost_of(chip, layer, {"dram": {"Q": 1}}).cycles_by_component["dram"])
    assert times == [9, 36]


@st.composite
def narrow_cases(draw: st.DrawFn) -> tuple[Case, int, dict[str, int]]:
    """A case, the bits of a row, and those of values."""
    bits = {what: draw(st.sampled_from([4, 8, 12, 16, 24])) for what in (*TENSORS, PARTIAL_SUMS)}
    return draw(cases()), draw(st.sampled_from([8, 16, 24, 64, 1000])), bits


@SOME
@given(narrow_cases())
def test_energies_are_those_of_the_rows_of_the_run(
    drawn: tuple[Case, int, dict[str, int]],
) -> None:
    """By action, at any storage: each access costs its part of the rows of its link's moves."""
    case, row_bits, bits = drawn
    chip = replace(in_rows(case.architecture, row_bits), charge_by="action")
    layer = replace(case.layer, data=Data(bits=bits))
    counted = cost_of(chip, layer, case.nest).energies
    assert {cell: cost for cell, cost in counted.items() if cost and cell[0] != "mac"} == {
        cell: cost for cell, cost in _run(chip, layer, case, bits).items() if cost
    }


def _run(
    chip: Architecture, layer: Layer, case: Case, bits: dict[str, int]
) -> dict[tuple[str, str], Fraction]:
    """The energies by storage and tensor, of rows that the executed nest has moved."""
    moved = together(chip, layer, case.nest)
    spent: dict[tuple[str, str], Fraction] = {}
    for words in traffic(chip, count(chip, layer, case.nest)):
        tensor = words.link.tensor
        own = bits[PARTIAL_SUMS if tensor == OUTPUTS else tensor]
        above, below = moved[words.link]
        for name, sizes, accesses in (
            (words.link.parent, above, (words.read, words.written - words.finished)),
            (words.link.parent, above, (0, words.finished)),
            (words.link.child, below, (words.drained, words.filled)),
        ):
            part = chip.components[name]
            if isinstance(part, Storage) and any(accesses):
                value = own if accesses != (0, words.finished) else bits[OUTPUTS]
                energy = sum(
                    (
                        number * Fraction(str(part.energies[does]))
                        for number, does in zip(accesses, ("read", "write"), strict=True)
                    ),
                    Fraction(0),
                )
                share = _rows(sizes, value, part.row_bits) / part.word_bits
                spent[name, tensor] = spent.get((name, tensor), Fraction(0)) + energy * share
    return spent


def _rows(sizes: Sizes, bits: int, row_bits: int) -> Fraction:
    """The bits of all rows, shared by the words in them."""
    rows = sum(ceil(size * bits / row_bits) * often for size, often in sizes.items())
    return Fraction(rows * row_bits, sum(size * often for size, often in sizes.items()))


@SOME
@given(narrow_cases())
def test_whole_rows_never_cost_less_nor_take_less_time(
    drawn: tuple[Case, int, dict[str, int]],
) -> None:
    """So what bounds a mapping by the words that are used bounds it by rows; rows that every value
    fills cost what words do.
    """
    case, row_bits, bits = drawn
    layer = replace(case.layer, data=Data(bits=bits))
    whole, by_word = (
        cost_of(in_rows(case.architecture, row_bits, rows), layer, case.nest)
        for rows in ("whole", "by_word")
    )
    assert whole.energy >= by_word.energy
    assert whole.cycles >= by_word.cycles
    alike = replace(case.layer, data=Data(bits=dict.fromkeys(bits, row_bits)))
    filled, same = (
        cost_of(in_rows(case.architecture, row_bits, rows), alike, case.nest)
        for rows in ("whole", "by_word")
    )
    assert filled == same
