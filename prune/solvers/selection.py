"""The weights that matter most for the output stay: forward from none, or backward from all.

Both choose on `X'X` and `X'Y` with the ridge towards the weights as they were, which with few rows
chooses by magnitude as well as by error, and with none by magnitude only.

* `ols` adds the weight that reduces the error most, all that are taken refitted. Its work grows
  with the square of what is kept: best at low densities.
* `obc` starts from the dense least-squares solution and removes the weight that raises the error
  least, all that stay refitted. Its work grows with the cube of the inputs.

Where the work of `obc` would exceed `MOST_REMOVING` it becomes `ols`, and where that of `ols` would
exceed `MOST_ADDING`, or the matrix would not fit, magnitude times input; `how` says which was used.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from prune.solvers import pivots
from prune.solvers.gram import Gram, SampledRows
from prune.solvers.interface import Filters, Selection, Solver
from prune.solvers.magnitude import by_activity
from prune.solvers.refit import WIDE

#: Multiplications of one selection; a core does some 1e10 a second of those that add (it waits for
#: memory), and 2e10 of those that remove.
MOST_ADDING = 1e12
MOST_REMOVING = 3e12
#: Inputs up to which choosing in float64 costs nothing to speak of. Beyond, choices are made in
#: float32, of inputs scaled to 1; the fit of what stays is in float64 all the same.
SMALL = 256


@dataclass(frozen=True, kw_only=True)
class Forward(Solver):
    """Adds weights to none, the most useful first (orthogonal least squares)."""

    name: str = "ols"

    def choose(self, group: Filters) -> Selection:
        """Choose the weights that are added first."""
        filters, size = group.weights.shape
        steps = max(group.counts)
        if not _fits(group) or filters * size * steps**2 / 2 > MOST_ADDING:
            return by_activity(group)
        gram = _scaled(group)
        precision = torch.float64 if size <= SMALL else torch.float32
        systems = gram.inputs.to(precision), gram.cross.to(precision)
        order = pivots.forward(*systems, steps, group.allowed)
        masks = tuple(_mask(group, order[:, :count], True) for count in group.counts)
        return Selection(masks=masks, how="orthogonal least squares")


OLS: Final = Forward()


@dataclass(frozen=True, kw_only=True)
class Backward(Solver):
    """Removes weights from the dense least-squares solution, first those that are not allowed,
    then the least useful.
    """

    name: str = "obc"

    def choose(self, group: Filters) -> Selection:
        """Choose the weights that are not removed."""
        filters, size = group.weights.shape
        if not _fits(group) or filters * size**3 / 3 > MOST_REMOVING:
            return OLS.choose(group)
        gram = _scaled(group)
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram.inputs))
        weights = gram.cross @ inverse
        precision = torch.float64 if size <= SMALL else torch.float32
        steps = size - min(group.counts)
        systems = inverse.to(precision), weights.to(precision)
        order = pivots.backward(*systems, steps, group.allowed)
        masks = tuple(_mask(group, order[:, : size - count], False) for count in group.counts)
        return Selection(masks=masks, how="optimal brain compression")


OBC: Final = Backward()


def _fits(group: Filters) -> bool:
    evidence = group.samples.fit
    return not isinstance(evidence, SampledRows) or evidence.fan_in <= max(WIDE, evidence.count)


def _scaled(group: Filters) -> Gram:
    """The Gram matrices of inputs of norm 1, ridge included."""
    gram = group.samples.fit.gram().towards(group.weights, group.ridge)
    norms = gram.diagonal.sqrt()
    return Gram(
        inputs=gram.inputs / norms[:, None] / norms,
        cross=gram.cross / norms,
        energies=gram.energies,
        count=gram.count,
    )


def _mask(group: Filters, order: Tensor, there: bool) -> Tensor:
    mask = torch.full_like(group.weights, not there, dtype=torch.bool)
    return mask.scatter_(1, order, there)
