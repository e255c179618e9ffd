"""Where a tensor lives it is whole: a home has room for it, or nothing is mapped."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.mapper import NoMapping, best_nest
from hwsim.mapping.fit import misfits
from hwsim.vocabulary import DIMENSIONS, INPUTS, OUTPUTS, TENSORS, WEIGHTS
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from tests.build import architecture, compute, convolution, fully_connected, storage
from tests.generate import any_layers
from tests.mapper.space import best

SOME = settings(max_examples=60)
ANYWHERE = Constraint(dimensions=tuple(DIMENSIONS))


def chip(*at_home: str, capacity_words: int | None) -> Architecture:
    """A DRAM, where loops may run outside all, and a memory where these tensors live."""
    away = tuple(tensor for tensor in TENSORS if tensor not in at_home)
    return architecture(
        storage("dram", *away, read=200, write=200) if away else storage("idle", *TENSORS),
        storage("memory", read=6, write=6, capacity_words=capacity_words),
        compute(),
        routes=dict.fromkeys(at_home, ("memory", "mac")),
        dataflow=Dataflow(
            name="anywhere",
            constraints={"dram" if away else "idle": ANYWHERE, "memory": ANYWHERE},
        ),
    )


@SOME
@given(any_layers(macs=80), st.sets(st.sampled_from([INPUTS, OUTPUTS]), min_size=1))
def test_a_home_needs_room_for_all_that_lives_there(layer: Layer, living: set[str]) -> None:
    """All of it, and an element of each tensor that comes by: then any loops may run outside."""
    home = tuple(sorted(living))
    need = sum(layer.words(tensor) for tensor in home) + len(TENSORS) - len(home)
    assert best(chip(*home, capacity_words=need), layer) is not None
    with pytest.raises(NoMapping) as error:
        best_nest(chip(*home, capacity_words=need - 1), layer)
    (why,) = error.value.reasons[layer.name]
    assert why.startswith("with the least tiles, memory overflows by 1 word: ")
    assert " begin there, so it has to hold all of them: " in why


@SOME
@given(any_layers(macs=80), st.sampled_from([INPUTS, OUTPUTS]))
def test_a_home_that_is_large_enough_costs_what_one_without_limit_does(
    layer: Layer, tensor: str
) -> None:
    """What lives there takes no other energy for it, where the rest has room as well."""
    need = sum(layer.words(tensor) for tensor in TENSORS)
    bounded, free = (best(chip(tensor, capacity_words=most), layer) for most in (need, None))
    assert bounded == free


def test_a_home_holds_every_image_of_the_batch() -> None:
    """64 inputs and 1000 outputs of each of a hundred images, whatever loops run outside."""
    hundred = fully_connected(M=1000, C=64, N=100)
    with pytest.raises(NoMapping) as error:
        best_nest(chip(INPUTS, OUTPUTS, capacity_words=106_400), hundred)
    assert "overflows by 1 word: weights 1 + inputs 6400 + outputs 100000" in str(error.value)
    assert best(chip(INPUTS, OUTPUTS, capacity_words=106_401), hundred) is not None


def test_a_home_of_outputs_has_room_for_partial_sums() -> None:
    """They come back there as wide as they are before the last addition."""
    layer = replace(convolution(M=4, C=4, P=5), data=Data(bits={OUTPUTS: 8, "partial_sums": 32}))
    assert best(chip(OUTPUTS, capacity_words=2 * 20 + 2), layer) is not None
    with pytest.raises(NoMapping):
        best_nest(chip(OUTPUTS, capacity_words=2 * 20 + 1), layer)


def test_weights_that_fit_for_one_pass_only_need_a_place_to_come_from() -> None:
    """A crossbar of 20 words is no home of 24 weights; behind a memory it is filled twice."""
    layer = convolution(M=6, C=4, P=3)
    with pytest.raises(NoMapping) as error:
        best_nest(chip(WEIGHTS, capacity_words=20), layer)
    assert "the routes of weights begin there" in str(error.value)
    assert best(chip(INPUTS, OUTPUTS, capacity_words=20 + 12 + 18), layer) is not None


def test_what_comes_by_a_home_has_the_room_that_is_left_in_its_own_words() -> None:
    """32 outputs and 16 inputs of half a word leave one word for a weight, or none."""
    layer = replace(fully_connected(M=32, C=16), data=Data(bits={INPUTS: 8}))
    room = 32 + 8 + 1
    chosen = best_nest(chip(INPUTS, OUTPUTS, capacity_words=room), layer)
    assert misfits(chip(INPUTS, OUTPUTS, capacity_words=room), layer, chosen) == []
    with pytest.raises(NoMapping):
        best_nest(chip(INPUTS, OUTPUTS, capacity_words=room - 1), layer)
