"""The loop orders that can matter: which tensor stays still at a storage, and which window slides.

Inside a storage's place only the innermost loops decide what is reused. A tensor stays still while
the innermost loops are all over dimensions that it does not depend on; each dimension is of no
concern to few tensors, so it suffices to try, for each tensor, all of its idle dimensions innermost,
and, of the loops that then move the tensor with a sliding window first, each that slides.
"""

from collections.abc import Iterator
from itertools import product

from hwsim.accesses.turnover import Step
from hwsim.architecture.architecture import Architecture, Place
from hwsim.workload.layer import Layer


def orders(architecture: Architecture, layer: Layer) -> Iterator[tuple[Step, ...]]:
    """Every order of loops of the declared space; a dimension of extent 1 needs no loop."""
    choices = [_at_place(architecture, layer, place) for place in architecture.places]
    for choice in product(*choices):
        yield tuple(
            Step(dimension=dimension, place=index, spatial=place.spatial)
            for index, (place, order) in enumerate(zip(architecture.places, choice, strict=True))
            for dimension in order
        )


def allowed(architecture: Architecture, layer: Layer, place: Place) -> tuple[str, ...]:
    """The dimensions that may have a loop at `place`: sums in space only where they are added up."""
    dimensions = architecture.dataflow.at(place.name).dimensions
    adds = place.reduces or not place.spatial
    produced = layer.dimensions_of("outputs")
    return tuple(
        name
        for name in dimensions
        if layer.bounds.get(name, 1) > 1 and (adds or name in produced)
    )


def _at_place(architecture: Architecture, layer: Layer, place: Place) -> list[tuple[str, ...]]:
    dimensions = allowed(architecture, layer, place)
    rule = architecture.dataflow.at(place.name)
    if place.spatial:
        return [dimensions]
    if rule.order is not None:
        return [tuple(name for name in rule.order if name in dimensions)]
    last = tuple(name for name in rule.innermost if name in dimensions)
    free = tuple(name for name in dimensions if name not in last)
    unique = dict.fromkeys(order + last for order in _free_orders(layer, free))
    return list(unique)


def _free_orders(layer: Layer, free: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """For each tensor that can stay still, for each loop that can slide a window, one order."""
    sliding = {
        name
        for ranks in layer.tensors.values()
        for rank in ranks
        if len(rank.terms) > 1
        for name in rank.dimensions
    }
    for tensor in layer.tensors:
        used = layer.dimensions_of(tensor)
        still = tuple(name for name in free if name not in used)
        moving = tuple(name for name in free if name in used)
        for slide in [name for name in free if name in sliding] or [""]:
            yield _last(moving, slide) + _last(still, slide)
    if not free:
        yield ()


def _last(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The names with `name`, if it is one of them, moved to the end."""
    return tuple(sorted(names, key=lambda other: other == name))
