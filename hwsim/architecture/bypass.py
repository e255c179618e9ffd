"""An architecture and what bypasses its storages to the architecture that is left."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Compartment, Component, Storage

#: By storage, the tensors that bypass it.
Bypassed = Mapping[str, tuple[str, ...]]


def open_bypasses(architecture: Architecture) -> Bypassed:
    """All that may bypass: the choice that leaves the most room."""
    return {part.name: part.may_bypass for part in architecture.storages if part.may_bypass}


def choices(architecture: Architecture) -> Iterator[Bypassed]:
    """Every choice of what bypasses, nothing first; storages that nothing bypasses are left out."""
    chosen = [
        [some for number in range(len(may) + 1) for some in combinations(may, number)]
        for may in open_bypasses(architecture).values()
    ]
    for choice in product(*chosen):
        yield {
            name: some
            for name, some in zip(open_bypasses(architecture), choice, strict=True)
            if some
        }


def bypassing(architecture: Architecture, bypassed: Bypassed) -> Architecture:
    """The architecture whose storages do not hold what bypasses them, and leave nothing open.

    All its places are still there: loops run in time even at a storage that holds nothing more.
    What is not on a tensor's route bypasses it already.
    """
    if not bypassed and not open_bypasses(architecture):
        return architecture
    return replace(
        architecture,
        components={
            name: _without(part, bypassed.get(name, ()))
            for name, part in architecture.components.items()
        },
        routes={
            tensor: tuple(name for name in route if tensor not in bypassed.get(name, ()))
            for tensor, route in architecture.routes.items()
        },
    )


def _without(part: Component, tensors: tuple[str, ...]) -> Component:
    """The component; a storage without these tensors, and without compartments of them alone."""
    if not isinstance(part, Storage):
        return part
    left = [
        Compartment(
            tensors=tuple(tensor for tensor in each.tensors if tensor not in tensors),
            capacity_words=each.capacity_words,
        )
        for each in part.compartments
    ]
    kept = tuple(each for each in left if each.tensors)
    return replace(part, compartments=kept, may_bypass=())
