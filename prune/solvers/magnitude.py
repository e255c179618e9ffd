"""The weights of the largest magnitude stay, or of the largest magnitude times input.

Magnitude is Han et al., "Learning both Weights and Connections for Efficient Neural Networks",
NIPS 2015, in each filter. With the inputs: Sun et al., "A Simple and Effective Pruning Approach for
Large Language Models", ICLR 2024, eq. 1 (Wanda).
"""

from dataclasses import dataclass
from typing import Final

from prune.solvers.interface import Filters, Selection, Solver


@dataclass(frozen=True, kw_only=True)
class Magnitude(Solver):
    """Keeps the largest weights, as they are or fitted anew."""

    name: str
    refits: bool
    any_pattern: bool = True

    def choose(self, group: Filters) -> Selection:
        """Choose the weights of the largest `|w|` of each filter."""
        return Selection(masks=group.masks(group.weights.abs()), how="largest weights")


MAGNITUDE: Final = Magnitude(name="magnitude", refits=False)
MAGNITUDE_LS: Final = Magnitude(name="magnitude+ls", refits=True)


def by_activity(group: Filters) -> Selection:
    """Choose the weights of the largest `|w| |x|` of each filter, `|x|` the norm of its input."""
    norms = (group.samples.fit.diagonal + group.ridge).sqrt()
    scores = group.weights.abs() * norms
    return Selection(masks=group.masks(scores), how="largest weights times inputs")
