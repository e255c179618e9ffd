"""Spaces that leave much open: five storages, axes, bypasses, windows, zeros, every objective."""

from dataclasses import replace
from itertools import islice, repeat
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.architecture.components import Component
from hwsim.mapper import Options, mapped
from hwsim.priced import priced
from hwsim.vocabulary import INPUTS, OUTPUTS, TENSORS, WEIGHTS, Objective
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from tests.build import array, compute, convolution
from tests.bypass import opened, subsets, written
from tests.generate import layers
from tests.mapper.pricing import Pricing
from tests.mapper.problems import Problem, any_layers, problems, storages
from tests.mapper.test_bounded import everywhere, run, ticks
from tests.mapper.test_objectives import cost, costs, drawn, found, ordered
from tests.worth import WORTH

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
SOME = settings(max_examples=CHOSEN // 5)
DENSITIES = st.sampled_from([0.0, 0.25, 0.5, 1.0])


@st.composite
def deep(draw: st.DrawFn) -> tuple[Component, ...]:
    """Five storages on the way of every tensor, and an array of up to three axes among them."""
    names = ("dram", "outer", "middle", "inner", "spad")
    parts: list[Component] = [draw(storages(name, *TENSORS)) for name in names]
    axes = {axis: draw(st.integers(1, 3)) for axis in "xyz"[: draw(st.integers(0, 3))]}
    if axes:
        along = tuple(axis for axis in axes if draw(st.booleans()))
        parts.insert(
            draw(st.integers(1, 5)), array("pes", multicast=TENSORS, reduces_along=along, **axes)
        )
    return (*parts, compute())


@st.composite
def containing(draw: st.DrawFn, shapes: st.SearchStrategy[Layer]) -> Layer:
    """A layer with zeros."""
    data = Data(densities={name: draw(DENSITIES) for name in (WEIGHTS, INPUTS, OUTPUTS)})
    return replace(draw(shapes), data=data)


SHAPES = st.one_of(
    any_layers(macs=60, most=4),
    layers(among="PQRS", always="PR", strides=(1, 2), macs=60, most=3),
)
DEEP = problems(containing(SHAPES), deep(), most=250)


@SOME
@given(DEEP, st.sampled_from(Objective))
def test_through_five_storages_no_mapping_is_better(problem: Problem, objective: Objective) -> None:
    """Of any objective, with windows and zeros."""
    every = [WORTH[objective](one.energy, one.cycles) for one in costs(problem)]
    chosen = found(problem, objective=objective)
    value = WORTH[objective](chosen[1].energy, chosen[1].cycles) if chosen else None
    assert value == min(every, default=None)


@SOME
@given(DEEP)
def test_a_good_mapping_first_changes_nothing(problem: Problem) -> None:
    """The shortest paths, and what comes after them, leave the best the best."""
    whole, near = run(problem), run(problem, together=1, piece=3)
    assert near.best.value == pytest.approx(whole.best.value)
    assert near.bound == whole.bound


@SOME
@given(problems(containing(SHAPES), deep(), most=40), st.data())
def test_through_five_storages_no_choice_of_what_bypasses_is_better(
    problem: Problem, data: st.DataObject
) -> None:
    """Each is enumerated whole, on the architecture that one would write."""
    chip = data.draw(opened(problem.architecture))
    every = [
        one.energy
        for gone in subsets(chip)
        for one in costs(replace(problem, architecture=written(chip, gone)))
    ]
    chosen = found(replace(problem, architecture=chip))
    assert (chosen[1].energy if chosen else None) == min(every, default=None)


# --- What is too large to be enumerated ------------------------------------------------------

#: Random mappings tried against each search, of so many orders of loops, tilings of so many sizes.
ORDERS, TILINGS = 25, 10


@pytest.mark.parametrize(("storages", "axes"), [(3, 2), (4, 1)])
def test_no_random_mapping_of_an_open_machine_is_better(storages: int, axes: int) -> None:
    """Than what is found in a part of its space, whatever their tile sizes and orders."""
    chip, layer = everywhere(storages, axes), convolution(N=4, M=96, C=64, P=27, Q=27, R=5, S=5)
    chosen = mapped(chip, layer, Options(seconds=3000), clock=ticks()).nest
    best = priced(chip, layer, chosen).cost.energy
    random, price = Random(storages), Pricing(chip, layer)
    for _ in range(ORDERS):
        orders = ordered(chip, layer, random)
        draws = (drawn(chip, layer, orders, random) for _ in repeat(None, 40))
        family = [*islice(filter(None, draws), TILINGS)]
        if family:
            energies = price.energies(family)
            assert energies[0] == cost(chip, layer, family[0]).energy
            assert min(energies) >= best
