"""The tile sizes of one dimension at its loops, from the innermost loop outwards.

The innermost tile is 1, and a tile is no smaller than the tile inside it. Which of these tiles are
tried is declared; each of the three spaces is a part of the next:

* `divisors`: a tile divides the tile around it, and the extent. No tile is partial.
* `balanced`: a whole multiple of the tile inside it, or the whole extent; the multiple is balanced,
  the least that gets along with its number of steps. The outermost loop of a dimension takes what
  is left, and its last tile may be partial.
* `any`: every size.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.walk import Integers, Walk
from hwsim.architecture.architecture import Architecture
from hwsim.mapper.room import Room
from hwsim.vocabulary import Tiles
from hwsim.workload.layer import Layer

#: The tiles that may enclose a tile within an extent: from (extent, tile), ascending.
Sizes = Callable[[int, int], Sequence[int]]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Tilings:
    """Tilings of a dimension with loops at `places`: `tiles[row, loop]`, outermost first."""

    dimension: str
    bound: int
    places: tuple[int, ...]
    tiles: Integers
    _memory: dict[tuple[int, ...], "Tilings"] = field(default_factory=dict, repr=False)

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

    def only_at(self, places: tuple[int, ...]) -> "Tilings":
        """Those whose loops elsewhere take one step, without these."""
        if places not in self._memory:
            others = [self._runs(place) for place in self.places if place not in places]
            rows = ~np.any(others, axis=0) if others else np.ones(len(self), dtype=bool)
            columns = [self.places.index(place) for place in places]
            self._memory[places] = Tilings(
                dimension=self.dimension,
                bound=self.bound,
                places=places,
                tiles=self.tiles[rows][:, columns],
            )
        return self._memory[places]

    def _runs(self, place: int) -> NDArray[np.bool_]:
        at = self.places.index(place)
        around = self.tiles[:, at - 1] if at else self.bound
        runs: NDArray[np.bool_] = self.tiles[:, at] < around
        return runs


def all_tilings(
    architecture: Architecture, layer: Layer, room: Room, tiles: Tiles
) -> dict[str, Tilings]:
    """All tilings of every dimension."""
    return {name: _all(architecture, layer, name, room, SIZES[tiles]) for name in layer.bounds}


def few_tilings(architecture: Architecture, layer: Layer, room: Room) -> dict[str, Tilings]:
    """The tilings of every dimension whose sizes are sparse, a part of the balanced ones."""
    return {name: _all(architecture, layer, name, room, sparse) for name in layer.bounds}


def allowed(architecture: Architecture, layer: Layer, dimension: str) -> tuple[int, ...]:
    """The places where the dimension may have a loop: in space only where sums are added up."""
    summed = dimension in layer.summed
    return tuple(
        at
        for at, place in enumerate(architecture.places)
        if dimension in architecture.dataflow.at(place.name).dimensions
        and (place.reduces or not place.spatial or not summed)
    )


def keeps_inside(architecture: Architecture, place: int) -> bool:
    """Whether loops run in time at the place, and what lies inside keeps words from one step to the
    next: only then does their order count.
    """
    storages = any(architecture.position(part.name) > place for part in architecture.storages)
    keeps = storages or architecture.operands == "latched"
    return keeps and not architecture.places[place].spatial


def numbers_of_tilings(
    architecture: Architecture, layer: Layer, room: Room, tiles: Tiles
) -> dict[str, int]:
    """How many tilings each dimension has."""
    return {
        name: _number(bound, *loops_of(architecture, layer, name, room)[1:], 1, SIZES[tiles])
        if bound > 1
        else 1
        for name, bound in layer.bounds.items()
    }


def loops_of(
    architecture: Architecture, layer: Layer, name: str, room: Room
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The places of the dimension's loops, and for each loop its most iterations (an axis' size)
    and the largest extent that may enter it.
    """
    bound = layer.bounds[name]
    places = allowed(architecture, layer, name) if bound > 1 else ()
    limits = tuple(architecture.places[at].size or bound for at in places)
    return places, limits, tuple(room.largest(name, bound, places))


