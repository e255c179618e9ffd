"""The mapper's declared space, enumerated anew and naively: the judge of what the mapper searches.

The space is that of the docstrings of `hwsim/mapper/tilings.py` and of `Dataflow`.
Loops of one iteration are left out, and where the order of loops says nothing (on an axis; in time
where nothing inside keeps a word) one order stands for all: `test_laws.py` has both as laws.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import permutations, product
from math import ceil, factorial, prod

from hwsim.accesses import count
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.place import Place
from hwsim.mapper import NoMapping, Options, best_nest
from hwsim.mapping.fit import misfits
from hwsim.mapping.nest import Nest, nest
from hwsim.priced import priced
from hwsim.workload.layer import Layer
from tests.mapper.pricing import Pricing

#: Tiles of one dimension at the places that allow it, outermost first.
Chain = tuple[int, ...]
#: For each place the tiles of its loops.
Tiles = Mapping[str, Mapping[str, int]]
#: Extents that a loop in steps of a tile may walk, given the dimension's whole extent.
Enclosing = Callable[[int, int], set[int]]
#: Orders of the loops at a place that the mapper may choose between.
Orders = Callable[[Architecture, Layer, Place, tuple[str, ...]], Iterator[tuple[str, ...]]]


def energy(architecture: Architecture, layer: Layer, mapped: Nest) -> Fraction:
    """What the mapping costs, exactly."""
    return priced(architecture, layer, mapped).cost.energy


def choice(architecture: Architecture, layer: Layer) -> Nest:
    """The mapper's choice, however long a busy machine takes to find it."""
    return best_nest(architecture, layer, Options(seconds=None))


def fits(architecture: Architecture, layer: Layer, mapped: Nest) -> bool:
    """Whether the architecture can run it."""
    return not misfits(architecture, layer, mapped)


def best(architecture: Architecture, layer: Layer) -> Fraction | None:
    """What the mapper's choice costs, which has to fit; None if it says that nothing does."""
    try:
        chosen = choice(architecture, layer)
    except NoMapping:
        return None
    assert misfits(architecture, layer, chosen) == []
    return energy(architecture, layer, chosen)


# --- Tiles -----------------------------------------------------------------------------------


def balanced_multiples(bound: int, tile: int) -> set[int]:
    """The declared extents: whole multiples of the tile, the least for their number of steps."""
    blocks = ceil(bound / tile)
    least = {m for m in range(1, blocks + 1) if m == 1 or ceil(blocks / (m - 1)) > ceil(blocks / m)}
    return {min(bound, tile * multiple) for multiple in least}


def any_extent(bound: int, tile: int) -> set[int]:
    """Every extent that can enclose the tile, multiple or not."""
    return set(range(tile, bound + 1))


def chains(bound: int, loops: int, enclosing: Enclosing) -> list[Chain]:
    """Every chain of tiles of a dimension with that many loops, from the innermost 1 outwards."""
    if not loops:
        return [()] if bound == 1 else []
    grown: list[Chain] = [(1,)]
    for _ in range(loops - 1):
        grown = [(outer, *chain) for chain in grown for outer in sorted(enclosing(bound, chain[0]))]
    return grown


# --- Orders ----------------------------------------------------------------------------------


