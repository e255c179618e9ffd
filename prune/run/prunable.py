"""A layer that may be pruned: it answers for itself."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from prune.densities import Vector
from prune.oracle import Oracle, curve, grid
from prune.run.position import Seen, weight_of
from prune.solvers.interface import Solver


@dataclass(frozen=True, kw_only=True, eq=False)
class Prunable:
    """A layer of so many `groups`, of which the `solver` leaves no smaller share than was `asked`.

    `weights` are those of the network whose outputs it is to give, and `allowed` tells in their
    shape which may be other than zero: those that were in the network as it was given. `oracle`
    says what the layer costs.
    """

    name: str
    weights: Tensor
    allowed: Tensor
    groups: int
    solver: Solver
    asked: float
    oracle: Oracle

    @property
    def key(self) -> str:
        """The key of its weights."""
        return weight_of(self.name)

    @property
    def size(self) -> int:
        """How many weights it has."""
        return self.weights.numel()

    @property
    def fan_in(self) -> int:
        """The inputs of one of its filters."""
        return self.weights[0].numel()

    @cached_property
    def given(self) -> float:
        """Its density in the network as it was given."""
        return int(self.allowed.sum()) / self.allowed.numel()

    @property
    def lowest(self) -> float:
        """The least density of its weights: no less than one weight of a filter, and no more than
        it was given.
        """
        return min(max(self.asked, 1 / self.fan_in), self.given)

    @property
    def sums(self) -> int:
        """How many sums of products of inputs tell all of it: of each group, and pair of inputs."""
        return self.groups * self.fan_in**2

    def energy(self, seen: Seen, densities: ArrayLike | None = None) -> Vector:
        """What it costs, with the activations that were seen, at densities of its weights, or at
        its own.
        """
        return curve(self.oracle, seen.contents[self.name], densities)

    def grid(self, seen: Seen) -> Vector:
        """Densities to choose among, up to its own."""
        own = seen.density(self.name)
        densities = grid(self.oracle, seen.contents[self.name], self.lowest, self.size)
        return np.append(densities[densities < own], own)
