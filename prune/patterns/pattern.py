"""What a pattern of zeros answers: which weights stay or go together, and out of how many."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from math import inf
from typing import ClassVar

import torch
from torch import Tensor

from prune.densities import count_of

#: How many units each pool keeps, or all that it has, and how many of the pools one more.
KeptUnits = tuple[int, int]


class Pattern(ABC):
    """A way to divide the weights (M, K) of a group of filters into units that stay or go whole.

    Units are all of one size, so that the share of them that stays is the density of weights that
    an oracle is asked for. Those of a pool compete with each other, and every pool keeps as many.
    """

    #: What errors call it.
    name: ClassVar[str]
    #: Whether pools are filters, of which some may keep a unit more than the others do.
    by_filter: ClassVar[bool]

    @abstractmethod
    def gathered(self, weights: Tensor) -> Tensor:
        """Give what is said of weights (M, K) as (pools, units of a pool, weights of a unit)."""

    @abstractmethod
    def spread(self, gathered: Tensor, filters: int) -> Tensor:
        """Give what was gathered of so many filters back as (M, K)."""

    def highest(self, scores: Tensor, count: int, allowed: Tensor) -> Tensor:
        """The mask (M, K) of so many units of each pool whose weights' scores (M, K) sum to most,
        of those with weights that are `allowed` (M, K).
        """
        may = self.gathered(allowed)
        sums = self.gathered(scores.masked_fill(~allowed, 0)).sum(-1)
        stay = largest(sums.masked_fill(~may.any(-1), -inf), count)
        return self.spread(stay[:, :, None].expand_as(may), len(scores))

    def units(self, weights: Tensor) -> int:
        """How many units of the weights (M, K) there are in a pool."""
        return self.gathered(weights).shape[1]

    def there(self, mask: Tensor) -> Tensor:
        """How many units of each pool have weights in the mask (M, K)."""
        return self.gathered(mask).any(-1).sum(1)

    def kept(self, density: float, allowed: Tensor) -> KeptUnits:
        """What pools keep at a density, where not all weights are `allowed` (M, K).

        >>> from prune.patterns import SINGLE
        >>> nine = torch.arange(9).expand(4, 9)
        >>> [SINGLE.kept(density, nine < 9) for density in (0.5, 0.01, 1.0)]
        [(4, 2), (1, 0), (9, 0)]
        >>> some = nine < torch.tensor([9, 1, 0, 6])[:, None]
        >>> [SINGLE.kept(density, some) for density in (0.5, 0.25, 0.01)]
        [(9, 0), (4, 0), (1, 0)]
        """
        most, units = self.there(allowed), self.units(allowed)
        if not self.by_filter:
            return min(int(most.max()), count_of(min(1.0, density), units)), 0
        share = count_of(min(1.0, density), units * len(most))
        wanted = min(int(most.sum()), max(int(most.count_nonzero()), share))
        with_so_many = (most[:, None] > torch.arange(int(most.max()), device=most.device)).sum(0)
        kept = [0, *with_so_many.cumsum(0).tolist()]  # by all pools, where each keeps 0, 1, 2 ...
        fewer = bisect_right(kept, wanted) - 1
        return fewer, wanted - kept[fewer]


def largest(scores: Tensor, kept: int) -> Tensor:
    """The mask (M, K) of the highest scores of each row; of equal ones, the first."""
    order = scores.sort(dim=1, descending=True, stable=True).indices[:, :kept]
    return torch.zeros_like(scores, dtype=torch.bool).scatter_(1, order, True)