def _all(architecture: Architecture, layer: Layer, name: str, room: Room, sizes: Sizes) -> Tilings:
    bound = layer.bounds[name]
    places, limits, largest = loops_of(architecture, layer, name, room)
    tiles = tilings(bound, limits, largest, sizes)
    return Tilings(dimension=name, bound=bound, places=places, tiles=tiles)


@cache
def balanced(extent: int, tile: int) -> tuple[int, ...]:
    """Every ceil(blocks / steps) of the blocks of the tile's size: the least of each number of
    steps.

    >>> balanced(13, 1), balanced(13, 3)
    ((1, 2, 3, 4, 5, 7, 13), (3, 6, 9, 13))
    """
    blocks = -(-extent // tile)
    sizes, steps = [], 1
    while steps <= blocks:
        size = -(-blocks // steps)
        sizes.append(min(extent, tile * size))
        steps = -(-blocks // (size - 1)) if size > 1 else blocks + 1
    return tuple(reversed(sizes))


@cache
def divisors(extent: int, tile: int) -> tuple[int, ...]:
    """The multiples of the tile that divide the extent.

    >>> divisors(12, 2)
    (2, 4, 6, 12)
    """
    multiples = range(tile, extent + 1, tile)
    return tuple(size for size in multiples if extent % size == 0)


def every(extent: int, tile: int) -> range:
    """Every size from the tile's on."""
    return range(tile, extent + 1)


@cache
def sparse(extent: int, tile: int) -> tuple[int, ...]:
    """Of the balanced sizes the first from each power of two times the tile on, and the largest."""
    sizes = balanced(extent, tile)
    powers = [tile << power for power in range((extent // tile).bit_length())]
    return tuple(sorted({sizes[-1], *(next(s for s in sizes if s >= power) for power in powers)}))


SIZES: Mapping[Tiles, Sizes] = {
    Tiles.divisors: divisors,
    Tiles.balanced: balanced,
    Tiles.any: every,
}


def tilings(
    bound: int, limits: Sequence[int], largest: Sequence[int], sizes: Sizes = balanced
) -> Integers:
    """All tilings of a dimension of extent `bound` at its loops, as rows of tiles, outermost first.

    For each loop, `limits` is the most iterations it may take (an axis' size) and `largest` the
    largest extent that may enter it. No row: the dimension cannot be run.
    """
    loops = len(limits)
    if not loops:
        return np.ones((int(bound == 1), 0), dtype=np.int64)
    rows = np.ones((1, 1), dtype=np.int64)
    for limit, extent in zip(limits[:0:-1], largest[:0:-1], strict=True):
        inner, which = np.unique(rows[:, 0], return_inverse=True)
        outer = [_enclosing(bound, tile, limit, extent, sizes) for tile in inner.tolist()]
        rows = _enclosed(rows, which, outer)
    fits = (-(-bound // rows[:, 0]) <= limits[0]) & (bound <= largest[0])
    return rows[fits]


def _enclosed(rows: Integers, which: Integers, outer: Sequence[Sequence[int]]) -> Integers:
    """Each row with each of the tiles `outer[which[row]]` around it."""
    counts = np.array([len(tiles) for tiles in outer], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    repeats = counts[which]
    row = np.repeat(np.arange(len(rows)), repeats)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    tiles = np.fromiter(chain.from_iterable(outer), dtype=np.int64)
    return np.concatenate([tiles[starts[which[row]] + nth][:, None], rows[row]], axis=1)


@cache
def _number(
    bound: int, limits: tuple[int, ...], largest: tuple[int, ...], tile: int, sizes: Sizes
) -> int:
    """How many tilings there are whose innermost loop leaves `tile`."""
    if len(limits) <= 1:
        return int(bool(limits) and -(-bound // tile) <= limits[0] and bound <= largest[0])
    return sum(
        _number(bound, limits[:-1], largest[:-1], outer, sizes)
        for outer in _enclosing(bound, tile, limits[-1], largest[-1], sizes)
    )


def _enclosing(bound: int, tile: int, limit: int, largest: int, sizes: Sizes) -> list[int]:
    """The extents up to `largest` that a loop in steps of `tile` may walk in `limit` iterations."""
    most = min(largest, tile * limit)
    return [size for size in sizes(bound, tile) if size <= most]
