"""An architecture and a layer to the best nest in the declared space, by exhaustion.

What may bypass storages is chosen first; each choice is an architecture, with a space of its own.
For each loop order, each group of dimensions has a table of its tilings: factors of what a mapping
costs, of the words that each storage must hold, and of the instances that each axis must have.
The tables are joined to the best choice of one row of each; nothing is dropped that could be better
than the best mapping found. In a space of many orders, or one that is too large, a good mapping is
looked for first (`hwsim/mapper/near.py`). When time is up, or all is priced that was asked for, the
best so far is the result, and it is not called proven.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice, product
from math import inf, prod
from time import monotonic

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.bypass import bypassing, choices, open_bypasses
from hwsim.cost import value
from hwsim.mapper.certificate import Certificate, Mapped
from hwsim.mapper.diagnose import unmapped
from hwsim.mapper.errors import Interrupted, NoMapping, OutOfReach, not_found
from hwsim.mapper.join import cheapest, outlook
from hwsim.mapper.kept import SUM_ROUNDING
from hwsim.mapper.measures import energy
from hwsim.mapper.merging import merging
from hwsim.mapper.near import Better, Near
from hwsim.mapper.objective import Aim, compulsory, goal, goal_within
from hwsim.mapper.options import NO_LIMITS, Options
from hwsim.mapper.path import shortest_path
from hwsim.mapper.room import room
from hwsim.mapper.space import Case, Frame, Space, all_declared, space_of
from hwsim.mapper.table import Criteria, Pick, least
from hwsim.mapper.tally import Tally
from hwsim.mapper.watch import Tell, TimeUp, Watch
from hwsim.mapping.nest import Nest, renamed
from hwsim.priced import priced
from hwsim.vocabulary import Objective, Tiles
from hwsim.workload.layer import Layer
from hwsim.workload.merge import canonical

#: The tilings of a group of dimensions in a space that is searched whole, and those that are looked
#: at together without axes (see `Space.pieces`): their factors take some 100 MB.
MOST_ROWS = 10**6
PIECE = 1 << 18
#: Orders of loops that are bounded before the first of them is searched, smallest tables first. In
#: a space of more orders a good mapping is looked for before.
TOGETHER = 256
#: Orders up to which kinds are not told apart (`hwsim/mapper/kinds.py`), the combinations of
#: tilings of an order from which on they are, and by how many powers of two fewer a part may have.
FEW_ORDERS = 96  # with 66, as on Eyeriss, telling them apart takes longer; with 128 it pays
MANY = 1 << 24
FEWER = 4
#: The share of the time that choices of what bypasses may take until something is found.
FIRST_SHARE = 3
#: Choices of what bypasses that are bounded though no more candidates are to be priced, and those
#: though time is up.
MOST_CHOICES = 1 << 10
MOST_LATE = 1 << 6
DEFAULT = Options()


def best_nest(architecture: Architecture, layer: Layer, options: Options = DEFAULT) -> Nest:
    """The nest that `mapped` finds."""
    return mapped(architecture, layer, options).nest


def mapped(
    architecture: Architecture,
    layer: Layer,
    options: Options = DEFAULT,
    *,
    clock: Callable[[], float] = monotonic,
    tell: Tell | None = None,
) -> Mapped:
    """The best nest of a run of the layer that fits; raises `NoMapping` with reasons when none
    does.

    Where rows are charged whole, the search charges them by the words that are used of them: what
    it finds need not be the best, and what it bounds is still below all others.

    It is a nest of the layer as it is when merged, so equal computations have equal ones.

    Of equal cycles the nest of least energy is the best, of equal energies that of fewest steps.
    When the time is up by the clock, or the limit of candidates is reached, the search ends: the
    best found is then not proven, nor if the space is too large to be searched. Ctrl-C ends it,
    too: `Interrupted` has the best found, if there is any. `tell` is told of the progress.
    """
    ends = inf if options.seconds is None else clock() + options.seconds
    watch = Watch(clock=clock, ends=ends, limit=options.limit, tell=tell)
    own, (layer, called) = layer, canonical(layer.once)
    architecture, search = _searched(architecture, layer, options, watch)
    chosen = search.nest
    if chosen is None:
        if watch.interrupted:
            raise KeyboardInterrupt
        raise _without(architecture, own, search)
    certificate = search.certificate
    if not options.objective.energy_power:
        within = replace(options.within, cycles=int(search.best.value))
        least = partial(goal_within, objective=Objective.energy, within=within)
        second = Search(layer=layer, options=options, watch=watch, goal_of=least)
        second.run(architecture, chosen)
        chosen = second.nest or chosen
    if not certificate.proven or architecture.in_rows:
        # The search for less energy may have lowered the cycles, loops of one step are priced too
        # high along dimensions (`near.py`), and rows by the words that are used of them.
        cost = priced(architecture, layer, chosen).cost
        if not options.within.met(cost.energy, cost.cycles):  # as rows that are moved whole may be
            raise not_found(own.name)
        worth = float(value(cost, options.objective))
        if not certificate.proven or worth > certificate.value * (1 + SUM_ROUNDING):
            certificate = replace(certificate, value=worth)
    late = options.seconds if watch.late else None
    found = Mapped(nest=renamed(chosen, called), certificate=certificate, seconds=late)
    if watch.interrupted:
        raise Interrupted(found)
    return found


def _searched(
    architecture: Architecture, layer: Layer, options: Options, watch: Watch
) -> tuple[Architecture, "Search"]:
    """The search in the first space that has a mapping, or may have one, of those that the dataflow
    gives to layers that need more and more; and the architecture with that dataflow.
    """
    for dataflow in architecture.dataflow.relaxed:
        architecture = replace(architecture, dataflow=dataflow)
        search = Search(
            layer=layer,
            options=options,
            watch=watch,
            goal_of=partial(goal_within, objective=options.objective, within=options.within),
        )
        search.run(architecture)
        if search.nest or search.bound < inf or _fits(architecture, layer, options, watch):
            break
    return architecture, search


def _fits(architecture: Architecture, layer: Layer, options: Options, watch: Watch) -> bool:
    """Whether the space may have mappings beyond the limits, as it has none within: what a layer
    may use if it needs it depends on no limit.
    """
    if options.within == NO_LIMITS:
        return False
    first = Watch(clock=watch.clock, ends=watch.ends, limit=1)
    energy = partial(goal, objective=Objective.energy)
    search = Search(layer=layer, options=options, watch=first, goal_of=energy)
    search.run(architecture)
    return search.nest is not None or search.bound < inf


def _without(architecture: Architecture, layer: Layer, search: "Search") -> NoMapping:
    """Why no mapping fits, why none is within the limits, or why none was found."""
    if search.bound < inf:
        return not_found(layer.name)
    if _fits(architecture, layer, search.options, search.watch):
        return OutOfReach({layer.name: ("no mapping is within the limits",)})
    return unmapped(architecture, layer)


@dataclass(slots=True, kw_only=True)
class Best:
    """The best choice so far, and the case that it is of."""

    choice: Pick = field(default_factory=Pick)
    case: Case | None = None

    @property
    def nest(self) -> Nest | None:
        """The nest that was chosen, if any fits."""
        return self.case.nest(self.choice.picks) if self.case else None


@dataclass(slots=True, kw_only=True)
class Search:
    """A search for the nest of the best value, whatever bypasses.

    No nest is below the `bound`; `nests` are those of the space, as far as it was looked through.
    So many orders are looked at `together`, and so many tilings of a group are a `piece`. In a
    space of more than a `few_orders`, kinds are told apart in orders of so `many` tilings.
    """

    layer: Layer
    options: Options
    watch: Watch
    goal_of: Callable[[Architecture, Layer], Aim]
    best: Pick = field(default_factory=Pick)
    nest: Nest | None = None
    bound: float = inf
    nests: int = 0
    together: int = TOGETHER
    piece: int = PIECE
    few_orders: int = FEW_ORDERS
    many: int = MANY

    @property
    def certificate(self) -> Certificate:
        """What is known of the best nest."""
        tally, apart = self.watch.tally, self.watch.apart
        return Certificate(
            objective=self.options.objective,
            tiles=self.options.tiles,
            value=self.best.value,
            lower_bound=min(self.bound, self.best.value),
            nests=self.nests,
            seeds=tally.seeds + apart.seeds + apart.priced,
            priced=tally.priced,
            without_room=tally.without_room,
            above_bound=tally.above_bound,
            dominated=tally.dominated,
            unseen=self.nests - tally.seen,
            within=self.options.within,
        )

    def run(self, architecture: Architecture, start: Nest | None = None) -> None:
        """Look at every choice of what bypasses, and of the parts that merged dimensions have in
        the orders of loops, each with an equal share of the time that is left, the first with more,
        and cut by the best of those before it.
        """
        spelt = list(merging(architecture, self.layer))
        left = len(spelt) * prod(2 ** len(may) for may in open_bypasses(architecture).values())
        for declared, bypassed in product(spelt, choices(architecture)):
            late = self.watch.over and (self.watch.interrupted or left > MOST_LATE)
            if late or (self.watch.limited and left > MOST_CHOICES):
                self.bound = 0
                return
            here = bypassing(declared, bypassed)
            frame = Frame(
                architecture=here, bypassed=bypassed, layer=self.layer, room=room(here, self.layer)
            )
            self._look(frame, left, start if start and start.bypassed == bypassed else None)
            left -= 1

    def _look(self, frame: Frame, left: int, start: Nest | None) -> None:
        """Search what one choice leaves open, with a share of the time that is left."""
        aim = self.goal_of(frame.architecture, self.layer)
        floor = compulsory(frame.architecture, self.layer, aim)
        if self.watch.over:
            self.bound = max(0, min(self.bound, floor + aim.offset))
            return
        share = left if self.nest else min(left, FIRST_SHARE)
        self.watch.take(share, aim.offset, min(self.bound, floor + aim.offset))
        best = Best(choice=replace(self.best, value=self.best.value - aim.offset))
        bound = floor
        try:
            bound = max(bound, self._found_in(frame, aim, start, best))
        except TimeUp:
            pass
        except KeyboardInterrupt:
            self.watch.interrupted = True
        self.bound = max(0, min(self.bound, bound + aim.offset))
        if best.nest:
            self.nest = best.nest
            self.best = replace(best.choice, value=best.choice.value + aim.offset)

    def _found_in(self, frame: Frame, aim: Aim, start: Nest | None, best: Best) -> float:
        """Better what is best by the space, or by what can be looked at of it; a value that nothing
        else in it is below.
        """
        declared = all_declared(frame, self.options.tiles)
        space = space_of(frame, declared, rows=MOST_ROWS)
        pieces = space.pieces(self.piece) if space else []
        if len(pieces) != 1 or pieces[0].number_of_orders > self.together:
            self.watch.divisors_help = self._divisors_help(frame)
            self._look_near(frame, aim, start, best)
            if not self.watch.goes_on():
                self.nests += declared.number(frame, MOST_ROWS)  # at least: of one order
                return -inf
        bounds = [self._exhaust(piece, aim, best, self.watch.tally) for piece in pieces]
        return min(bounds, default=-inf)

    def _look_near(self, frame: Frame, aim: Aim, start: Nest | None, best: Best) -> None:
        """Better what is best by a good mapping."""
        with suppress(TimeUp):
            gauge = energy(frame.architecture, self.layer)
            shortest = partial(shortest_path, gauge=gauge, watch=self.watch)
            tiles, better = self.options.tiles, self._better(aim, best)
            Near(frame=frame, tiles=tiles, better=better, shortest=shortest).run(start)

    def _better(self, aim: Aim, best: Best) -> Better:
        """What betters the best by parts of a space, each of which tells what it bettered."""
        near = Best()

        def better(space: Space) -> Nest | None:
            if not self.watch.goes_on():
                raise TimeUp
            before = near.case
            try:
                self._exhaust(space, aim, near, self.watch.apart)
            finally:
                if near.case and self._task(near.case, aim).better(near.choice, best.choice):
                    best.choice, best.case = near.choice, near.case
            return near.nest if near.case is not before else None

        return better

    def _exhaust(self, space: Space, aim: Aim, best: Best, tally: Tally) -> float:
        """Better what is best by all of a space; a value that nothing else in it is below.

        Of some orders at a time the small cases come first: they are quick, and what is found in
        them cuts the large ones.
        """
        bound = inf
        cases = space.cases(aim, self.watch, self.few_orders)
        while some := list(islice(cases, self.together)):
            if tally is self.watch.tally:
                self.nests += sum(map(len, some))
            if self.watch.cut and bound < inf:
                raise TimeUp
            tasks = [replace(self._task(case, aim), tally=tally) for case in some]
            lowest = [
                least(list(case.rows.values()), case.columns, task)
                for case, task in zip(some, tasks, strict=True)
            ]
            self._look_ahead(some, tasks, lowest, best)
            ranks = [
                (1, bound) if self._is_large(case) else (0, len(case))
                for case, bound in zip(some, lowest, strict=True)
            ]
            for at in sorted(range(len(some)), key=ranks.__getitem__):
                if lowest[at] > tasks[at].ceiling(best.choice):
                    tally.above_bound += len(some[at])
                    continue
                if self.watch.goes_on():
                    case = some[at]
                    found = cheapest(
                        case.tables(self._is_large(case)),
                        case.columns.weights,
                        tasks[at],
                        best.choice,
                    )
                    if found is not best.choice:
                        best.choice, best.case = found, case
                if self.watch.cut:
                    bound = min(bound, lowest[at])
        return bound

    def _look_ahead(
        self, cases: list[Case], tasks: list[Criteria], lowest: list[float], best: Best
    ) -> None:
        """Raise the bounds of large cases, and better what is best where they are lowest."""
        for at in sorted(range(len(cases)), key=lowest.__getitem__):
            case, task = cases[at], tasks[at]
            if (
                self._is_large(case)
                and lowest[at] <= task.ceiling(best.choice)
                and self.watch.goes_on()
            ):
                bound, found = outlook(
                    case.tables(self._is_large(case)), case.columns.weights, task, best.choice
                )
                lowest[at] = max(bound, lowest[at])
                if found is not best.choice:
                    best.choice, best.case = found, case

    def _is_large(self, case: Case) -> bool:
        """Whether it is one of many orders, and has many tilings itself."""
        return case.number_of_orders > self.few_orders and len(case) >= self.many

    def _task(self, case: Case, aim: Aim) -> Criteria:
        return Criteria(
            room=case.frame.room,
            goal=aim,
            starts=case.columns.starts,
            tally=self.watch.tally,
            watch=self.watch,
            duties=case.duties if self._is_large(case) else (),
            many=self.many >> FEWER,
        )

    def _divisors_help(self, frame: Frame) -> bool:
        """Whether tiles that divide would leave a tenth of the combinations of tilings at most."""
        if self.options.tiles is Tiles.divisors:
            return False
        here, there = (
            all_declared(frame, tiles).number(frame, MOST_ROWS)
            for tiles in (self.options.tiles, Tiles.divisors)
        )
        return 10 * there <= here
