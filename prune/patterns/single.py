"""Every weight for itself: each filter keeps as many, or some of them one more."""

from dataclasses import dataclass
from typing import ClassVar, Final

from torch import Tensor

from prune.patterns.pattern import Pattern


@dataclass(frozen=True)
class Single(Pattern):
    """A unit is a weight, and a pool a filter."""

    name: ClassVar[str] = "single weights"
    by_filter: ClassVar[bool] = True

    def gathered(self, weights: Tensor) -> Tensor:
        """Give each weight a place of its own."""
        return weights.unsqueeze(-1)

    def spread(self, gathered: Tensor, filters: int) -> Tensor:
        """Take the places away again."""
        return gathered.squeeze(-1)


SINGLE: Final = Single()
