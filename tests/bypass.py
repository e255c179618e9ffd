"""Architectures that leave open what bypasses their storages, and those without it, written out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Compartment, Component, Storage
from tests.build import architecture

#: A storage, and a tensor that may bypass it.
Pair = tuple[str, str]
#: Pairs that are left open at most: each doubles the choices.
MOST = 3


@st.composite
def opened(draw: st.DrawFn, chip: Architecture) -> Architecture:
    """The architecture with some tensors that may bypass storages, nowhere at their home."""
    held = [
        (part.name, tensor)
        for part in chip.storages
        for tensor in part.holds
        if chip.routes[tensor][0] != part.name
    ]
    drawn = draw(st.lists(st.sampled_from(held), min_size=1, max_size=MOST, unique=True))
    parts = {
        part.name: replace(
            part, may_bypass=tuple(tensor for tensor in part.holds if (part.name, tensor) in drawn)
        )
        for part in chip.storages
    }
    return replace(chip, components={**chip.components, **parts})


def subsets(chip: Architecture) -> Iterator[set[Pair]]:
    """Every set of pairs that the architecture leaves open."""
    pairs = [(part.name, tensor) for part in chip.storages for tensor in part.may_bypass]
    for number in range(len(pairs) + 1):
        yield from map(set, combinations(pairs, number))


def pairs(bypassed: Mapping[str, tuple[str, ...]]) -> set[Pair]:
    """What bypasses, as pairs."""
    return {(name, tensor) for name, tensors in bypassed.items() for tensor in tensors}


def written(chip: Architecture, gone: set[Pair]) -> Architecture:
    """The architecture without these pairs, as one would write it, and with nothing left open."""
    return architecture(
        *(_without(part, gone) for part in chip.components.values()),
        operands=chip.operands,
        charge_by=chip.charge_by,
        dataflow=chip.dataflow,
    )


def _without(part: Component, gone: set[Pair]) -> Component:
    if not isinstance(part, Storage):
        return part
    shrunk = []
    for each in part.compartments:
        left = tuple(tensor for tensor in each.tensors if (part.name, tensor) not in gone)
        if left:
            shrunk.append(Compartment(tensors=left, capacity_words=each.capacity_words))
    return replace(part, compartments=tuple(shrunk), may_bypass=())
