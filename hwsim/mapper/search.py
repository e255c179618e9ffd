"""An architecture and a layer to the nest of least energy in the declared space, by exhaustion.

For each loop order, each group of dimensions has a table of its tilings (`Table`): factors of the
energy, of the words that each storage must hold, and of the instances that each axis must have.
Tables are pruned by what the other groups cost at least, joined pairwise, and the last two are
multiplied out in blocks. Nothing is dropped that could be better than the best mapping found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

import numpy as np

from hwsim.accesses.turnover import Step
from hwsim.accesses.walk import Walk
from hwsim.architecture.architecture import Architecture
from hwsim.mapper.diagnose import reasons
from hwsim.mapper.errors import NoMapping
from hwsim.mapper.orders import allowed, orders
from hwsim.mapper.room import Room, footprints, instances, room
from hwsim.mapper.table import Table, cheapest
from hwsim.mapper.terms import Group, factors, weights
from hwsim.mapper.tilings import tilings
from hwsim.mapping.nest import Nest, nest
from hwsim.workload.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The incumbent: its energy, the order of its loops and the tiling of each group."""

    energy: float
    steps: tuple[Step, ...]
    tiling: Mapping[Group, int]


def best_nest(architecture: Architecture, layer: Layer) -> Nest:
    """The nest of least energy that fits; raises `NoMapping` with reasons when none does."""
    worth = weights(architecture, layer)
    limits = room(architecture, layer)
    walks = {group: _walks(architecture, layer, group, limits) for group in groups_of(layer)}
    best: Best | None = None
    for steps in orders(architecture, layer):
        factor, weight = factors(architecture, layer, steps, walks, worth)
        tables = [
            Table(
                picks={group: np.arange(len(factor[group]))},
                factors=factor[group],
                words=footprints(architecture, layer, steps, walks[group]),
                used=instances(architecture, steps, walks[group]),
            )
            for group in walks
        ]
        below = best.energy if best else inf
        found = cheapest(tables, weight, limits, below - worth.constant)
        if found:
            best = Best(energy=found[0] + worth.constant, steps=steps, tiling=found[1])
    if best is None:
        raise NoMapping(layer.name, reasons(architecture, layer))
    return _nest(architecture, best, walks)


def groups_of(layer: Layer) -> tuple[Group, ...]:
    """The dimensions of the layer, those that share a rank of some tensor together."""
    groups = [{name} for name in layer.bounds]
    for rank in (rank for ranks in layer.tensors.values() for rank in ranks):
        together = [group for group in groups if group & set(rank.dimensions)]
        groups = [group for group in groups if group not in together] + [set().union(*together)]
    return tuple(tuple(name for name in layer.bounds if name in group) for group in groups)


def _walks(
    architecture: Architecture, layer: Layer, group: Group, limits: Room
) -> dict[str, Walk]:
    """All combinations of the tilings of the group's dimensions, one a row."""
    each = []
    for name in group:
        places = [
            at
            for at, place in enumerate(architecture.places)
            if name in allowed(architecture, layer, place)
        ]
        sizes = [architecture.places[at].size or layer.bounds[name] for at in places]
        each.append(tilings(layer.bounds[name], sizes, limits.largest(name, layer.bounds[name], places)))
    rows = np.indices([len(tiling) for tiling in each]).reshape(len(group), -1)
    return {
        name: Walk(bound=layer.bounds[name], tiles=tiling[row])
        for name, tiling, row in zip(group, each, rows, strict=True)
    }


def _nest(
    architecture: Architecture, best: Best, walks: Mapping[Group, Mapping[str, Walk]]
) -> Nest:
    rows = {
        name: iter(walk.tiles[best.tiling[group]].tolist())
        for group, of_group in walks.items()
        for name, walk in of_group.items()
    }
    names = tuple(place.name for place in architecture.places)
    chosen: dict[str, dict[str, int]] = {name: {} for name in names}
    for step in best.steps:
        chosen[names[step.place]][step.dimension] = next(rows[step.dimension])
    return nest(names, chosen)
