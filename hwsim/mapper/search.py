"""An architecture and a layer to the best nest in the declared space, by exhaustion.

What may bypass storages is chosen first; each choice is an architecture, with a space of its own.
For each loop order, each group of dimensions has a table of its tilings: factors of what a mapping
costs, of the words that each storage must hold, and of the instances that each axis must have.
The tables are joined to the best choice of one row of each; nothing is dropped that could be better
than the best mapping found. Only of a space too large for that a part is searched, and the result
is not called proven.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import product
from math import inf, prod

import numpy as np

from hwsim.accesses import count
from hwsim.accesses.order import Step
from hwsim.accesses.traffic import traffic
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.bypass import Bypassed, bypassing, choices
from hwsim.cost.time import cycles
from hwsim.mapper.certificate import Certificate
from hwsim.mapper.diagnose import unmapped
from hwsim.mapper.join import cheapest, descend, first_try
from hwsim.mapper.merging import merging
from hwsim.mapper.objective import Goal, compulsory, energy_within, goal
from hwsim.mapper.options import Options
from hwsim.mapper.orders import orders
from hwsim.mapper.room import Room, room
from hwsim.mapper.rows import Rows, rows_of
from hwsim.mapper.table import Choice, Table, Tally, Task, ascending, least, tables
from hwsim.mapper.terms import Columns, Group, columns
from hwsim.mapper.tilings import Tilings, all_tilings, few_tilings, numbers_of_tilings
from hwsim.mapping.nest import Nest, nest, renamed
from hwsim.vocabulary import Objective, Tiles
from hwsim.workload.layer import Layer
from hwsim.workload.merge import canonical, labels

#: Of a space that is searched whole: the tilings of a group of dimensions, and the combinations of
#: those of all groups but the largest. Beyond, a search could take minutes, and all memory.
MOST_ROWS = 10**6
MOST_PAIRS = 10**8
#: Orders of loops that are followed up in a larger space.
PROMISING = 8
DEFAULT = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An order of loops, the tilings of each group that have these loops, and their columns."""

    steps: tuple[Step, ...]
    rows: Mapping[Group, Rows]
    columns: Columns

    def __len__(self) -> int:
        return prod(map(len, self.rows.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A nest that fits, and what is known of it."""

    nest: Nest
    certificate: Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """All that is searched: the tilings of every dimension, and how much there is of everything.

    It is `whole` unless it is only a part of the declared one, and `searchable` unless even that
    has too many combinations to look at them all. When `limit` candidates are priced the search may
    end. The architecture is that without the tensors that are `bypassed`.
    """

    architecture: Architecture
    bypassed: Bypassed
    layer: Layer
    tilings: Mapping[str, Tilings]
    room: Room
    whole: bool
    searchable: bool
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best choice, and its space and case if it was found here; the least that anything else
    can be, the number of nests, and what became of them.
    """

    space: Space | None
    case: Case | None
    choice: Choice
    bound: float
    nests: int
    tally: Tally

    @property
    def nest(self) -> Nest | None:
        """The nest that was chosen, if any fits."""
        if self.space is None or self.case is None:
            return None
        return _nest(self.space, self.case, self.choice.picks)


def best_nest(architecture: Architecture, layer: Layer, options: Options = DEFAULT) -> Nest:
    """The nest that `mapped` finds."""
    return mapped(architecture, layer, options).nest


def mapped(architecture: Architecture, layer: Layer, options: Options = DEFAULT) -> Mapped:
    """The best nest of a run of the layer that fits; raises `NoMapping` with reasons when none
    does.

    It is a nest of the layer as it is when merged, so equal computations have equal ones.

    Of equal cycles the nest of least energy is the best, of equal energies that of fewest steps.
    When the limit of candidates is reached the search ends at the next loop order, and of a space
    that is too large only a part is searched: the best found is then not proven.
    """
    own, layer = layer, canonical(layer.once)
    aim = partial(goal, objective=options.objective)
    for dataflow in architecture.dataflow.relaxed:
        architecture = replace(architecture, dataflow=dataflow)
        found = _best(architecture, layer, options, aim)
        chosen = found.nest
        if chosen:
            break
    if chosen is None:
        raise unmapped(architecture, own)
    if options.objective is Objective.cycles:
        within = partial(energy_within, most_cycles=found.choice.value)
        chosen = _best(architecture, layer, options, within).nest or chosen
    certificate = _certificate(found, options)
    if options.objective is Objective.cycles and not certificate.proven:
        certificate = replace(certificate, value=_cycles(architecture, layer, chosen))
    return Mapped(nest=renamed(chosen, labels(own)), certificate=certificate)


def _cycles(architecture: Architecture, layer: Layer, nest: Nest) -> int:
    """The cycles of a nest, which the search for less energy may have lowered."""
    counts = count(architecture, layer, nest)
    return max(cycles(architecture, counts, traffic(architecture, counts), layer).values())


def _certificate(found: Found, options: Options) -> Certificate:
    tally = found.tally
    seen = tally.priced + tally.without_room + tally.above_bound + tally.dominated
    return Certificate(
        objective=options.objective,
        tiles=options.tiles,
        value=found.choice.value,
        lower_bound=min(found.bound, found.choice.value),
        nests=found.nests,
        seeds=tally.seeds,
        priced=tally.priced,
        without_room=tally.without_room,
        above_bound=tally.above_bound,
        dominated=tally.dominated,
        unseen=found.nests - seen,
    )


def _best(
    architecture: Architecture,
    layer: Layer,
    options: Options,
    goal_of: Callable[[Architecture, Layer], Goal],
) -> Found:
    """The best of all choices of what bypasses, and of the parts that merged dimensions have in the
    orders of loops, with the offset of its goal.

    Each is cut by the best of those before it.
    """
    best = Found(space=None, case=None, choice=Choice(), bound=inf, nests=0, tally=Tally())
    for declared, bypassed in product(merging(architecture, layer), choices(architecture)):
        space = _space(declared, bypassed, layer, options)
        aim = goal_of(space.architecture, layer)
        search = _least if space.searchable else _descended
        start = replace(best.choice, value=best.choice.value - aim.offset)
        found = search(space, aim, start, best.tally)
        better = replace(found.choice, value=found.choice.value + aim.offset)
        best = replace(
            found if found.case else best,
            choice=better if found.case else best.choice,
            bound=min(best.bound, found.bound + aim.offset),
            nests=best.nests + found.nests,
        )
    return best


def _space(architecture: Architecture, bypassed: Bypassed, layer: Layer, options: Options) -> Space:
    """The declared space; of one that is too large to search it whole, a part."""
    architecture = bypassing(architecture, bypassed)
    limits = room(architecture, layer)
    spaces = [
        tiles
        for tiles in (options.tiles, Tiles.balanced)
        if _searchable(layer, numbers_of_tilings(architecture, layer, limits, tiles))
    ]
    if spaces:
        tilings = all_tilings(architecture, layer, limits, spaces[0])
    else:
        tilings = few_tilings(architecture, layer, limits)
    return Space(
        architecture=architecture,
        bypassed=bypassed,
        layer=layer,
        tilings=tilings,
        room=limits,
        whole=options.tiles in spaces,
        searchable=bool(spaces),
        limit=options.limit,
    )


def _searchable(layer: Layer, tilings: Mapping[str, int]) -> bool:
    """Whether so many tilings of each dimension can be looked at in all combinations."""
    rows = sorted(prod(tilings[name] for name in group) for group in groups_of(layer))
    return rows[-1] <= MOST_ROWS and prod(rows[:-1]) <= MOST_PAIRS


def _least(space: Space, goal: Goal, best: Choice, tally: Tally) -> Found:
    """The best choice of all, or of those seen before the limit, if it is better than `best`.

    Small cases come first: they are quick, and what is found in them cuts the large ones.
    """
    of = None
    bound = inf if space.whole else -inf
    cases = list(_cases(space, goal))
    tasks = [_task(space, goal, case, tally) for case in cases]
    lowest = [
        least(list(case.rows.values()), case.columns, task)
        for case, task in zip(cases, tasks, strict=True)
    ]
    for at in sorted(range(len(cases)), key=lambda at: len(cases[at])):
        case, task = cases[at], tasks[at]
        if lowest[at] > task.ceiling(best):
            tally.above_bound += len(case)
        elif best.picks and space.limit is not None and tally.priced >= space.limit:
            bound = min(bound, lowest[at])
        else:
            found = cheapest(_tables(space, case), case.columns.weights, task, best)
            best, of = found, of if found is best else case
    bound = max(bound, compulsory(space.architecture, space.layer, goal))
    nests = sum(map(len, cases))
    return Found(space=space, case=of, choice=best, bound=bound, nests=nests, tally=tally)


def _descended(space: Space, goal: Goal, best: Choice, before: Tally) -> Found:
    """The best choice found from the best first tries, bettering two groups at a time, if it is
    better than `best`.
    """
    tried = []
    tally = Tally()
    for case in _cases(space, goal):
        task = _task(space, goal, case, tally)
        tried.append((case, task, first_try(_tables(space, case), case.columns.weights, task)))
    promising = ascending(np.array([choice.value for _, _, choice in tried]))[:PROMISING]
    of = None
    for at in promising.tolist():
        case, task, start = tried[at]
        if start.picks:
            found = descend(_tables(space, case), case.columns.weights, task, start)
            best, of = (found, case) if task.better(found, best) else (best, of)
    bound = compulsory(space.architecture, space.layer, goal)
    before.priced += tally.priced
    return Found(space=space, case=of, choice=best, bound=bound, nests=tally.priced, tally=before)


def _task(space: Space, goal: Goal, case: Case, tally: Tally) -> Task:
    return Task(room=space.room, goal=goal, starts=case.columns.starts, tally=tally)


def _tables(space: Space, case: Case) -> list[Table]:
    compute = space.architecture.compute.name
    return tables(case.rows, case.columns, space.architecture.position(compute))


def _cases(space: Space, goal: Goal) -> Iterator[Case]:
    """Every loop order to price, with the tilings whose other loops take one step."""
    architecture, layer = space.architecture, space.layer
    groups = groups_of(layer)
    rows_of_tilings = cache(partial(rows_of, architecture, layer))
    for steps in orders(architecture, layer, space.tilings):
        places = {
            name: tuple(step.place for step in steps if step.dimension == name)
            for name in layer.bounds
        }
        chosen = {name: space.tilings[name].only_at(at) for name, at in places.items()}
        if not all(map(len, chosen.values())):
            continue
        rows = {group: rows_of_tilings(tuple(chosen[name] for name in group)) for group in groups}
        made = columns(architecture, layer, goal.measures, steps, rows)
        yield Case(steps=steps, rows=rows, columns=made)


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


def _nest(space: Space, case: Case, tiling: Mapping[Group, int]) -> Nest:
    tiles = {
        name: iter(walk.tiles[tiling[group]].tolist())
        for group, rows in case.rows.items()
        for name, walk in rows.walks.items()
    }
    names = tuple(place.name for place in space.architecture.places)
    chosen: dict[str, dict[str, int]] = {name: {} for name in names}
    for step in case.steps:
        chosen[names[step.place]][step.dimension] = next(tiles[step.dimension])
    return nest(names, chosen, space.bypassed)