def all_orders(
    architecture: Architecture, layer: Layer, place: Place, here: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """Every order that the dataflow leaves free at a place."""
    rule = architecture.dataflow.at(place.name)
    if rule.order is not None:
        yield tuple(sorted(here, key=rule.order.index))
        return
    last = tuple(name for name in rule.innermost if name in here)
    for free in permutations(name for name in here if name not in last):
        yield free + last


def tried_orders(
    architecture: Architecture, layer: Layer, place: Place, here: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """The orders that `hwsim/mapper/orders.py` says it tries.

    For each tensor, the dimensions that it does not depend on innermost, and outside them, of those
    that move it, each that slides along a window; the rest in the layer's order.
    """
    rule = architecture.dataflow.at(place.name)
    if rule.order is not None:
        yield from all_orders(architecture, layer, place, here)
        return
    last = tuple(name for name in rule.innermost if name in here)
    free = tuple(name for name in layer.bounds if name in here and name not in last)
    for tensor in layer.tensors:
        moving = [name for name in free if name in layer.dimensions_of(tensor)]
        still = [name for name in free if name not in moving]
        for slide in [name for name in free if name in "PQRS"] or [""]:
            yield (
                *(name for name in moving if name != slide),
                *(name for name in moving if name == slide),
                *(name for name in still if name != slide),
                *(name for name in still if name == slide),
                *last,
            )


def order_counts(architecture: Architecture, place: Place) -> bool:
    """Whether the order at a place can matter: in time, around something that keeps words."""
    at = architecture.places.index(place)
    inside = any(architecture.position(storage.name) > at for storage in architecture.storages)
    return not place.spatial and (inside or architecture.operands == "latched")


# --- Nests -----------------------------------------------------------------------------------


def places_of(architecture: Architecture, layer: Layer) -> dict[str, list[str]]:
    """The places where the dataflow lets each dimension that is more than one iteration run."""
    return {
        name: [
            p.name
            for p in architecture.places
            if name in architecture.dataflow.at(p.name).dimensions
        ]
        for name, bound in layer.bounds.items()
        if bound > 1
    }


def tilings(
    architecture: Architecture, layer: Layer, enclosing: Enclosing = balanced_multiples
) -> Iterator[Tiles]:
    """Every choice of tiles: at each place, those of the loops of more than one iteration."""
    places = places_of(architecture, layer)
    choices = [chains(layer.bounds[name], len(at), enclosing) for name, at in places.items()]
    for choice in product(*choices):
        tiles: dict[str, dict[str, int]] = {place.name: {} for place in architecture.places}
        for (name, at), chain in zip(places.items(), choice, strict=True):
            around = layer.bounds[name]
            for place, tile in zip(at, chain, strict=True):
                if tile < around:
                    tiles[place][name] = tile
                around = tile
        yield tiles


def nests(
    architecture: Architecture,
    layer: Layer,
    enclosing: Enclosing = balanced_multiples,
    orders: Orders = all_orders,
) -> Iterator[list[Nest]]:
    """Every mapping of the space that fits; those that differ only in their tiles come together."""
    alike = defaultdict(list)
    names = tuple(place.name for place in architecture.places)
    for tiles in tilings(architecture, layer, enclosing):
        if fits(architecture, layer, nest(names, tiles)):
            alike[tuple(tuple(tiles[name]) for name in names)].append(tiles)
    for here, family in alike.items():
        choices = [
            list(dict.fromkeys(orders(architecture, layer, place, loops)))
            if order_counts(architecture, place)
            else [loops]
            for place, loops in zip(architecture.places, here, strict=True)
        ]
        for choice in product(*choices):
            yield [_ordered(tiles, dict(zip(names, choice, strict=True))) for tiles in family]


def _ordered(tiles: Tiles, order: Mapping[str, tuple[str, ...]]) -> Nest:
    """The nest of these tiles with the loops at each place in that order."""
    return nest(
        tuple(tiles),
        {place: {name: tiles[place][name] for name in order[place]} for place in tiles},
    )


def cheapest(
    architecture: Architecture,
    layer: Layer,
    enclosing: Enclosing = balanced_multiples,
    orders: Orders = all_orders,
) -> list[Nest]:
    """Every mapping of the space that costs the least; none if none fits."""
    price = Pricing(architecture, layer)
    least, found = None, list[Nest]()
    for family in nests(architecture, layer, enclosing, orders):
        energies = price.energies(family)
        if least is None or min(energies) < least:
            least, found = min(energies), []
        found += [it for it, cost in zip(family, energies, strict=True) if cost == least]
    if found:
        assert energy(architecture, layer, found[0]) == least, (
            "many priced at once, or one: not equal"
        )
    return found


def least(
    architecture: Architecture,
    layer: Layer,
    enclosing: Enclosing = balanced_multiples,
    orders: Orders = all_orders,
) -> Fraction | None:
    """The least that any mapping of the space costs; None if none fits."""
    found = cheapest(architecture, layer, enclosing, orders)
    return energy(architecture, layer, found[0]) if found else None


def steps(architecture: Architecture, layer: Layer, mapped: Nest) -> int:
    """How many steps the mapping takes."""
    return count(architecture, layer, mapped).work[architecture.compute.name].steps


def size(
    architecture: Architecture, layer: Layer, enclosing: Enclosing = balanced_multiples
) -> int:
    """At most how many mappings the space has."""
    places = places_of(architecture, layer)
    chosen = prod(
        len(chains(layer.bounds[name], len(at), enclosing)) for name, at in places.items()
    )
    orders = prod(
        factorial(sum(place.name in at for at in places.values()))
        for place in architecture.places
        if order_counts(architecture, place) and architecture.dataflow.at(place.name).order is None
    )
    return chosen * orders
