"""One dimension walked by its loops: how many tiles its instances meet, and how large they are.

A *slot* is a loop of the dimension outside the component that is counted, outermost first. Many
tilings are walked at once: `tiles[row, slot]`.

The *depth* of a count splits the loops in time: the first `depth` of them take all their indices,
the others stand at their first iteration. The tiles that remain are those that the dimension shows
when a loop just outside them moves on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.memo import Memo

Integers = NDArray[np.int64]


class Slot(Enum):
    """How a loop runs: in time, in space over all instances, or in space at the first one only."""

    TIME = "time"
    SPACE = "space"
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Sums over the tiles that a dimension shows, one number for each tiling.

    `extent` sums all extents, `kept` the extents of tiles whose instances never meet another tile.
    `active` is the number of tiles that are not empty.
    """

    extent: Integers
    kept: Integers
    active: Integers


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Walk:
    """A dimension of extent `bound` and its tilings; it remembers what was asked of them."""

    bound: int
    tiles: Integers
    memo: Memo = field(default_factory=Memo, repr=False)

    def shown(self, slots: Sequence[Slot], depth: int, exits: Sequence[int] = ()) -> Shown:
        """Return the sums over the tiles at `depth`, where the dimension's loops run as `slots`.

        This tile only stays while the tiles of some storages further out stay, too. For each of
        these storages, `exits` has the number of slots outside it.
        """
        key = (*slots, depth, *exits)
        return self.memo.recall(key, lambda: self._show(slots, depth, exits))

    def _show(self, slots: Sequence[Slot], depth: int, exits: Sequence[int]) -> Shown:
        now = _leave(self._reached(tuple(slots), depth, tuple(exits)))
        extents = now.size * now.number
        return Shown(
            extent=extents.sum(axis=0),
            kept=(extents * (1 - now.left)).sum(axis=0),
            active=(now.number * (now.size > 0)).sum(axis=0),
        )

    def _reached(self, slots: tuple[Slot, ...], depth: int, exits: tuple[int, ...]) -> "_Tiles":
        """The tiles that the dimension shows at `depth` inside its loops in `slots`."""
        if not slots:
            one = np.ones((1, len(self.tiles)), dtype=np.int64)
            return _Tiles(size=one * self.bound, other=one * 0, number=one, left=one * 0)
        last = len(slots) - 1
        depth = min(depth, slots.count(Slot.TIME))
        exits = tuple(place for place in exits if place <= last)
        return self.memo.recall(
            ("reached", slots, depth, exits), lambda: self._enter(slots, depth, exits)
        )

    def _enter(self, slots: tuple[Slot, ...], depth: int, exits: tuple[int, ...]) -> "_Tiles":
        """The tiles inside the last of the slots."""
        last = len(slots) - 1
        now = self._reached(slots[:-1], depth, exits)
        now = _leave(now) if last in exits else now
        tile = self.tiles[:, last]
        if slots[-1] is Slot.FIRST:
            return _first(now, tile)
        if slots[-1] is Slot.SPACE or slots[:-1].count(Slot.TIME) < depth:
            return _spread(now, tile)
        return _stand(now, tile)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tiles:
    """Groups of like tiles, each array of shape (groups, rows).

    `size` is the extent of the tile now, and `number` how many tiles are alike. `other` is the
    largest extent that the same instance meets at another index of the inner loops; it is 0 where
    the instance meets no other tile. `left` is 1 where the tile around this one does not stay.
    """

    size: Integers
    other: Integers
    number: Integers
    left: Integers


def _spread(now: _Tiles, tile: Integers) -> _Tiles:
    """Every index of a loop: full tiles, then the rest; likewise of the other tile, beside it.

    A tile of 7 beside one of 5, in steps of 2, are (2, 2), (2, 2), (2, 1) and the rest (1, 0).
    """
    full, rest = np.divmod(now.size, tile)
    whole = np.broadcast_to(tile, now.size.shape)
    zero = np.zeros_like(now.size)
    if not now.other.any():
        return _compact(now, [(whole, zero, full), (rest, zero, rest > 0)])
    full_other, rest_other = np.divmod(now.other, tile)
    straddles = rest_other > 0
    return _compact(
        now,
        [
            (whole, whole, full_other),
            (np.minimum(whole, now.size - full_other * whole), rest_other, straddles),
            (whole, zero, np.maximum(full - full_other - straddles, 0)),
            (rest, zero, (rest > 0) & (full >= full_other + straddles)),
        ],
    )


def _stand(now: _Tiles, tile: Integers) -> _Tiles:
    """The first index of a loop in time whose other indices bring other tiles."""
    other = np.minimum(np.maximum(now.other, now.size - tile), tile)
    return replace(now, size=np.minimum(now.size, tile), other=np.maximum(other, 0))


def _first(now: _Tiles, tile: Integers) -> _Tiles:
    """The first instance on an axis."""
    return replace(now, size=np.minimum(now.size, tile), other=np.minimum(now.other, tile))


def _leave(now: _Tiles) -> _Tiles:
    """An instance that meets another tile lets go of this one."""
    return replace(now, left=now.left | (now.other > 0))


def _compact(now: _Tiles, groups: list[tuple[NDArray[Any], ...]]) -> _Tiles:
    """Make tiles of groups (size, other, number in each tile of `now`), less those that are empty
    in every row.
    """
    kept = []
    for size, other, each in groups:
        number = now.number * each
        live = ((size > 0) & (number > 0)).any(axis=1)
        if live.any():
            kept.append([part[live] for part in (size, other, number, now.left)])
    if not kept:
        return _Tiles(size=now.size[:0], other=now.size[:0], number=now.size[:0], left=now.left[:0])
    size, other, number, left = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return _Tiles(size=size, other=other, number=number, left=left)
