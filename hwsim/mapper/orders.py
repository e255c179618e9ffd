"""The loop orders that can matter: which tensor stays still at a storage, and which window slides.

At a place only the innermost loops decide what is reused inside it. A tensor stays still while the
innermost loops all run over dimensions that it does not depend on. So for each tensor all those
dimensions are tried innermost and, of the loops that can slide a window, each as the innermost of
its kind. That is the declared space. Other orders are seldom better: where loops of two windows
compete, where a window's first and last tiles overlap, or where instances idle
(`tests/mapper/test_exhaustive.py` has the smallest known cases).
"""

from collections.abc import Iterator, Mapping
from itertools import product

from hwsim.accesses.order import Step
from hwsim.architecture.architecture import Architecture, Place
from hwsim.mapper.tilings import keeps_inside
from hwsim.workload.layer import Layer


def orders(
    architecture: Architecture, layer: Layer, places: Mapping[str, tuple[int, ...]]
) -> Iterator[tuple[Step, ...]]:
    """Every order to try of the loops that each dimension has at `places`."""
    choices = []
    for at, place in enumerate(architecture.places):
        here = [name for name in layer.bounds if at in places[name]]
        ordered = keeps_inside(architecture, at)
        choices.append(_at_place(architecture, layer, place, here) if ordered else [tuple(here)])
    for choice in product(*choices):
        yield tuple(
            Step(dimension=dimension, place=at, spatial=place.spatial)
            for at, (place, order) in enumerate(zip(architecture.places, choice, strict=True))
            for dimension in order
        )


def _at_place(
    architecture: Architecture, layer: Layer, place: Place, here: list[str]
) -> list[tuple[str, ...]]:
    rule = architecture.dataflow.at(place.name)
    if rule.order is not None:
        return [tuple(name for name in rule.order if name in here)]
    last = tuple(name for name in rule.innermost if name in here)
    free = tuple(name for name in here if name not in last)
    return list(dict.fromkeys(order + last for order in _free_orders(layer, free)))


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
