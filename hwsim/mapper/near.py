"""A good mapping of a space that is too large to look at it all: first a small part, then changes.

The first part, after one that leaves next to nothing open, has loops at few places, of sparse
sizes. From the best mapping in it on, all tiles of one or two dimensions are chosen anew, all else
staying as it is, and all that is open between two neighbouring storages, then between three, and so
on: each of these parts is searched whole. The end is a mapping that no such part betters. It is
good; nothing is known of what is better.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from hwsim.mapper.orders import Order
from hwsim.mapper.space import Frame, Slice, Space, space_of
from hwsim.mapping.nest import Nest

#: The tilings of a group of dimensions in a part, and the combinations of those of all groups but
#: the largest, in the first part and in those around a nest.
ROWS = 10**4
FIRST_PAIRS = 10**5
PAIRS = 10**7
#: Orders of loops in a part.
ORDERS = 500

#: A mapping in a space that is better than those before, if there is one.
Better = Callable[[Space], Nest | None]


def bettered(
    frame: Frame, declared: Slice, few: Slice, better: Better, start: Nest | None = None
) -> None:
    """Find better mappings until no part has one, from `start` on if that is given.

    `few` has the places of the part that is declared, but sparse sizes.
    """
    none = range(0)
    now = _first(frame, [around(frame, declared, start, none)], PAIRS, better) if start else None
    if not now:
        parts = list(smaller(frame, few))
        least = _first(frame, parts[-1:], FIRST_PAIRS, better)
        now = _first(frame, parts, FIRST_PAIRS, better) or least
    places = [at for at, place in enumerate(frame.architecture.places) if not place.spatial]
    width = 2
    names = [name for name, bound in frame.layer.bounds.items() if bound > 1]
    while now and width < len(places):
        before = now
        for some in (*combinations(names, 1), *combinations(names, 2)):
            found = _first(frame, [along(frame, few, now, some)], PAIRS, better)
            if found:
                now = _first(frame, [around(frame, declared, found, none)], PAIRS, better) or found
        for window in _windows(frame, places, width):
            parts = [around(frame, part, now, window) for part in (declared, few)]
            now = _first(frame, parts, PAIRS, better) or now
        width = width + 1 if now is before else 2


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


def _first(frame: Frame, parts: Iterable[Slice], pairs: int, better: Better) -> Nest | None:
    """What is better in the first of the parts that can be searched whole."""
    for part in parts:
        space = space_of(frame, part, rows=ROWS, pairs=pairs)
        if space and space.number_of_orders <= ORDERS:
            return better(space)
    return None


def _windows(frame: Frame, places: list[int], width: int) -> Iterator[range]:
    """From the innermost outwards so many storages each, with the axes that stand among them."""
    every = len(frame.architecture.places)
    for first in reversed(range(len(places) - width + 1)):
        last = first + width
        start = places[first] if first else 0
        yield range(start, places[last] if last < len(places) else every)
