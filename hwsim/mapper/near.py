"""A good mapping of a space that is too large to look at it all: shortest paths, then changes.

The first is the best of a part that leaves next to nothing open: loops at few places, of sparse
sizes. Then come shortest paths (`path.py`) through tiles that divide, and through sparse ones.
From the best of these on, all tiles of one or two dimensions are chosen anew, all else staying as
it is, and all that is open between two neighbouring storages, then between three, and so on: each
of these parts is searched whole. The end is a mapping that no such part betters. It is good;
nothing is known of what is better.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, islice

from hwsim.mapper.grid import Grid
from hwsim.mapper.orders import Order
from hwsim.mapper.sizes import divisors, sparse
from hwsim.mapper.space import Frame, Slice, Space, all_declared, space_of
from hwsim.mapping.nest import Nest
from hwsim.vocabulary import Tiles

#: The tilings of a group of dimensions in a part, and the combinations of those of all groups but
#: the largest, in the first part and in those around a nest.
ROWS = 10**4
FIRST_PAIRS = 10**5
PAIRS = 10**7
#: Points of the first grid of tiles, of another one, and of one of those beside a nest's.
COARSE = 1 << 10
POINTS = 1 << 15
BESIDE = 1 << 17
#: Bits of the sparsest sizes' powers.
BITS = 64
#: Orders of loops in a part.
ORDERS = 500

#: A mapping in a space that is better than those before, if there is one.
Better = Callable[[Space], Nest | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A search for better and better mappings, by searches of parts, and for shortest paths through
    grids of tiles.
    """

    frame: Frame
    tiles: Tiles
    better: Better
    shortest: Callable[[Grid], Nest | None]

    def run(self, start: Nest | None = None) -> None:
        """Find better mappings until no part has one, from `start` on if that is given."""
        now = (self._as_it_is(start) if start else None) or self._first_of_all()
        every = enumerate(self.frame.architecture.places)
        places = [at for at, place in every if not place.spatial]
        width = 2
        while now and width < len(places):
            before = now
            now = self._along(now)
            for window in _windows(self.frame, places, width):
                parts = [around(self.frame, part, now, window) for part in (self._whole, self._few)]
                now = self._first(parts, PAIRS) or now
            if now is before or width == 2:
                now = self._path(self._beside(now)) or now
            width = width + 1 if now is before else 2

    @property
    def _whole(self) -> Slice:
        return all_declared(self.frame, self.tiles)

    @property
    def _few(self) -> Slice:
        """The part of sparse sizes."""
        return replace(self._whole, sizes=sparse(self._counted))

    @property
    def _counted(self) -> Tiles:
        """The sizes of which sparse ones are taken."""
        return Tiles.balanced if self.tiles is Tiles.any else self.tiles

    def _first_of_all(self) -> Nest | None:
        """The best of a small part, of shortest paths, and of a part of few places."""
        parts = list(smaller(self.frame, self._few))
        now = self._first(parts[-1:], FIRST_PAIRS)
        for grid in self._grids():
            now = self._path(grid) or now
        return self._first(parts, FIRST_PAIRS) or now

    def _along(self, now: Nest) -> Nest:
        """What is better in the tiles of one or two dimensions."""
        names = [name for name, bound in self.frame.layer.bounds.items() if bound > 1]
        for some in (*combinations(names, 1), *combinations(names, 2)):
            found = self._first([along(self.frame, self._few, now, some)], PAIRS)
            if found:
                now = self._as_it_is(found) or found
        return now

    def _first(self, parts: Iterable[Slice], pairs: int) -> Nest | None:
        """What is better in the first of the parts that can be searched whole."""
        for part in parts:
            space = space_of(self.frame, part, rows=ROWS, pairs=pairs)
            if space and space.number_of_orders <= ORDERS:
                return self.better(space)
        return None

    def _as_it_is(self, nest: Nest) -> Nest | None:
        """The nest, if it is better: with the price that it has of its own."""
        return self._first([around(self.frame, self._whole, nest, range(0))], PAIRS)

    def _path(self, grid: Grid) -> Nest | None:
        """What is better on the shortest path through a grid that is not too large."""
        nest = self.shortest(grid) if grid.within(BESIDE if grid.only else POINTS) else None
        return self._as_it_is(nest) if nest else None

    def _grids(self) -> Iterator[Grid]:
        """The sparsest tiles, which are quick, those that divide, and all that are not too many."""
        yield from self._sparse(COARSE)
        yield Grid(frame=self.frame, places=self._whole.places, sizes=divisors)
        yield from self._sparse(POINTS)

    def _sparse(self, most: int) -> Iterator[Grid]:
        """The grid of sparse tiles that has no more points, as few as they have to be."""
        sizes = (sparse(self._counted, bits) for bits in range(1, BITS))
        grids = (Grid(frame=self.frame, places=self._whole.places, sizes=some) for some in sizes)
        yield from islice((grid for grid in grids if grid.within(most)), 1)

    def _beside(self, nest: Nest) -> Grid:
        """The tiles of a nest, and of those that are tried the next smaller and larger ones."""
        sizes, tiles = self._whole.sizes, dict[str, frozenset[int]]()
        for name, bound in self.frame.layer.bounds.items():
            every = sizes(bound, 1)
            own = {loop.tile for loop in nest.loops if loop.dimension == name}
            next_to = {bisect_left(every, tile) + step for tile in own for step in (-1, 0, 1)}
            beside = {every[at] for at in next_to if 0 <= at < len(every)}
            tiles[name] = frozenset(own | beside)
        return Grid(frame=self.frame, places=self._whole.places, sizes=sizes, only=tiles)


