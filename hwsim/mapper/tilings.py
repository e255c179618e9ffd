"""The tile sizes of one dimension at its loops, from the innermost loop outwards.

The declared space: the innermost tile is 1; each tile is a whole multiple of the tile inside it, or
the whole extent; the multiple is balanced, the least that gets along with its number of steps. The
outermost loop of a dimension takes what is left, and its last tile may be partial.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod

import numpy as np

from hwsim.accesses.walk import Integers, Walk
from hwsim.architecture.architecture import Architecture
from hwsim.mapper.room import Room
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer

#: The numbers of blocks, out of so many, that a tile may have.
Sizes = Callable[[int], tuple[int, ...]]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Part:
    """Tilings of a dimension that have their loops at the same `places`.

    In a `pure` part every loop whose order counts takes at least two steps.
    """

    dimension: str
    places: tuple[int, ...]
    walk: Walk
    pure: bool


#: For each dimension its parts.
Parts = Mapping[str, list[Part]]


def all_parts(architecture: Architecture, layer: Layer, room: Room) -> Parts:
    """All tilings of every dimension, by the places of their loops."""
    return {
        name: _pure(architecture, _whole(architecture, layer, name, room, balanced))
        for name in layer.bounds
    }


def few_parts(architecture: Architecture, layer: Layer, room: Room) -> Parts:
    """The tilings of every dimension whose sizes are sparse, in one part."""
    return {name: [_whole(architecture, layer, name, room, sparse)] for name in layer.bounds}


def allowed(architecture: Architecture, layer: Layer, dimension: str) -> tuple[int, ...]:
    """The places where the dimension may have a loop: in space only where sums are added up."""
    summed = dimension not in layer.dimensions_of(OUTPUTS)
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


def number_of_tilings(architecture: Architecture, layer: Layer, room: Room) -> int:
    """How many combinations of tilings of all dimensions there are."""
    return prod(
        _number(bound, *loops_of(architecture, layer, name, room)[1:], 1)
        for name, bound in layer.bounds.items()
        if bound > 1
    )


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


def _whole(architecture: Architecture, layer: Layer, name: str, room: Room, sizes: Sizes) -> Part:
    bound = layer.bounds[name]
    places, limits, largest = loops_of(architecture, layer, name, room)
    tiles = tilings(bound, limits, largest, sizes)
    return Part(dimension=name, places=places, walk=Walk(bound=bound, tiles=tiles), pure=False)


def _pure(architecture: Architecture, part: Part) -> list[Part]:
    """The part taken apart by which loops in time, where their order counts, take more than one
    step; the others of these are dropped.
    """
    tiles = part.walk.tiles
    whole = np.full((len(tiles), 1), part.walk.bound)
    around = np.concatenate([whole, tiles], axis=1)[:, :-1]
    ordered = [keeps_inside(architecture, at) for at in part.places]
    runs = (tiles < around) | ~np.array(ordered, dtype=bool)
    pattern = runs @ (1 << np.arange(len(part.places)))
    pure = []
    for number in np.flatnonzero(np.bincount(pattern)).tolist():
        columns = [at for at in range(len(part.places)) if number >> at & 1]
        chosen = tiles[pattern == number][:, columns]
        pure.append(
            Part(
                dimension=part.dimension,
                places=tuple(part.places[at] for at in columns),
                walk=Walk(bound=part.walk.bound, tiles=chosen),
                pure=True,
            )
        )
    return pure


@cache
def balanced(number: int) -> tuple[int, ...]:
    """Every ceil(number / steps): the least block of each number of steps, ascending."""
    sizes, steps = [], 1
    while steps <= number:
        size = -(-number // steps)
        sizes.append(size)
        steps = -(-number // (size - 1)) if size > 1 else number + 1
    return tuple(reversed(sizes))


@cache
def sparse(number: int) -> tuple[int, ...]:
    """Of the balanced sizes the first from each power of two on, and the largest."""
    sizes = balanced(number)
    powers = (1 << power for power in range(number.bit_length()))
    return tuple(sorted({sizes[-1], *(next(s for s in sizes if s >= power) for power in powers)}))


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
        outer = [
            [tile for tile in _enclosing(bound, size, limit, sizes) if tile <= extent]
            for size in inner.tolist()
        ]
        number = np.array([len(tiles) for tiles in outer], dtype=np.int64)
        first = np.cumsum(number) - number
        repeated = np.repeat(np.arange(len(rows)), number[which])
        nth = np.arange(len(repeated)) - np.repeat(
            np.cumsum(number[which]) - number[which], number[which]
        )
        tiles = np.array([tile for tiles in outer for tile in tiles], dtype=np.int64)
        chosen = tiles[first[which[repeated]] + nth]
        rows = np.concatenate([chosen[:, None], rows[repeated]], axis=1)
    fits = (-(-bound // rows[:, 0]) <= limits[0]) & (bound <= largest[0])
    return rows[fits]


@cache
def _number(bound: int, limits: tuple[int, ...], largest: tuple[int, ...], tile: int) -> int:
    """How many tilings there are whose innermost loop leaves `tile`."""
    if len(limits) <= 1:
        return int(bool(limits) and -(-bound // tile) <= limits[0] and bound <= largest[0])
    return sum(
        _number(bound, limits[:-1], largest[:-1], outer)
        for outer in _enclosing(bound, tile, limits[-1], balanced)
        if outer <= largest[-1]
    )


def _enclosing(bound: int, tile: int, limit: int, sizes: Sizes) -> list[int]:
    """The extents that a loop in steps of `tile` may walk in at most `limit` iterations."""
    blocks = -(-bound // tile)
    return [min(bound, tile * number) for number in sizes(blocks) if number <= limit]
