"""A symmetric matrix and a vector for each filter to the order in which its pivots are taken.

One recursion serves both directions, for many filters at once. Of a filter's matrix `A`, whose
diagonal is `d`, and its vector `v`, a step takes the index `j` of the most, or least, `v_j^2 / d_j`
and takes it out of all others (a rank-1 step of Cholesky's factorisation with pivoting):

    g = A_j / sqrt(d_j),    v -= g v_j / sqrt(d_j),    A -= g g'

* Forward: with `A = X'X` and `v = X'y`, `v_j^2 / d_j` is what the error falls by when input `j`
  joins those that are taken, all weights refitted (orthogonal least squares: Chen, Billings, Luo,
  "Orthogonal least squares methods and their application to non-linear system identification",
  Int. J. Control 50(5) 1989).
* Backward: with `A = (X'X)^-1` and `v = A X'y` the weights, it is what the error rises by when
  weight `j` goes, all others refitted (optimal brain surgeon: Hassibi and Stork, NIPS 1992;
  layer by layer: Frantar and Alistarh, "Optimal Brain Compression", NeurIPS 2022, eq. 3 and 4).

`A` is never updated by one step: rows are brought up to date when they are pivots, and the matrix
by a block of steps at a time, without the rows and columns that are gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor

from prune.solvers.refit import in_parts

#: Bytes of the factors, or matrices, of the filters that are worked on at a time; as measured.
ROOM_OF_FACTORS = 16 << 20
ROOM_OF_MATRICES = 64 << 20
#: Steps after which a filter's matrix is brought up to date.
BLOCK = 128
#: What is left of a diagonal entry, as a share of the first, when its input is said to depend on
#: those that are taken; it comes last.
DEPENDENT = 1e-6


@dataclass(kw_only=True)
class _State:
    """Of b filters with k open indices each: matrices (1 or b, k, k), vectors, diagonals, the index
    that each position had at first, and which weights there are `allowed`.
    """

    matrices: Tensor
    vectors: Tensor
    diagonals: Tensor
    least: Tensor
    indices: Tensor
    allowed: Tensor


def forward(inputs: Tensor, cross: Tensor, steps: int, allowed: Tensor) -> Tensor:
    """Return each filter's inputs of the most use, the best first, as (M, steps).

    What is not `allowed` (M, K) comes last.

    `inputs` is `X'X` (K, K), `cross` `Y'X` (M, K).
    """
    return _orders(inputs, cross, steps, allowed, most=True)


def backward(inverse: Tensor, weights: Tensor, steps: int, allowed: Tensor) -> Tensor:
    """Return each filter's weights of the least use, the worst first, as (M, steps).

    What is not `allowed` (M, K) comes first.

    `inverse` is `(X'X)^-1` (K, K), `weights` the least-squares weights (M, K).
    """
    return _orders(inverse, weights, steps, allowed, most=False)


def _orders(matrix: Tensor, vectors: Tensor, steps: int, allowed: Tensor, most: bool) -> Tensor:
    size = len(matrix)
    # A matrix that all filters share is cheap to read; one of a filter's own is dear to make.
    block = max(BLOCK, size // 4) if most else BLOCK
    row = size * matrix.element_size()
    lazy = steps <= block
    at_a_time = (
        ROOM_OF_FACTORS // (row * max(1, steps)) if lazy else ROOM_OF_MATRICES // (row * size)
    )
    pairs = (in_parts(each, max(1, at_a_time)) for each in (vectors, allowed))
    orders = [
        torch.cat(list(_taken(matrix, some, may, steps, block, most)), 1)
        for some, may in zip(*pairs, strict=True)
    ]
    return torch.cat(orders)


def _taken(
    matrix: Tensor, vectors: Tensor, allowed: Tensor, steps: int, block: int, most: bool
) -> Iterator[Tensor]:
    """The indices that each filter takes, block by block."""
    filters, size = vectors.shape
    diagonal = matrix.diagonal().expand(filters, size)
    state = _State(
        matrices=matrix[None],
        vectors=vectors.clone(),
        diagonals=diagonal.clone(),
        least=DEPENDENT * diagonal,
        indices=torch.arange(size, device=matrix.device).expand(filters, size),
        allowed=allowed,
    )
    for start in range(0, max(1, steps), block):
        now = min(block, steps - start)
        places, factors = _block(state, now, most)
        yield state.indices.gather(1, places)
        if start + now < steps:
            state = _without(state, places, factors)


def _block(state: _State, steps: int, most: bool) -> tuple[Tensor, Tensor]:
    """Take some steps, and return their places (b, steps) and factors g (b, steps, k)."""
    filters, size = state.vectors.shape
    every = torch.arange(filters, device=state.vectors.device)
    shared = len(state.matrices) == 1
    factors = state.vectors.new_empty(filters, steps, size)
    places = torch.empty(filters, steps, dtype=torch.long, device=every.device)
    closed = torch.zeros_like(state.vectors, dtype=torch.bool)
    for step in range(steps):
        at = _next(state, closed, most)
        rows = state.matrices[0][at] if shared else state.matrices[every, at]
        if step:
            before = factors[:, :step]
            weights = before[every, :, at].unsqueeze(1)
            rows = torch.baddbmm(rows.unsqueeze(1), weights, before, alpha=-1).squeeze(1)
        root = state.diagonals[every, at].maximum(state.least[every, at]).sqrt().unsqueeze(1)
        factor = torch.div(rows, root, out=factors[:, step])
        state.vectors.addcmul_(factor, state.vectors[every, at].unsqueeze(1) / root, value=-1)
        state.diagonals.addcmul_(factor, factor, value=-1)
        closed[every, at] = True
        places[:, step] = at
    return places, factors


def _next(state: _State, closed: Tensor, most: bool) -> Tensor:
    """The place of each filter's next pivot."""
    use = state.vectors.square() / state.diagonals.maximum(state.least)
    if not most:
        return use.masked_fill_(~state.allowed, -1.0).masked_fill_(closed, inf).argmin(1)
    # What depends on the inputs that are taken is of no use, and last but for what may not be.
    use.masked_fill_(state.diagonals <= state.least, -1.0).masked_fill_(~state.allowed, -2.0)
    return use.masked_fill_(closed, -inf).argmax(1)


def _without(state: _State, places: Tensor, factors: Tensor) -> _State:
    """What is left of each filter's matrix, brought up to date."""
    filters, size = state.vectors.shape
    left = torch.ones(filters, size, dtype=torch.bool, device=places.device)
    left.scatter_(1, places, False)
    rest = left.nonzero()[:, 1].view(filters, -1)
    columns = factors.gather(2, rest.unsqueeze(1).expand(-1, factors.shape[1], -1))
    matrices = [
        whole.index_select(0, some).index_select(1, some)
        for whole, some in zip(state.matrices.expand(filters, size, size), rest, strict=True)
    ]
    return _State(
        matrices=torch.stack(matrices).baddbmm_(columns.transpose(1, 2), columns, alpha=-1),
        vectors=state.vectors.gather(1, rest),
        diagonals=state.diagonals.gather(1, rest),
        least=state.least.gather(1, rest),
        indices=state.indices.gather(1, rest),
        allowed=state.allowed.gather(1, rest),
    )
