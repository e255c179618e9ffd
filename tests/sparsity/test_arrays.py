"""Arrays of real values, in the shapes that frameworks keep them in, become densities."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from hwsim import data_of, load_network
from hwsim.sparsity.formats.run_length import zero_pairs
from hwsim.vocabulary import INPUTS, WEIGHTS
from hwsim.workload.convolution import convolution as built
from hwsim.workload.data import Data
from tests.build import architecture, array, compute, convolution, fully_connected, network, storage
from tests.cost.priced import cost_of

RNG = np.random.default_rng(0)


def sparse(*shape: int) -> np.ndarray:
    """Values of which about a half are zero."""
    return RNG.standard_normal(shape) * (RNG.random(shape) < 0.5)


def test_shapes_are_those_of_pytorch() -> None:
    """Of AlexNet's conv2: weights (256, 48, 5, 5), and two padded inputs of two groups."""
    layer = load_network("alexnet", batch=2).layers[1]
    weights, inputs = sparse(256, 48, 5, 5), sparse(2, 96, 31, 31)
    data = data_of(layer, {WEIGHTS: weights, INPUTS: inputs})
    assert data.density(WEIGHTS) == Fraction(int((weights != 0).sum()), weights.size)
    assert data.density(INPUTS) == Fraction(int((inputs != 0).sum()), inputs.size)
    assert data.zero_pairs[WEIGHTS] == zero_pairs(weights.reshape(-1) != 0)


def test_macs_are_shared_out_as_a_convolution_of_the_nonzeros() -> None:
    """Of a padded map and a group each, counted window by window."""
    layer = convolution(G=2, C=3, M=2, P=4, Q=4, R=3, S=3, stride=2)
    weights, inputs = sparse(4, 3, 3, 3), sparse(1, 6, 9, 9)
    counted = 0
    for out in range(4):
        group = inputs[0, 3 * (out // 2) : 3 * (out // 2) + 3] != 0
        for row in range(4):
            for column in range(4):
                window = group[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
                counted += int((window & (weights[out] != 0)).sum())
    data = data_of(layer, {WEIGHTS: weights, INPUTS: inputs})
    assert replace(layer, data=data).mac_share((INPUTS, WEIGHTS)) * layer.macs == counted


def test_fully_connected_layers_take_matrices() -> None:
    """Weights (features out, features in), inputs (images, features) or the map before them."""
    layer = fully_connected(M=40, C=96 * 6 * 6, N=2)
    weights, inputs = sparse(40, 96 * 6 * 6), sparse(2, 96, 6, 6)
    by_map = data_of(layer, {WEIGHTS: weights, INPUTS: inputs})
    assert by_map == data_of(layer, {WEIGHTS: weights, INPUTS: inputs.reshape(2, -1)})


def test_what_no_output_needs_is_not_counted() -> None:
    """Rows behind the last window, and those that a stride leaps over."""
    layer = convolution(C=1, P=2, Q=1, stride=3)
    inputs = np.zeros((1, 1, 6, 3))
    inputs[0, 0, 3, 0] = 1
    inputs[0, 0, 1:3] = inputs[0, 0, 4:] = 7
    assert data_of(layer, {INPUTS: inputs}).density(INPUTS) == Fraction(1, 2)


def test_all_arrays_that_do_not_fit_are_told() -> None:
    """With the shapes that they have and should have."""
    layer = convolution(C=2, M=3, P=4, R=2)
    with pytest.raises(ValueError, match="do not fit") as error:
        data_of(layer, {WEIGHTS: sparse(3, 2, 3, 1), INPUTS: sparse(1, 2, 4, 1), "bias": sparse(3)})
    assert str(error.value).splitlines() == [
        "layer: weights of 3 x 2 x 3 x 1 do not fit 1 x 3 x 2 x 2 x 1",
        "layer: inputs of 1 x 2 x 4 x 1 do not fit 1 x 1 x 2 x 5 x 1",
        "layer has no tensor 'bias'",
    ]


@pytest.mark.parametrize("stride", [1, 2])
def test_zeros_anywhere_in_a_padded_map_leave_the_mean_share_of_macs(stride: int) -> None:
    """Padding is zero, but few MACs meet it: the share of MACs is the mean over every place that
    the one nonzero of a map can have, not the share of nonzeros among map and padding.
    """
    shelf = load_network("alexnet").layers[2]
    sides = ((1, 5), (1, 5))
    out = (5 + 2 - 3) // stride + 1
    layer = built("layer", batch=1, groups=1, channels=(1, 2), outputs=(out, out), kernel=(3, 3),
                  stride=(stride, stride), sides=sides)  # fmt: skip
    total = Fraction(0)
    for place in range(25):
        padded = np.zeros((1, 1, 7, 7))
        padded[0, 0, 1 + place // 5, 1 + place % 5] = 1
        total += data_of(layer, {INPUTS: padded}).mac_shares[INPUTS,]
    one = replace(layer, data=Data(densities={INPUTS: Fraction(1, layer.words(INPUTS))}))
    assert one.mac_share((INPUTS,)) == total / 25
    assert shelf.maps == {"P": (1, 13), "Q": (1, 13)}


def test_dense_inputs_leave_all_macs_though_some_meet_padding() -> None:
    """Density 1 is dense, padding and all; a full map with zero padding leaves those inside it."""
    layer = load_network("alexnet").layers[2]
    inside = Fraction(13 * 13, 15 * 15)
    for density, share in ((1, 1), (inside, Fraction(37 * 37, 39 * 39)), (0, 0)):
        given = replace(layer, data=Data(densities={INPUTS: density}))
        assert given.mac_share((INPUTS,)) == share


def test_words_move_as_the_average_word_whatever_macs_they_are_for() -> None:
    """Of six inputs, one at a corner is zero: few MACs have it, but one of six words is saved."""
    bus = network("bus", deliver=1.0, zeros={INPUTS: "skip"})
    chip = architecture(storage("dram"), bus, array("pes", x=1), storage("spad"), compute())
    layer = convolution(P=4, R=3)
    data = data_of(layer, {INPUTS: np.array([0, 1, 1, 1, 1, 1]).reshape(1, 1, 6, 1)})
    cost = cost_of(chip, replace(layer, data=data), {"spad": {"P": 1, "R": 1}})
    assert cost.energies["bus", INPUTS] == 5


@pytest.mark.parametrize("shape", [(48, 256, 5, 5), (5, 5, 48, 256), (256, 5, 5, 48)])
def test_axes_in_another_order_do_not_fit(shape: tuple[int, ...]) -> None:
    """Though they hold as many values."""
    with pytest.raises(ValueError, match="do not fit 2 x 128 x 48 x 5 x 5"):
        data_of(load_network("alexnet").layers[1], {WEIGHTS: np.ones(shape)})
