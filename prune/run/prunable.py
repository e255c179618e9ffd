"""A layer that may be pruned: it answers for itself."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from prune.densities import ROUNDING, Vector, rounded_down
from prune.oracle import LayerOracle, curve, grid
from prune.patterns import Pattern
from prune.run.position import Seen, weight_of
from prune.solvers.interface import Solver


@dataclass(frozen=True, kw_only=True, eq=False)
class Prunable:
    """A layer of so many `groups`, of which the `solver` leaves no smaller share than was `asked`.

    `weights` are those of the network whose outputs it is to give, and `allowed` tells in their
    shape which may be other than zero: those that were in the network as it was given. `oracle`
    says what the layer costs, and zeros have the `pattern`.
    """

    name: str
    weights: Tensor
    allowed: Tensor
    groups: int
    solver: Solver
    asked: float
    oracle: LayerOracle
    pattern: Pattern

    @property
    def key(self) -> str:
        """The key of its weights."""
        return weight_of(self.name)

    @property
    def fan_in(self) -> int:
        """The inputs of one of its filters."""
        return self.weights[0].numel()

    @cached_property
    def given(self) -> float:
        """Its density in the network as it was given."""
        return int(self.allowed.sum()) / self.allowed.numel()

    def gathered(self, of_each: Tensor) -> Tensor:
        """What is said of each weight, in their shape, as (pools, units, weights of a unit)."""
        groups = of_each.detach().flatten(1).chunk(self.groups)
        return torch.cat([self.pattern.gathered(group) for group in groups])

    @cached_property
    def pools(self) -> tuple[int, int]:
        """How many pools it has, and how many units each of them."""
        pools, units, _ = self.gathered(self.allowed).shape
        return pools, units

    @property
    def lowest(self) -> float:
        """The least density of its weights: no less than one unit of a pool, and no more than it
        was given.
        """
        _, units = self.pools
        least = max(self.asked, 1 / units)
        return min(least if self.pattern.by_filter else float(self.even([least])[0]), self.given)

    def whole(self, densities: Vector) -> Vector:
        """The densities rounded down to those that there are, each once."""
        pools, units = self.pools
        return rounded_down(densities, pools * units if self.pattern.by_filter else units)

    def even(self, densities: ArrayLike) -> Vector:
        """The densities rounded up to those at which all pools keep as many, each once."""
        _, units = self.pools
        return np.asarray(np.unique(np.ceil(np.asarray(densities) * units - ROUNDING)) / units)

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
        densities = grid(self.oracle, seen.contents[self.name], self.lowest, self.whole)
        return np.append(densities[densities < own], own)
