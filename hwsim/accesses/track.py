"""One dimension walked by its loops in one tiling, in Python's own integers, however large."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hwsim.accesses.moves import Manner, moves
from hwsim.accesses.shown import Shown, inside
from hwsim.accesses.slot import Slot
from hwsim.accesses.window import changed
from hwsim.memo import Memo

#: Like tiles: the extent of each now, the largest one that its instance meets at another index of
#: the inner loops (0: none), how many there are, and whether a tile around them does not stay.
LikeTiles = tuple[int, int, int, bool]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Track:
    """A dimension of extent `bound` whose loops leave these tiles, outermost first."""

    bound: int
    tiles: tuple[int, ...]
    memo: Memo = field(default_factory=Memo, repr=False)

    def shown(self, slots: Sequence[Slot], depth: int, exits: Sequence[int] = ()) -> Shown[int]:
        """Return the sums over the tiles at `depth`, where the dimension's loops run as `slots`."""
        key = (*slots, depth, *exits)
        return self.memo.recall(key, lambda: _added_up(self._reached(slots, depth, exits)))

    def changes(
        self,
        runs: tuple[Manner, ...],
        inner: "Track",
        inner_runs: tuple[Manner, ...],
        steps: tuple[int, int],
    ) -> Sequence[int]:
        """Return the sums of `window.Overlap` over a class of moves."""
        own, other = self.tiles[: len(runs)], inner.tiles[: len(inner_runs)]
        return changed(moves(self.bound, runs, own), moves(inner.bound, inner_runs, other), *steps)

    def by_class(self, amounts: Sequence[int]) -> Sequence[int]:
        """Return the amounts of the classes, which are together."""
        return amounts

    def _reached(self, slots: Sequence[Slot], depth: int, exits: Sequence[int]) -> list[LikeTiles]:
        """Return the tiles that the dimension shows at `depth` inside its loops in `slots`."""
        now: list[LikeTiles] = [(self.bound, 0, 1, False)]
        in_time = 0
        for at, (slot, tile) in enumerate(zip(slots, self.tiles, strict=False)):
            if at in exits:
                now = [
                    (size, other, number, left or other > 0) for size, other, number, left in now
                ]
            if slot is Slot.FIRST:
                now = [_first(one, tile) for one in now]
            elif slot is Slot.SPACE or in_time < depth:
                now = _spread(now, tile)
            else:
                now = [_stood(one, tile) for one in now]
            in_time += slot is Slot.TIME
        return now


def _spread(now: list[LikeTiles], tile: int) -> list[LikeTiles]:
    """Return the tiles of a loop at every index."""
    return [
        (part, beside, number * each, left)
        for size, other, number, left in now
        for part, beside, each in inside(size, other, tile, min, max)
        if part and each
    ]


def _first(one: LikeTiles, tile: int) -> LikeTiles:
    """Return the tiles of the first instance on an axis."""
    size, other, number, left = one
    return min(size, tile), min(other, tile), number, left


def _stood(one: LikeTiles, tile: int) -> LikeTiles:
    """Return the tiles at a loop's first index, where its other indices bring other tiles."""
    size, other, number, left = one
    return min(size, tile), max(min(max(other, size - tile), tile), 0), number, left


def _added_up(tiles: list[LikeTiles]) -> Shown[int]:
    """Add the tiles up; an instance that meets another tile lets go of this one."""
    return Shown(
        extent=sum(size * number for size, _, number, _ in tiles),
        kept=sum(size * number for size, other, number, left in tiles if not (left or other)),
        active=sum(number for size, _, number, _ in tiles if size),
    )