def around(frame: Frame, part: Slice, nest: Nest, window: range) -> Slice:
    """Of a part what differs from a nest only between the first and the last place of a window."""
    tiles = {name: dict[int, int]() for name in part.places}
    for name, places in part.places.items():
        inside = [at for at in places if at in window]
        for at in places:
            if at not in inside[:-1]:
                tiles[name][at] = nest.tiles(frame.layer.bounds, at + 1)[name]
    orders = {
        at: _running(frame, nest, at)
        for at, place in enumerate(frame.architecture.places)
        if at not in window and not place.spatial
    }
    return Slice(sizes=part.sizes, places=part.places, tiles=tiles, orders=orders)


def along(frame: Frame, part: Slice, nest: Nest, names: tuple[str, ...]) -> Slice:
    """Of a part what differs from a nest only in the tiles of some dimensions. Where one of them
    has no loop yet, it may have one outside the others.

    Loops of one step may be priced too high in it: the nest that is found has a price of its own.
    """
    places = enumerate(frame.architecture.places)
    orders = dict[int, Order]()
    for at, place in places:
        if not place.spatial:
            rule, now = frame.architecture.dataflow.at(place.name), _running(frame, nest, at)
            more = [name for name in names if at in part.places[name] and name not in now]
            last = rule.order or rule.innermost
            orders[at] = tuple(
                sorted((*more, *now), key=lambda name: last.index(name) if name in last else -1)
            )
    tiles = {
        name: {at: nest.tiles(frame.layer.bounds, at + 1)[name] for at in mine}
        for name, mine in part.places.items()
        if name not in names
    }
    return Slice(sizes=part.sizes, places=part.places, tiles=tiles, orders=orders)


def _running(frame: Frame, nest: Nest, at: int) -> Order:
    """The loops at a place that take more than one step."""
    before, after = (nest.tiles(frame.layer.bounds, place) for place in (at, at + 1))
    loops = nest.loops_at[frame.architecture.places[at].name]
    return tuple(loop.dimension for loop in loops if after[loop.dimension] < before[loop.dimension])


def smaller(frame: Frame, part: Slice) -> Iterator[Slice]:
    """The part, and smaller and smaller ones: every dimension keeps the outermost storage that it
    may run at, and the axes outside, loses the storages from there inwards, then the other axes.
    """
    architecture = frame.architecture
    places = dict(part.places)
    yield part
    for spatial in (False, True):
        for at, place in enumerate(architecture.places):
            if place.spatial is not spatial:
                continue
            fewer = {}
            for name, mine in places.items():
                first = next((at for at in mine if not architecture.places[at].spatial), at)
                fewer[name] = tuple(other for other in mine if other != at or other <= first)
            if fewer != places:
                places = fewer
                yield Slice(sizes=part.sizes, places=places)


def _windows(frame: Frame, places: list[int], width: int) -> Iterator[range]:
    """From the innermost outwards so many storages each, with the axes that stand among them."""
    every = len(frame.architecture.places)
    for first in reversed(range(len(places) - width + 1)):
        last = first + width
        start = places[first] if first else 0
        yield range(start, places[last] if last < len(places) else every)
