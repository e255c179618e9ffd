"""One dimension walked by its loops: how many tiles its instances meet, and how large they are.

A *slot* is a loop of the dimension outside the component that is counted, outermost first. Many
tilings are walked at once: `tiles[row, slot]`.

The *depth* of a count splits the loops in time: the first `depth` of them take all their indices,
the others stand at their first iteration. The tiles that remain are those that the dimension shows
when a loop just outside them moves on.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Made = TypeVar("Made")


class Slot(Enum):
    """How a loop runs: in time, in space over all instances, or in space at the first one only."""

    TIME = "time"
    SPACE = "space"
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Sums over the tiles that a dimension shows, for each tiling: their extents, the extents of
    those whose instances never meet another tile, and the number of those that are not empty.
    """

    extent: Integers
    kept: Integers
    active: Integers


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Walk:
    """A dimension of extent `bound` and its tilings; it remembers what was asked of them."""

    bound: int
    tiles: Integers
    _memory: dict[Hashable, object] = field(default_factory=dict, repr=False)

    def shown(self, slots: Sequence[Slot], depth: int, exits: Sequence[int] = ()) -> Shown:
        """The tiles at `depth`, where the dimension's loops run as `slots`.

        `exits` are the numbers of slots outside the storages whose tile has to stay, too, for this
        one to stay.
        """
        key = (*slots, depth, *exits)
        return self.recall(key, lambda: self._show(slots, depth, exits))

    def recall(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` made when it was first asked for `key`."""
        if key not in self._memory:
            self._memory[key] = make()
        return cast(Made, self._memory[key])

    def _show(self, slots: Sequence[Slot], depth: int, exits: Sequence[int]) -> Shown:
        now = _tiles_at(self.bound, self.tiles, slots, depth, exits)
        extents = now.size * now.number
        return Shown(
            extent=extents.sum(axis=1),
            kept=(extents * (1 - now.left)).sum(axis=1),
            active=(now.number * (now.size > 0)).sum(axis=1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tiles:
    """Groups of like tiles, each array of shape (rows, groups).

    `size` is the extent of the tile now, `other` the largest extent that the same instance meets at
    another index of the inner loops (0: it meets no other tile), `number` how many tiles are alike.
    `left` is 1 where the tile of an instance further out, which this one lies in, does not stay.
    """

    size: Integers
    other: Integers
    number: Integers
    left: Integers


def _tiles_at(
    bound: int, tiles: Integers, slots: Sequence[Slot], depth: int, exits: Sequence[int]
) -> _Tiles:
    """The tiles that a dimension of extent `bound` shows at `depth`."""
    one = np.ones((len(tiles), 1), dtype=np.int64)
    now = _Tiles(size=one * bound, other=one * 0, number=one, left=one * 0)
    loops_in_time = 0
    for column, slot in enumerate(slots):
        now = _leave(now) if column in exits else now
        tile = tiles[:, column : column + 1]
        if slot is Slot.SPACE:
            now = _spread(now, tile)
        elif slot is Slot.FIRST:
            now = _first(now, tile)
        else:
            now = _spread(now, tile) if loops_in_time < depth else _stand(now, tile)
            loops_in_time += 1
    return _leave(now)


def _spread(now: _Tiles, tile: Integers) -> _Tiles:
    """Every index of a loop: full tiles, then the rest; likewise of the other tile, beside it."""
    full, rest = np.divmod(now.size, tile)
    full_other, rest_other = np.divmod(now.other, tile)
    whole = np.broadcast_to(tile, now.size.shape)
    zero = np.zeros_like(now.size)
    straddles = rest_other > 0
    groups = [
        (whole, whole, full_other),
        (np.minimum(whole, now.size - full_other * whole), rest_other, straddles),
        (whole, zero, np.maximum(full - full_other - straddles, 0)),
        (rest, zero, (rest > 0) & (full >= full_other + straddles)),
    ]
    return _compact(
        [(size, other, now.number * number, now.left) for size, other, number in groups]
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


def _compact(groups: list[tuple[Integers, ...]]) -> _Tiles:
    """The groups side by side, without those that are empty in every row."""
    size, other, number, left = (
        np.concatenate(parts, axis=1) for parts in zip(*groups, strict=True)
    )
    live = ((size > 0) & (number > 0)).any(axis=0)
    return _Tiles(
        size=size[:, live], other=other[:, live], number=number[:, live], left=left[:, live]
    )
