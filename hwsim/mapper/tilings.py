"""The tile sizes of one dimension at its loops, from the innermost loop outwards.

The innermost tile is 1, and a tile is no smaller than the tile inside it. Which of these tiles are
tried is declared (`hwsim/mapper/sizes.py`). The outermost loop of a dimension takes what is left,
and its last tile may be partial.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.walk import Integers, Walk
from hwsim.architecture.architecture import Architecture
from hwsim.mapper.room import Room
from hwsim.mapper.sizes import TileSizes
from hwsim.memo import Memo
from hwsim.workload.layer import Layer


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Tilings:
    """Tilings of a dimension with loops at `places`: `tiles[row, loop]`, outermost first."""

    dimension: str
    bound: int
    places: tuple[int, ...]
    tiles: Integers
    _memo: Memo = field(default_factory=Memo, repr=False)

    def __len__(self) -> int:
        return len(self.tiles)

    @property
    def walk(self) -> Walk:
        """The dimension walked in all of these ways."""
        return Walk(bound=self.bound, tiles=self.tiles)

    def may_run(self, place: int) -> bool:
        """Whether some loop at the place takes more than one step."""
        return bool(self._runs(place).any())

    def must_run(self, place: int) -> bool:
        """Whether every loop at the place does."""
        return bool(self._runs(place).all())

    def pieces(self, number: int) -> list["Tilings"]:
        """The tilings, so many of them at a time."""
        starts = range(0, len(self), number)
        parts = [self.tiles[start : start + number] for start in starts]
        return [replace(self, tiles=part, _memo=Memo()) for part in parts]

    def only_at(self, places: tuple[int, ...]) -> "Tilings":
        """Those whose loops elsewhere take one step, without these."""
        return self._memo.recall(places, lambda: self._only_at(places))

    def _only_at(self, places: tuple[int, ...]) -> "Tilings":
        others = [self._runs(place) for place in self.places if place not in places]
        rows = ~np.any(others, axis=0) if others else np.ones(len(self), dtype=bool)
        columns = [self.places.index(place) for place in places]
        tiles = self.tiles[rows][:, columns]
        return Tilings(dimension=self.dimension, bound=self.bound, places=places, tiles=tiles)

    def _runs(self, place: int) -> NDArray[np.bool_]:
        at = self.places.index(place)
        around = self.tiles[:, at - 1] if at else self.bound
        runs: NDArray[np.bool_] = self.tiles[:, at] < around
        return runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """The loops that a dimension of extent `bound` may have, at `places`, outermost first.

    For each, the most iterations (`limits`: an axis' size), the `largest` extent that may enter it,
    and the tile that it must leave, where that is `fixed`.
    """

    dimension: str
    bound: int
    places: tuple[int, ...]
    limits: tuple[int, ...]
    largest: tuple[int, ...]
    fixed: tuple[int | None, ...]

    def number(self, sizes: TileSizes, most: int) -> int:
        """How many tilings there are; beyond `most` they are not counted to the end."""
        if not self.places:
            return int(self.bound == 1)
        chains = {1: 1}
        for loop in self._inner:
            grown: dict[int, int] = {}
            total = 0
            for tile, number in chains.items():
                for size in self._around(loop, tile, sizes):
                    grown[size] = grown.get(size, 0) + number
                    total += number
                    if total > most:
                        return total
            chains = grown
        return sum(number for tile, number in chains.items() if self._starts(tile))

    def tilings(self, sizes: TileSizes) -> Tilings:
        """All tilings. No row: the dimension cannot be run."""
        if not self.places:
            rows = np.ones((int(self.bound == 1), 0), dtype=np.int64)
        else:
            rows = np.ones((1, 1), dtype=np.int64)
            for loop in self._inner:
                inner, which = np.unique(rows[:, 0], return_inverse=True)
                outer = [self._around(loop, tile, sizes) for tile in inner.tolist()]
                rows = _enclosed(rows, which, outer)
            rows = rows[[self._starts(tile) for tile in rows[:, 0].tolist()]]
        return Tilings(dimension=self.dimension, bound=self.bound, places=self.places, tiles=rows)

    @property
    def _inner(self) -> Iterator[int]:
        """The numbers of the loops but the outermost, from the innermost outwards."""
        return reversed(range(1, len(self.places)))

    def _around(self, loop: int, tile: int, sizes: TileSizes) -> Sequence[int]:
        """The extents that the loop may walk in steps of the tile."""
        every = sizes(self.bound, tile)
        most = min(self.largest[loop], tile * self.limits[loop])
        end = bisect_right(every, most)
        only = self.fixed[loop - 1]
        if only is None:
            return every[:end]
        at = bisect_left(every, only)
        return every[at : at + 1] if at < end and every[at] == only else ()

    def _starts(self, tile: int) -> bool:
        """Whether the outermost loop may walk the whole extent in steps of the tile."""
        return -(-self.bound // tile) <= self.limits[0] and self.bound <= self.largest[0]


def loops_of(
    architecture: Architecture,
    layer: Layer,
    name: str,
    room: Room,
    places: tuple[int, ...],
    tiles: Mapping[int, int],
) -> Loops:
    """The loops that a dimension may have at these places, with the tiles that are fixed there."""
    bound = layer.bounds[name]
    places = places if bound > 1 else ()
    return Loops(
        dimension=name,
        bound=bound,
        places=places,
        limits=tuple(architecture.places[at].size or bound for at in places),
        largest=tuple(room.largest(name, bound, places)),
        fixed=tuple(tiles.get(at) for at in places),
    )


def _enclosed(rows: Integers, which: Integers, outer: Sequence[Sequence[int]]) -> Integers:
    """Each row with each of the tiles `outer[which[row]]` around it."""
    counts = np.array([len(tiles) for tiles in outer], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    repeats = counts[which]
    row = np.repeat(np.arange(len(rows)), repeats)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    tiles = np.fromiter(chain.from_iterable(outer), dtype=np.int64)
    return np.concatenate([tiles[starts[which[row]] + nth][:, None], rows[row]], axis=1)
