"""An architecture and a layer to the nest of least energy in the declared space, by exhaustion.

For each loop order, each group of dimensions has a table of its tilings (`Table`): factors of the
energy, of the words that each storage must hold, and of the instances that each axis must have.
Tables are pruned by what the other groups cost at least, joined pairwise, and the last two are
multiplied out in blocks. Nothing is dropped that could be better than the best mapping found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from math import inf

import numpy as np

from hwsim.accesses.turnover import Step
from hwsim.accesses.walk import Slot, Walk
from hwsim.architecture.architecture import Architecture
from hwsim.mapper.diagnose import reasons
from hwsim.mapper.errors import NoMapping
from hwsim.mapper.orders import orders
from hwsim.mapper.room import Room, footprints, instances, room
from hwsim.mapper.table import Choice, Table, ascending, cheapest, descend, first_try, least
from hwsim.mapper.terms import Column, Floats, Group, columns, weights
from hwsim.mapper.tilings import (
    Part,
    Sizes,
    balanced,
    loops_of,
    number_of_tilings,
    parts,
    sparse,
)
from hwsim.mapping.nest import Nest, nest
from hwsim.workload.layer import Layer

#: Nests of a space that is searched whole; beyond, a search could take minutes.
PROVABLE = 10**12
#: Orders of loops that are followed up in a larger space.
PROMISING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An order of loops, the tilings of each group that have these loops, and their tables."""

    steps: tuple[Step, ...]
    walks: Mapping[Group, Mapping[str, Walk]]
    tables: list[Table]
    weight: Floats

    @property
    def bound(self) -> float:
        """The least that any of the case's mappings can cost, fit or not."""
        return least(self.tables, self.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A nest that fits; `proven` says whether no nest of the declared space needs less energy."""

    nest: Nest
    proven: bool


def best_nest(architecture: Architecture, layer: Layer) -> Mapped:
    """The nest of least energy that fits; raises `NoMapping` with reasons when none does.

    Of a space of more than `PROVABLE` nests only a part is searched, and the best found returned.
    """
    limits = room(architecture, layer)
    proven = _size(architecture, layer, limits) <= PROVABLE
    cases = list(_cases(architecture, layer, limits, balanced if proven else sparse))
    choose = _least if proven else _descended
    case, best = choose(cases, limits)
    if case is None:
        raise NoMapping(layer.name, reasons(architecture, layer))
    return Mapped(nest=_nest(architecture, case, best.picks), proven=proven)


def _size(architecture: Architecture, layer: Layer, limits: Room) -> int:
    """The number of nests of the declared space, those that do not fit included."""
    places = {name: loops_of(architecture, layer, name, limits)[0] for name in layer.bounds}
    ways = sum(1 for _ in orders(architecture, layer, places))
    return ways * number_of_tilings(architecture, layer, limits)


def _least(cases: list[Case], limits: Room) -> tuple[Case | None, Choice]:
    """The best choice of all, and its case."""
    best, of = Choice(energy=inf, steps=inf, picks={}), None
    for at in ascending(np.array([case.bound for case in cases])).tolist():
        case = cases[at]
        if case.bound <= best.ceiling:
            found = cheapest(case.tables, case.weight, limits, best)
            best, of = found, of if found is best else case
    return of, best


def _descended(cases: list[Case], limits: Room) -> tuple[Case | None, Choice]:
    """The best choice that is found from the best first tries, two groups of dimensions at a time."""
    tried = [(case, first_try(case.tables, case.weight, limits)) for case in cases]
    promising = ascending(np.array([choice.energy for _, choice in tried]))[:PROMISING]
    best, of = Choice(energy=inf, steps=inf, picks={}), None
    for at in promising.tolist():
        case, start = tried[at]
        found = descend(case.tables, case.weight, limits, start) if start.picks else start
        best, of = (found, case) if found.beats(best) else (best, of)
    return of, best


def _cases(architecture: Architecture, layer: Layer, limits: Room, sizes: Sizes) -> Iterator[Case]:
    """Every choice of the places of each dimension's loops, and every order of them to try."""
    worth = weights(architecture, layer)
    groups = groups_of(layer)
    rows = cache(partial(_rows, architecture, layer))
    for choice in product(*parts(architecture, layer, limits, sizes).values()):
        chosen = {part.dimension: part for part in choice}
        tilings = {group: rows(tuple(chosen[name] for name in group)) for group in groups}
        walks = {group: of_group.walks for group, of_group in tilings.items()}
        pure = frozenset(name for name, part in chosen.items() if part.pure)
        places = {name: part.places for name, part in chosen.items()}
        for steps in orders(architecture, layer, places):
            made = columns(architecture, layer, steps, walks, worth, pure)
            yield Case(
                steps=steps,
                walks=walks,
                tables=[of_group.table(group, made) for group, of_group in tilings.items()],
                weight=np.array([column.weight for column in made]),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All combinations of the tilings of a group's dimensions, one a row, and what they need."""

    walks: Mapping[str, Walk]
    words: Floats
    used: Floats
    steps: Floats

    def table(self, group: Group, made: list[Column]) -> Table:
        """The rows with their factors of the energy."""
        factors = np.array([column.factors[group] for column in made], dtype=np.float64).T
        return Table(
            picks={group: np.arange(len(factors))},
            factors=factors,
            words=self.words,
            used=self.used,
            steps=self.steps,
        )


def _rows(architecture: Architecture, layer: Layer, group: tuple[Part, ...]) -> Rows:
    index = np.indices([len(part.walk.tiles) for part in group]).reshape(len(group), -1)
    walks = {
        part.dimension: Walk(bound=part.walk.bound, tiles=part.walk.tiles[row])
        for part, row in zip(group, index, strict=True)
    }
    places = {part.dimension: part.places for part in group}
    return Rows(
        walks=walks,
        words=footprints(architecture, layer, places, walks),
        used=instances(architecture, places, walks),
        steps=_steps(architecture, places, walks),
    )


def _steps(
    architecture: Architecture, places: Mapping[str, tuple[int, ...]], walks: Mapping[str, Walk]
) -> Floats:
    """The group's factor of the steps in time, by row."""
    steps = np.ones(len(next(iter(walks.values())).tiles))
    for name, walk in walks.items():
        spatial = [architecture.places[at].spatial for at in places[name]]
        slots = [Slot.FIRST if in_space else Slot.TIME for in_space in spatial]
        steps = steps * walk.shown(slots, len(slots)).active
    return steps


def groups_of(layer: Layer) -> tuple[Group, ...]:
    """The dimensions of the layer, those that share a rank of some tensor together.

    Groups without a loop have no part in the energy; no more of them are left than make two groups.
    """
    groups = [{name} for name in layer.bounds]
    for rank in (rank for ranks in layer.tensors.values() for rank in ranks):
        together = [group for group in groups if group & set(rank.dimensions)]
        groups = [group for group in groups if group not in together] + [set().union(*together)]
    ordered = [tuple(name for name in layer.bounds if name in group) for group in groups]
    still = [group for group in ordered if all(layer.bounds[name] == 1 for name in group)]
    moving = [group for group in ordered if group not in still]
    return (*moving, *still)[: max(2, len(moving))]


def _nest(architecture: Architecture, case: Case, tiling: Mapping[Group, int]) -> Nest:
    rows = {
        name: iter(walk.tiles[tiling[group]].tolist())
        for group, walks in case.walks.items()
        for name, walk in walks.items()
    }
    names = tuple(place.name for place in architecture.places)
    chosen: dict[str, dict[str, int]] = {name: {} for name in names}
    for step in case.steps:
        chosen[names[step.place]][step.dimension] = next(rows[step.dimension])
    return nest(names, chosen)
