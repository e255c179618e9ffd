"""Two dimensions that slide along one rank of a tensor: which indices are new when a loop moves on.

Along a rank indexed by U p + D r a tile is the set of indices that its box of p and r touches.
Tiles of consecutive moves, and those of neighbouring instances, overlap. A *move* of one dimension
is what its instances hold after and before a loop moves on; moves that differ only by a shift are
alike, so few have to be looked at.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from operator import or_

import numpy as np

from hwsim.accesses.walk import Integers, Slot, Walk

#: For each instance below one parent: start and extent of its tile now, and before.
Move = tuple[tuple[int, int, int, int], ...]
#: Indices of a rank: new to the parent's read, kept by all, new to the instances, kept by them.
Change = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """How one of the two dimensions takes part in a class of moves.

    The first `depth` of its loops in time take all their indices, the inner ones return from their
    last to their first; if it `moves`, the loop at `depth` itself goes on by one. Slots from
    `parent` on tell apart the instances below one parent.
    """

    walk: Walk
    slots: tuple[Slot, ...]
    parent: int
    depth: int
    moves: bool

    @property
    def key(self) -> tuple[object, ...]:
        """What tells the sides of one walk apart."""
        return self.slots, self.parent, self.depth, self.moves


def changes(outer: Side, inner: Side, stride: int, dilation: int) -> Integers:
    """The sums of `Change` over all moves of the class, of shape (4, rows)."""

    def make() -> Integers:
        rows = zip(_moves_by_row(outer), _moves_by_row(inner), strict=True)
        return np.array([_summed(*row, stride, dilation) for row in rows], dtype=np.int64).T

    return outer.walk.recall((outer.key, inner.walk, inner.key, stride, dilation), make)


def _moves_by_row(side: Side) -> Iterator[Counter[Move]]:
    tiles = side.walk.tiles[:, : len(side.slots)].tolist()
    return (
        _moves(side.walk.bound, tuple(row), side.slots, side.parent, side.depth, side.moves)
        for row in tiles
    )


def _summed(outer: Counter[Move], inner: Counter[Move], stride: int, dilation: int) -> Change:
    total = [0, 0, 0, 0]
    for (first, often), (second, times) in product(outer.items(), inner.items()):
        for index, value in enumerate(_change(first, second, stride, dilation)):
            total[index] += often * times * value
    return total[0], total[1], total[2], total[3]


@lru_cache(maxsize=1 << 16)
def _moves(
    bound: int,
    tiles: tuple[int, ...],
    slots: tuple[Slot, ...],
    parent: int,
    depth: int,
    steps: bool,
) -> Counter[Move]:
    """The moves of one tiling and how often each occurs."""
    start, size = _boxes(bound, tiles, slots)
    in_time = [axis for axis, slot in enumerate(slots) if slot is Slot.TIME]
    inner = in_time[depth + 1 :] if steps else in_time[depth:]
    ahead, behind = _neighbours(in_time[depth] if steps else None)
    here = [_at_first(array[ahead], inner) for array in (start, size)]
    gone = _at_last(start[behind], size[behind], inner)
    below = [axis for axis, slot in enumerate(slots) if slot is not Slot.TIME and axis >= parent]
    table = np.stack([*here, *gone], axis=-1)
    table = np.moveaxis(table, below, range(-1 - len(below), -1))
    instances = int(np.prod(table.shape[len(slots) - len(below) : -1], dtype=np.int64))
    return Counter(filter(None, map(_relative, table.reshape(-1, instances, 4).tolist())))


@lru_cache(maxsize=1 << 18)
def _change(outer: Move, inner: Move, stride: int, dilation: int) -> Change:
    """What one move of both dimensions changes, for all instances below one parent."""
    union = fresh = arrivals = kept = 0
    for (p, np_, q, nq), (r, nr, s, ns) in product(outer, inner):
        now = _indices(p, np_, r, nr, stride, dilation)
        before = _indices(q, nq, s, ns, stride, dilation)
        union |= now
        fresh |= now & ~before
        arrivals += now.bit_count()
        kept += (now & before).bit_count()
    return union.bit_count(), union.bit_count() - fresh.bit_count(), arrivals, kept


def _boxes(bound: int, tiles: Sequence[int], slots: Sequence[Slot]) -> tuple[Integers, Integers]:
    """Start and extent of the tile at every combination of loop indices; extent 0 where idle."""
    start = np.zeros((), dtype=np.int64)
    size = np.full((), bound, dtype=np.int64)
    extent = bound
    for tile, slot in zip(tiles, slots, strict=True):
        steps = 1 if slot is Slot.FIRST else -(-extent // tile)
        offset = np.arange(steps, dtype=np.int64) * tile
        start = start[..., None] + offset
        size = np.clip(size[..., None] - offset, 0, tile)
        extent = min(extent, tile)
    return start, size


def _neighbours(axis: int | None) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Indices that select the same moves after and before the loop on `axis`, if any, goes on."""
    if axis is None:
        return (), ()
    others = (slice(None),) * axis
    return (*others, slice(1, None)), (*others, slice(None, -1))


def _at_first(array: Integers, axes: Sequence[int]) -> Integers:
    for axis in axes:
        array = array.take([0], axis=axis)
    return array


def _at_last(start: Integers, size: Integers, axes: Sequence[int]) -> tuple[Integers, Integers]:
    """The tile at the last index of the loops on `axes` at which each instance has work."""
    for axis in axes:
        busy = size
        for deeper in axes:
            if deeper > axis:
                busy = busy.take([0], axis=deeper)
        last = np.maximum((busy > 0).sum(axis=axis, keepdims=True) - 1, 0)
        shape = [1 if i == axis else length for i, length in enumerate(start.shape)]
        index = np.broadcast_to(last, shape)
        start = np.take_along_axis(start, index, axis=axis)
        size = np.take_along_axis(size, index, axis=axis)
    return start, size


def _relative(move: list[list[int]]) -> Move:
    """The move with its starts counted from the lowest; idle instances are left out."""
    busy = [instance for instance in move if instance[1] > 0]
    if not busy:
        return ()
    origin = min(min(now, before) for now, _, before, _ in busy)
    return tuple((now - origin, size, before - origin, old) for now, size, before, old in busy)


@lru_cache(maxsize=1 << 18)
def _indices(p: int, np_: int, r: int, nr: int, stride: int, dilation: int) -> int:
    """The set {stride p' + dilation r'} of a box of p' and r', as the bits of an integer."""
    row = sum(1 << stride * i for i in range(p, p + np_))
    return reduce(or_, (row << dilation * i for i in range(r, r + nr)), 0)
