"""Weights that stay to their least-squares values, with a ridge towards what they were.

Minimises `|y - X w|^2 + ridge |w - w0|^2` over the weights `w` of each filter that stay, where `w0`
are the weights as they were: with no rows they stay as they were, with many they forget it. With
at least five rows for each input the ridge is only what keeps rounding at bay; with fewer it is the
one of `RIDGES` with the least error on the held-out rows, tried on some of the filters.

Small systems are solved by Cholesky, many filters at a time. Where that would take more than
`DIRECT` multiplications (or the matrix does not fit: AlexNet's fc6 has 9,216 inputs and 4,096
filters), conjugate gradients work on all filters at once, through the rows where these are fewer
than the inputs: an iteration is then two products of matrices.
"""

from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor

from prune.solvers.gram import ENOUGH, Evidence, SampledRows, Samples, relative_error, scale

#: Ridges that are tried, relative to the mean of `x'x`, in this order; where rows are enough, the
#: last one alone.
RIDGES = (10.0, 1.0, 0.3, 0.1, 3e-2, 1e-2, 1e-3, 1e-4, 1e-6)
#: The ridge where rows are too few and none are held out.
UNTRIED = 0.1
#: Filters that ridges are tried on.
TRIED = 32
#: Multiplications of a direct solve.
DIRECT = 1e11
#: Inputs from which on `X'X` (a quarter of a gigabyte) is not made of rows that are fewer.
WIDE = 6000
#: Bytes of the matrices of the filters that are solved at a time.
ROOM = 64 << 20
#: Weights of the filters that conjugate gradients work on at a time.
AT_A_TIME = 10_000_000
#: Residual at which conjugate gradients end, relative to the first, and their most iterations. On
#: AlexNet's fc7 a thirtieth of it costs twice the iterations and changes held-out errors by 0.1 %.
TOLERANCE = 3e-3
ITERATIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refitted:
    """Weights (M, K) fitted on where they may be nonzero, the ridge (relative), and the way."""

    weights: Tensor
    ridge: float
    how: str


def in_parts(whole: Tensor, size: int) -> list[Tensor]:
    """The tensor in parts of at most so many along its first rank."""
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def refitted(samples: Samples, weights: Tensor, mask: Tensor) -> Refitted:
    """The weights (M, K) of least error that are nonzero only where the mask (M, K) is true."""
    ridge = chosen_ridge(samples, weights, mask)
    found = least_squares(samples.fit, weights, mask, ridge * scale(samples.fit))
    by = "Cholesky" if _is_direct(samples.fit, mask) else "conjugate gradients"
    return Refitted(
        weights=found.to(weights.dtype),
        ridge=ridge,
        how=f"least squares by {by}, ridge {ridge:g}",
    )


def chosen_ridge(samples: Samples, weights: Tensor, mask: Tensor) -> float:
    """The ridge of least error on the rows held out, relative to the mean of `x'x`.

    Ridges shrink until the error rises: it has one minimum or next to none, and the smallest ridges
    take conjugate gradients the longest.
    """
    if samples.rows_per_input >= ENOUGH:
        return RIDGES[-1]
    if not samples.held.count:
        return UNTRIED
    step = max(1, len(weights) // TRIED)
    some = torch.arange(0, len(weights), step, device=weights.device)
    fit, held = samples.fit.of(some), samples.held.of(some)
    best, least = RIDGES[0], inf
    for ridge in RIDGES:
        found = least_squares(fit, weights[some], mask[some], ridge * scale(fit))
        error = relative_error(held, found)
        if error > least:
            break
        best, least = ridge, error
    return best


def least_squares(evidence: Evidence, weights: Tensor, mask: Tensor, ridge: float) -> Tensor:
    """The weights (M, K) of least error and ridge, in float64 or, where large, in float32."""
    if _is_direct(evidence, mask):
        return _directly(evidence, weights, mask, ridge)
    at_a_time = max(1, AT_A_TIME // evidence.fan_in)
    found = [
        _by_gradients(evidence.of(some), weights[some].float(), mask[some], ridge)
        for some in in_parts(torch.arange(len(weights), device=weights.device), at_a_time)
    ]
    return torch.cat(found)


def _is_direct(evidence: Evidence, mask: Tensor) -> bool:
    if isinstance(evidence, SampledRows) and evidence.fan_in > max(WIDE, evidence.count):
        return False
    sizes = mask.sum(1, dtype=torch.float64)
    return float((sizes**3).sum()) / 3 <= DIRECT


def _directly(evidence: Evidence, weights: Tensor, mask: Tensor, ridge: float) -> Tensor:
    gram = evidence.gram()
    wide = weights.double()
    targets = gram.cross + ridge * wide
    found = torch.zeros_like(wide)
    sizes = mask.sum(1)
    most = max(1, int(sizes.max()))
    at_a_time = max(1, ROOM // (most * most * 8))
    # Filters of like sizes together: the systems of a batch are filled up to its largest.
    for some in in_parts(sizes.argsort(stable=True), at_a_time):
        size = int(sizes[some].max())
        kept = mask[some].sort(dim=1, descending=True, stable=True)
        at, real = kept.indices[:, :size], kept.values[:, :size]
        systems = gram.inputs[at[:, :, None], at[:, None, :]]
        systems = systems * (real[:, :, None] & real[:, None, :])
        systems.diagonal(dim1=1, dim2=2).add_(torch.where(real, ridge, 1.0))
        right = targets[some].gather(1, at) * real
        solution = torch.cholesky_solve(right[:, :, None], torch.linalg.cholesky(systems))
        found[some] = torch.zeros_like(found[some]).scatter_(1, at, solution[:, :, 0])
    return found


def _by_gradients(evidence: Evidence, weights: Tensor, mask: Tensor, ridge: float) -> Tensor:
    """Conjugate gradients with the diagonal as preconditioner, from the weights as they were."""
    tiny = torch.finfo(torch.float32).tiny
    precondition = (evidence.diagonal + ridge).float().reciprocal()

    def applied(some: Tensor) -> Tensor:
        return evidence.applied(some).add_(some, alpha=ridge).mul_(mask)

    found = weights * mask
    residual = (evidence.cross.float() + ridge * weights) * mask - applied(found)
    direction = residual * precondition
    product = (residual * direction).sum(1, keepdim=True)
    enough = TOLERANCE**2 * product
    for _ in range(ITERATIONS):
        moved = applied(direction)
        step = product / (direction * moved).sum(1, keepdim=True).clamp_min(tiny)
        found.addcmul_(direction, step)
        residual.addcmul_(moved, step, value=-1)
        scaled = residual * precondition
        product, last = (residual * scaled).sum(1, keepdim=True), product
        if bool((product <= enough).all()):
            break
        direction = scaled.addcmul_(direction, product / last.clamp_min(tiny))
    return found
