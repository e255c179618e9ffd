"""An architecture and a layer to the nest of least energy in the declared space, by exhaustion.

For each loop order, each group of dimensions has a table of its tilings (`Table`): factors of the
energy, of the words that each storage must hold, and of the instances that each axis must have.
Tables are pruned by what the other groups cost at least, joined pairwise, and the last two are
multiplied out in blocks. Nothing is dropped that could be better than the best mapping found.
Only of a space too large for that a part is searched, and the result is not called proven.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from math import inf, prod

import numpy as np

from hwsim.accesses.order import Step
from hwsim.architecture.architecture import Architecture
from hwsim.mapper.diagnose import reasons
from hwsim.mapper.errors import NoMapping
from hwsim.mapper.orders import orders
from hwsim.mapper.room import Floats, Room, room
from hwsim.mapper.rows import Rows, rows_of
from hwsim.mapper.table import Choice, Table, ascending, cheapest, descend, first_try, least, table
from hwsim.mapper.terms import Group, Weights, columns, weights
from hwsim.mapper.tilings import Parts, all_parts, few_parts, loops_of, number_of_tilings
from hwsim.mapping.nest import Nest, nest
from hwsim.workload.layer import Layer

#: Nests, and cases, of a space that is searched whole; beyond, a search could take minutes.
MOST_NESTS = 10**12
MOST_CASES = 5000
#: Orders of loops that are followed up in a larger space.
PROMISING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An order of loops, and the tilings of each group that have these loops.

    `tables` makes their tables, with the weights of the columns; there are too many to keep.
    `bound` is the least that any of these nests can cost, fit or not.
    """

    steps: tuple[Step, ...]
    rows: Mapping[Group, Rows]
    tables: Callable[[], tuple[list[Table], Floats]]
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A nest that fits; `proven` says whether no nest of the declared space needs less energy."""

    nest: Nest
    proven: bool


def best_nest(architecture: Architecture, layer: Layer) -> Nest:
    """The nest that `mapped` finds."""
    return mapped(architecture, layer).nest


def mapped(architecture: Architecture, layer: Layer) -> Mapped:
    """The nest of least energy that fits; raises `NoMapping` with reasons when none does.

    Of a space that is too large only a part is searched, and the best found returned.
    """
    limits = room(architecture, layer)
    parts = _parts_to_prove(architecture, layer, limits)
    choose = _least if parts else _descended
    parts = parts or few_parts(architecture, layer, limits)
    case, best = choose(list(_cases(architecture, layer, parts)), limits)
    if case is None:
        raise NoMapping(layer.name, reasons(architecture, layer))
    return Mapped(nest=_nest(architecture, case, best.picks), proven=choose is _least)


def _parts_to_prove(architecture: Architecture, layer: Layer, limits: Room) -> Parts | None:
    """All parts of the declared space, unless it is too large to search it whole."""
    places = {name: loops_of(architecture, layer, name, limits)[0] for name in layer.bounds}
    ways = sum(1 for _ in orders(architecture, layer, places))
    if ways * number_of_tilings(architecture, layer, limits) > MOST_NESTS:
        return None
    parts = all_parts(architecture, layer, limits)
    return parts if ways * prod(map(len, parts.values())) <= MOST_CASES else None


def _least(cases: list[Case], limits: Room) -> tuple[Case | None, Choice]:
    """The best choice of all, and its case."""
    best, of = Choice(energy=inf, steps=inf, picks={}), None
    for at in ascending(np.array([case.bound for case in cases])).tolist():
        case = cases[at]
        if case.bound <= best.ceiling:
            tables, weight = case.tables()
            found = cheapest(tables, weight, limits, best)
            best, of = found, of if found is best else case
    return of, best


def _descended(cases: list[Case], limits: Room) -> tuple[Case | None, Choice]:
    """The best choice found from the best first tries, bettering two groups at a time."""
    tried = [(case, first_try(*case.tables(), limits)) for case in cases]
    promising = ascending(np.array([choice.energy for _, choice in tried]))[:PROMISING]
    best, of = Choice(energy=inf, steps=inf, picks={}), None
    for at in promising.tolist():
        case, start = tried[at]
        tables, weight = case.tables()
        found = descend(tables, weight, limits, start) if start.picks else start
        best, of = (found, case) if found.beats(best) else (best, of)
    return of, best


def _cases(architecture: Architecture, layer: Layer, parts: Parts) -> Iterator[Case]:
    """Every choice of the places of each dimension's loops, and every order of them to try."""
    worth = weights(architecture, layer)
    groups = groups_of(layer)
    rows_of_parts = cache(partial(rows_of, architecture, layer))
    for choice in product(*parts.values()):
        chosen = {part.dimension: part for part in choice}
        rows = {group: rows_of_parts(tuple(chosen[name] for name in group)) for group in groups}
        pure = frozenset(name for name, part in chosen.items() if part.pure)
        places = {name: part.places for name, part in chosen.items()}
        for steps in orders(architecture, layer, places):
            make = partial(_tables, architecture, layer, steps, rows, worth, pure)
            yield Case(steps=steps, rows=rows, tables=make, bound=least(*make()))


def _tables(
    architecture: Architecture,
    layer: Layer,
    steps: tuple[Step, ...],
    rows: Mapping[Group, Rows],
    worth: Weights,
    pure: frozenset[str],
) -> tuple[list[Table], Floats]:
    made = columns(architecture, layer, steps, rows, worth, pure)
    weight = np.array([column.weight for column in made])
    return [table(group, of_group, made) for group, of_group in rows.items()], weight


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
    tiles = {
        name: iter(walk.tiles[tiling[group]].tolist())
        for group, rows in case.rows.items()
        for name, walk in rows.walks.items()
    }
    names = tuple(place.name for place in architecture.places)
    chosen: dict[str, dict[str, int]] = {name: {} for name in names}
    for step in case.steps:
        chosen[names[step.place]][step.dimension] = next(tiles[step.dimension])
    return nest(names, chosen)
