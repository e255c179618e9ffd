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

import torch
from torch import Tensor

from prune.solvers import pivots
from prune.solvers.gram import Gram, Rows
from prune.solvers.magnitude import by_activity
from prune.solvers.refit import WIDE
from prune.solvers.solver import Choice, Problem

#: Multiplications of one selection; a core does some 1e10 a second of those that add (it waits for
#: memory), and 2e10 of those that remove.
MOST_ADDING = 1e12
MOST_REMOVING = 3e12
#: Inputs up to which choosing in float64 costs nothing to speak of. Beyond, choices are made in
#: float32, of inputs scaled to 1; the fit of what stays is in float64 all the same.
SMALL = 256


def forward(problem: Problem) -> Choice:
    """Adds weights to none, the most useful first (orthogonal least squares)."""
    filters, size = problem.weights.shape
    steps = max(problem.counts)
    if not _fits(problem) or filters * size * steps**2 / 2 > MOST_ADDING:
        return by_activity(problem)
    gram = _scaled(problem)
    precision = torch.float64 if size <= SMALL else torch.float32
    systems = gram.inputs.to(precision), gram.cross.to(precision)
    order = pivots.forward(*systems, steps, problem.allowed)
    masks = tuple(_mask(problem, order[:, :count], True) for count in problem.counts)
    return Choice(masks=masks, how="orthogonal least squares")


def backward(problem: Problem) -> Choice:
    """Removes weights from the dense least-squares solution, first those that are not allowed,
    then the least useful.
    """
    filters, size = problem.weights.shape
    if not _fits(problem) or filters * size**3 / 3 > MOST_REMOVING:
        return forward(problem)
    gram = _scaled(problem)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram.inputs))
    weights = gram.cross @ inverse
    precision = torch.float64 if size <= SMALL else torch.float32
    steps = size - min(problem.counts)
    systems = inverse.to(precision), weights.to(precision)
    order = pivots.backward(*systems, steps, problem.allowed)
    masks = tuple(_mask(problem, order[:, : size - count], False) for count in problem.counts)
    return Choice(masks=masks, how="optimal brain compression")


def _fits(problem: Problem) -> bool:
    evidence = problem.samples.fit
    return not isinstance(evidence, Rows) or evidence.fan_in <= max(WIDE, evidence.count)


def _scaled(problem: Problem) -> Gram:
    """The Gram matrices of inputs of norm 1, ridge included."""
    gram = problem.samples.fit.gram().towards(problem.weights, problem.ridge)
    norms = gram.diagonal.sqrt()
    return Gram(
        inputs=gram.inputs / norms[:, None] / norms,
        cross=gram.cross / norms,
        energies=gram.energies,
        count=gram.count,
    )


def _mask(problem: Problem, order: Tensor, there: bool) -> Tensor:
    mask = torch.full_like(problem.weights, not there, dtype=torch.bool)
    return mask.scatter_(1, order, there)
