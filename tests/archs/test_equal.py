"""On every machine that ships, equal computations cost the same, and every layer has a mapping."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.architecture.outermost import without_outermost_place
from hwsim.mapper import Options, mapped
from hwsim.pipeline import load_architecture
from hwsim.priced import priced
from hwsim.specification import shipped
from hwsim.vocabulary import Objective
from hwsim.workload.convolution import convolution, fully_connected, matrix_product
from hwsim.workload.layer import Layer

MACHINES = sorted(shipped("architecture"))
FEW = settings(max_examples=2)
EXTENTS = st.integers(1, 9)


def spelt(rows: int, columns: int, images: int, given_: int, made: int) -> Iterator[Layer]:
    """A product of a matrix, of `rows` x `columns` x `images` positions by `given_` channels, with
    one of `given_` by `made`, in every way that networks spell it.
    """
    positions = rows * columns * images
    yield fully_connected("linear", batch=images, features=(given_, made), positions=rows * columns)
    yield fully_connected("batch", batch=positions, features=(given_, made))
    yield fully_connected("sequence", batch=1, features=(given_, made), positions=positions)
    yield matrix_product("matmul", groups=1, rows=positions, depth=given_, columns=made)
    whole = partial(convolution, batch=images, groups=1, outputs=(rows, columns))
    yield whole("pointwise", channels=(given_, made))
    yield whole("strided", channels=(given_, made), stride=(2, 3))
    if given_ % 6 == 0:
        apart = partial(whole, channels=(given_ // 6, made), kernel=(2, 3))
        yield apart("patches", stride=(2, 3))
        yield apart("sparse patches", stride=(3, 4))
        yield apart("dilated", stride=(6, 9), dilation=(2, 3))


def cost(machine: str, layer: Layer, objective: Objective = Objective.energy) -> tuple[float, int]:
    """The energy and the cycles of the layer's best mapping."""
    chip = load_architecture(machine)
    found = priced(chip, layer, mapped(chip, layer, Options(objective=objective)).nest).cost
    return float(found.energy), found.cycles


@FEW
@pytest.mark.parametrize("machine", MACHINES)
@given(sizes=st.tuples(EXTENTS, EXTENTS, st.integers(1, 3), st.sampled_from([6, 7, 12]), EXTENTS))
def test_a_computation_costs_the_same_however_it_is_spelt(
    machine: str, sizes: tuple[int, int, int, int, int]
) -> None:
    """A linear layer, a pointwise convolution, a batch, a matmul, patches that do not overlap."""
    assert len({cost(machine, layer) for layer in spelt(*sizes)}) == 1


@FEW
@pytest.mark.parametrize("machine", MACHINES)
@given(groups=st.integers(2, 5), given_=EXTENTS, made=EXTENTS, side=st.sampled_from([1, 3]))
def test_groups_cost_what_as_many_layers_do(
    machine: str, groups: int, given_: int, made: int, side: int
) -> None:
    """They share no word; side by side they may be quicker, and never slower than in turn."""
    sized = partial(
        convolution, batch=1, channels=(given_, made), outputs=(5, 4), kernel=(side, side)
    )
    together, alone = sized("together", groups=groups), sized("alone", groups=1)
    assert cost(machine, together)[0] == pytest.approx(groups * cost(machine, alone)[0], rel=1e-12)
    quickest = cost(machine, together, Objective.cycles)[1]
    assert quickest <= groups * cost(machine, alone, Objective.cycles)[1]


@pytest.mark.parametrize("machine", MACHINES)
def test_a_depthwise_convolution_is_a_grouped_one(machine: str) -> None:
    """Its name changes nothing."""
    grouped = convolution(
        "grouped", batch=1, groups=6, channels=(1, 1), outputs=(7, 7), kernel=(3, 3)
    )
    depthwise = replace(grouped, name="depthwise", kind="depthwise_convolution")
    assert cost(machine, depthwise) == cost(machine, grouped)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_dimension_has_a_place_outside_all_that_is_limited(machine: str) -> None:
    """A layer may be as large as it likes along any of them."""
    assert without_outermost_place(load_architecture(machine)) == ()
