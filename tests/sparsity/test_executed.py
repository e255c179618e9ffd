"""Zeros in the closed forms against the loop nest executed with real zeros, MAC by MAC."""

from dataclasses import replace
from math import ceil

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Compute, Storage
from hwsim.cost import COMPUTE
from hwsim.priced import priced
from hwsim.sparsity.arrays import data_of
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload.layer import Layer, Rank
from tests.build import storage
from tests.generate import Case, cases, chip
from tests.interpreter import Mac, executed

ACTIONS: st.SearchStrategy[str | None] = st.sampled_from([None, "gate", "skip"])
SPADS = chip(
    storage("w", WEIGHTS, read=3.0, write=0.0),
    storage("i", INPUTS, read=5.0, write=0.0),
    storage("o", OUTPUTS, read=0.0, write=7.0, charging=Charging(fills="free")),
)
MANY = settings(max_examples=300)


@st.composite
def zeros(draw: st.DrawFn) -> dict[str, str]:
    """What a zero of each operand does."""
    said = {tensor: draw(ACTIONS) for tensor in (WEIGHTS, INPUTS)}
    return {tensor: does for tensor, does in said.items() if does}


@st.composite
def sparse_cases(draw: st.DrawFn) -> tuple[Case, dict[str, NDArray[np.bool_]]]:
    """A case on a chip that minds zeros at the MAC and the scratchpads, and arrays with zeros."""
    case = draw(cases(components=SPADS, operands=("every_mac",)))
    parts = dict(case.architecture.components)
    for name in ("w", "i", "o", "mac"):
        part = parts[name]
        assert isinstance(part, Storage | Compute)
        parts[name] = replace(part, zeros=draw(zeros()))
    whole = replace(case.architecture, charge_by="action", components=parts)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    arrays = {
        tensor: rng.random([_extent(case.layer, rank) for rank in case.layer.tensors[tensor]]) < 0.5
        for tensor in (WEIGHTS, INPUTS)
    }
    return replace(case, architecture=whole), arrays


def _extent(layer: Layer, rank: Rank) -> int:
    return 1 + sum(factor * (layer.bounds[name] - 1) for name, factor in rank.terms)


def done(
    macs: list[Mac], layer: Layer, arrays: dict[str, NDArray[np.bool_]], operands: set[str]
) -> int:
    """MACs none of whose operands is zero."""
    return sum(
        all(arrays[tensor][mac.element(layer, tensor)] for tensor in operands) for mac in macs
    )


@MANY
@given(sparse_cases())
def test_zeros_save_at_each_component_what_they_save_in_the_run(
    drawn: tuple[Case, dict[str, NDArray[np.bool_]]],
) -> None:
    """The law: the energy of MACs and of what is read and written for them is that of the MACs
    whose operands are not zero; the time is that of those that are not skipped.
    """
    case, arrays = drawn
    chip = case.architecture
    layer = replace(case.layer, data=data_of(case.layer, arrays))
    price = priced(chip, layer, case.nest)
    counts, cost = price.counts, price.cost
    macs = executed(chip, layer, case.nest)
    for name, tensor, each in (("w", WEIGHTS, 3), ("i", INPUTS, 5), ("o", OUTPUTS, 7)):
        part = chip.components[name]
        assert isinstance(part, Storage)
        left = done(macs, layer, arrays, set(part.zeros))
        assert cost.energies[name, tensor] == each * left
    assert cost.energies["mac", COMPUTE] == done(macs, layer, arrays, set(chip.compute.zeros))
    skipping = {tensor for tensor, does in chip.compute.zeros.items() if does == "skip"}
    steps = counts.work["mac"].steps
    assert cost.cycles_by_component["mac"] == ceil(
        steps * done(macs, layer, arrays, skipping) / len(macs)
    )
