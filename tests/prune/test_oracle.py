"""Energies of layers, their order, and the densities that are worth trying."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from numpy.typing import ArrayLike

from hwsim.workload.data import Data
from prune.densities import Vector, rounded_down
from prune.oracle import Remembered, curve, grid, layer_energies, ranked


@dataclass(frozen=True, kw_only=True)
class Steps:
    """A layer that costs its weights, inputs and outputs, and `jump` more from a density on."""

    weights: float
    inputs: float = 0.0
    outputs: float = 0.0
    at: float = 2.0
    jump: float = 0.0

    def energy(
        self, *, weights: ArrayLike = 1.0, inputs: ArrayLike = 1.0, outputs: ArrayLike = 1.0
    ) -> Vector:
        """The cost at each of the densities."""
        moved = self.weights * np.asarray(weights, dtype=float)
        rest = self.inputs * np.asarray(inputs) + self.outputs * np.asarray(outputs)
        return moved + rest + self.jump * (np.asarray(weights) > self.at)


MANY = 10**6
ORACLES = {
    "first": Steps(weights=1, inputs=1),
    "second": Steps(weights=5, inputs=1, outputs=2),
    "third": Steps(weights=5, outputs=3),
}


def rounded(weights: int) -> Callable[[Vector], Vector]:
    """Densities to those of so many weights."""
    return partial(rounded_down, weights=weights)


def data(weights: float = 1.0, inputs: float = 1.0, outputs: float = 1.0) -> Data:
    """These densities."""
    return Data(densities={"weights": weights, "inputs": inputs, "outputs": outputs})


def test_what_is_not_said_is_dense() -> None:
    """Without contents a layer costs all its words."""
    assert layer_energies(ORACLES) == {"first": 2, "second": 8, "third": 8}


def test_each_tensor_is_priced_at_its_own_density() -> None:
    """Weights, inputs and outputs count by their own nonzeros."""
    assert layer_energies(ORACLES, {"second": data(0.2, 0.5, 0.25)})["second"] == pytest.approx(2)


def test_layers_are_ranked_by_energy_and_then_as_they_come() -> None:
    """The dearest is first; of equal ones the earlier."""
    assert ranked(layer_energies(ORACLES), ORACLES) == ["second", "third", "first"]
    assert ranked(layer_energies(ORACLES, {"second": data(0.1)}), ORACLES)[0] == "third"


def test_a_curve_is_that_of_the_weights_alone() -> None:
    """Inputs and outputs keep their densities along a curve of weights."""
    along = curve(ORACLES["second"], data(0.9, 0.5, 0.5), np.array([0.0, 1.0]))
    assert along.tolist() == [1.5, 6.5]


def test_a_straight_curve_needs_no_more_than_its_steps() -> None:
    """The grid runs from the lowest density to 1 in steps of one ratio."""
    found = grid(Steps(weights=3), data(), 0.05, rounded(MANY))
    ratios = found[1:] / found[:-1]
    assert (found[0], found[-1]) == (pytest.approx(0.05), 1.0)
    assert ratios == pytest.approx(np.full(len(ratios), ratios[0]), rel=1e-4)


@pytest.mark.parametrize("at", [0.1234, 0.5, 0.87])
def test_the_grid_comes_close_below_a_jump(at: float) -> None:
    """A density within 0.3 % below where a buffer overflows is among the choices."""
    found = grid(Steps(weights=1, at=at, jump=0.3), data(), 0.05, rounded(MANY))
    below = found[found <= at].max()
    assert at - below < 0.003


def test_a_small_layer_has_no_more_densities_than_weights() -> None:
    """Of eight weights, none to all of them but one at least."""
    assert grid(Steps(weights=3), data(), 0.05, rounded(8)).tolist() == [n / 8 for n in range(1, 9)]


def test_no_question_is_asked_twice() -> None:
    """What was asked once is known, whatever it is asked together with."""
    asked = list[float]()

    @dataclass(frozen=True, kw_only=True)
    class Counting(Steps):
        def energy(
            self, *, weights: ArrayLike = 1.0, inputs: ArrayLike = 1.0, outputs: ArrayLike = 1.0
        ) -> Vector:
            asked.extend(np.atleast_1d(weights).tolist())
            return super().energy(weights=weights, inputs=inputs, outputs=outputs)

    remembered = Remembered(oracle=Counting(weights=2))
    assert remembered.energy(weights=[0.5, 1.0]).tolist() == [1, 2]
    assert remembered.energy(weights=[[1.0, 0.25], [0.5, 0.25]]).tolist() == [[2, 0.5], [1, 0.5]]
    assert asked == [0.5, 1.0, 0.25]
