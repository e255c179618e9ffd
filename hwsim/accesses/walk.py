"""One dimension walked by its loops in many tilings at once, as a search does.

`tiles[row, slot]` is the tile that the loop of a slot leaves. `track` does the same for one tiling.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.moves import Manner, Often, moves
from hwsim.accesses.shown import Shown, inside
from hwsim.accesses.slot import Slot as Slot
from hwsim.accesses.window import changed
from hwsim.memo import Memo

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Walk:
    """A dimension of extent `bound` and its tilings; it remembers what was asked of them."""

    bound: int
    tiles: Integers
    memo: Memo = field(default_factory=Memo, repr=False)

    def shown(
        self, slots: Sequence[Slot], depth: int, exits: Sequence[int] = ()
    ) -> Shown[Integers]:
        """Return the sums over the tiles at `depth`, where the dimension's loops run as `slots`."""
        key = (*slots, depth, *exits)
        return self.memo.recall(key, lambda: self._show(slots, depth, exits))

    def changes(
        self,
        runs: tuple[Manner, ...],
        inner: "Walk",
        inner_runs: tuple[Manner, ...],
        steps: tuple[int, int],
    ) -> Integers:
        """Return the sums of `window.Overlap` over a class of moves, of shape (4, rows)."""

        def make() -> Integers:
            rows = zip(self._moves(runs), inner._moves(inner_runs), strict=True)
            return np.array([changed(*row, *steps) for row in rows], dtype=np.int64).T

        return self.memo.recall((runs, inner, inner_runs, steps), make)

    def by_class(self, amounts: Sequence[Integers]) -> Integers:
        """Put the amounts of the classes together, in shape (classes, rows)."""
        return np.stack(amounts)

    def _moves(self, runs: tuple[Manner, ...]) -> Iterator[Often]:
        known: dict[tuple[int, ...], Often] = {}
        for row in map(tuple, self.tiles[:, : len(runs)].tolist()):
            if row not in known:
                known[row] = moves(self.bound, runs, row)
            yield known[row]

    def _show(self, slots: Sequence[Slot], depth: int, exits: Sequence[int]) -> Shown[Integers]:
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
    """Return the tiles of a loop at every index."""
    whole = np.broadcast_to(tile, now.size.shape)
    if not now.other.any():
        full, rest = np.divmod(now.size, tile)
        zero = np.zeros_like(now.size)
        return _compact(now, [(whole, zero, full), (rest, zero, rest > 0)])
    return _compact(now, inside(now.size, now.other, whole, np.minimum, np.maximum))


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


def _compact(now: _Tiles, groups: Iterable[tuple[Any, Any, Any]]) -> _Tiles:
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
