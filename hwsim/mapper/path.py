"""A good mapping by a shortest path: tiles grow from the MAC outwards, place by place.

A point of the path is the tile of every dimension. A step is a loop, from the tile that it leaves
to the one that enters it. Which words a link moves is decided at the innermost loop in time outside
its child that moves another tile of its tensor: they come as often as there are tiles of the
dimensions that the tensor does not depend on. Up to that loop the link `waits`: what waits at a
point, and what everything inside costs at least, is all that matters further out.

That is an estimate: a window keeps nothing but for the loop that slides it, and a last tile counts
as whole. So the nest that is found has to be priced. In large spaces it is seldom far from the
best.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.order import keeps
from hwsim.accesses.walk import Integers
from hwsim.architecture.architecture import Link
from hwsim.mapper.grid import Grid, Inner
from hwsim.mapper.measures import Gauge
from hwsim.mapper.orders import Order, relevance, tried
from hwsim.mapper.places import keeps_inside
from hwsim.mapper.room import Floats
from hwsim.mapper.watch import TimeUp, Watch
from hwsim.mapping.nest import Nest, nest
from hwsim.vocabulary import OUTPUTS

#: States that are followed further along an axis.
STATES = 32


class Wait(NamedTuple):
    """Words of a tensor that are still to be charged, and the cost of each.

    Those `apart` are charged for each instance, those `together` for all below the parent at once.
    `keeps` tells whether a tile stays from one step to the next. Once a loop has moved it, `by`
    name, words together wait for the axes that lie between, or for a loop that brings them again.
    """

    tensor: str
    keeps: bool
    by: str
    apart: float
    together: float


Waiting = tuple[Wait, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How every point is come by: on one of the `ways` to the same point, by `which`; or, outside a
    loop of the dimension number `moved` at a `place`, on the way to the tile number `inner` of it.
    """

    ways: tuple["Way | None", ...]
    which: NDArray[np.int8] | None = None
    moved: int | None = None
    place: int = 0
    inner: Integers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What every point costs at least, and how it is come by."""

    cost: Floats
    way: Way | None = None


StateKey = TypeVar("StateKey", bound=Hashable)
States = dict[Waiting, Stop]


def shortest_path(grid: Grid, gauge: Gauge, watch: Watch) -> Nest | None:
    """The nest of the shortest path through the grid, as `gauge` measures it, if there is one.

    Raises `TimeUp` if it takes too long.
    """
    return Path(grid=grid, gauge=gauge, watch=watch).nest()


@dataclass(frozen=True, kw_only=True)
class Path:
    """A search for the shortest path through a grid, until time is up."""

    grid: Grid
    gauge: Gauge
    watch: Watch

    def nest(self) -> Nest | None:
        """The nest of the shortest path, if there is one."""
        places = self.grid.frame.architecture.places
        start = np.full(self.grid.shape, inf)
        start[(0,) * start.ndim] = 0
        states = self._entered({(): Stop(cost=start)}, len(places))
        for at in reversed(range(len(places))):
            states = self._across(states, at) if places[at].spatial else self._through(states, at)
            states = self._entered(states, at)
        ends = (self._charged(node, waiting) for waiting, node in states.items())
        best = min(ends, key=lambda node: float(node.cost.flat[-1]), default=None)
        return self._back(best) if best and best.cost.flat[-1] < inf else None

    def _back(self, node: Stop) -> Nest:
        """The nest of the way to the largest tiles, the outermost loop first."""
        frame, grid = self.grid.frame, self.grid
        names = tuple(place.name for place in frame.architecture.places)
        loops: dict[str, dict[str, int]] = {name: {} for name in names}
        point = [length - 1 for length in grid.shape]
        way = node.way
        while way:
            at = tuple(point)
            if way.moved is not None and way.inner is not None:
                inner = int(way.inner[at])
                if inner != point[way.moved]:
                    point[way.moved] = inner
                    tile = int(grid.tiles[way.moved][inner])
                    loops[names[way.place]][grid.names[way.moved]] = tile
            way = way.ways[0 if way.which is None else int(way.which[at])]
        return nest(names, loops, frame.bypassed)

    # --- Storages ----------------------------------------------------------------------------

    def _entered(self, states: States, at: int) -> States:
        """The states outside the storages at a place: what fits, with what waits at their links."""
        fits = self.grid.fits(at)
        made: States = {}
        for waiting, node in states.items():
            due = [one for one in waiting if self._is_home(one, at) and (one.by or not one.keeps)]
            left = [self._at_home(one, at) for one in waiting if one not in due]
            charged = self._charged(node, due)
            cost = np.where(fits, charged.cost, inf)
            _add(made, _together([*left, *self._at_links(at)]), replace(charged, cost=cost))
        return made

    def _is_home(self, wait: Wait, at: int) -> bool:
        """Whether the words come from a storage at the place."""
        return wait.tensor in self._homes.get(at, ())

    def _at_home(self, wait: Wait, at: int) -> Wait:
        """What waits, outside its parent: instances of that are charged apart."""
        if not self._is_home(wait, at):
            return wait
        return wait._replace(apart=wait.apart + wait.together, together=0.0)

    @cached_property
    def _homes(self) -> dict[int, set[str]]:
        """For each place the tensors that a storage there is the parent of."""
        homes: dict[int, set[str]] = {}
        for link in self._worth:
            at = self.grid.frame.architecture.position(link.parent)
            homes.setdefault(at, set()).add(link.tensor)
        return homes

    @cached_property
    def _worth(self) -> dict[Link, dict[str, float]]:
        """What a word over each link costs, by its side."""
        worth: dict[Link, dict[str, float]] = {}
        for (link, side), cost in self.gauge.weights.items():
            worth.setdefault(link, {})[side] = cost
        return worth

    def _at_links(self, at: int) -> list[Wait]:
        """What waits at the links to what lies at a place."""
        architecture, made = self.grid.frame.architecture, []
        for link, sides in self._worth.items():
            if architecture.position(link.child) == at:
                apart, together = sides.get("arrivals", 0.0), sides.get("visits", 0.0)
                if link.unicast and link.tensor != OUTPUTS:
                    apart, together = apart + together, 0.0
                stays = keeps(architecture, link)
                made.append(Wait(link.tensor, stays, "", apart, together))
        return made

    # --- Loops in time -----------------------------------------------------------------------

    def _through(self, states: States, at: int) -> States:
        """The states outside the loops in time at a place, in every order that is tried.

        Orders that begin alike share that; where nothing is left that a loop can move, its order
        does not matter.
        """
        known: dict[Order, States] = {(): states}
        free: dict[tuple[Order, Waiting], Stop] = {}
        made: States = {}
        for order in self._orders(at):
            for number, name in enumerate(order):
                if order[: number + 1] not in known:
                    moved: States = {}
                    known[order[: number + 1]] = moved
                    for waiting, node in known[order[:number]].items():
                        if not waiting:
                            _add(free, (tuple(sorted(order[number:])), waiting), node)
                        else:
                            self._run(moved, waiting, node, at, name)
            for waiting, node in known[order].items():
                _add(made, waiting, node)
        while free:
            rest, waiting = max(free, key=lambda key: len(key[0]))
            node = free.pop((rest, waiting))
            if rest:
                pairs = self.grid.inner[self.grid.names.index(rest[0])]
                _add(free, (rest[1:], waiting), self._stepped(node, at, rest[0], pairs))
            else:
                _add(made, waiting, node)
        return made

    def _orders(self, at: int) -> list[Order]:
        """The orders of loops at a place, innermost loop first."""
        architecture, layer = self.grid.frame.architecture, self.grid.frame.layer
        here = tuple(name for name in self.grid.names if at in self.grid.places[name])
        if not keeps_inside(architecture, at):
            return [here]
        rule = architecture.dataflow.at(architecture.places[at].name)
        return [order[::-1] for order in tried(rule, relevance(layer), here)]

    def _run(self, made: States, waiting: Waiting, node: Stop, at: int, name: str) -> None:
        """Add the states outside a loop, of one step and of more."""
        _add(made, waiting, node)
        due = [one for one in waiting if self._moves(one, name)]
        left = [one for one in waiting if one not in due]
        for number, one in enumerate(due):
            if not one.by:
                due[number] = one = one._replace(by=name)
                if one.together and self._shared(one, at):
                    due[number] = one._replace(together=0.0)
                    left.append(one._replace(apart=0.0))
        pairs = self.grid.running[self.grid.names.index(name)]
        charged = self._charged(node, due)
        _add(made, _together(left), self._stepped(charged, at, name, pairs))

    def _moves(self, wait: Wait, name: str) -> bool:
        """Whether what waits is charged at a loop of the dimension, at the latest."""
        used = name in self.grid.frame.layer.dimensions_of(wait.tensor)
        return not used if wait.by else used or not wait.keeps

    def _shared(self, wait: Wait, at: int) -> bool:
        """Whether instances share the words between a place and the next storage of the tensor."""
        home = max(
            (one for one in self._homes if one <= at and self._is_home(wait, one)), default=at
        )
        return any(place.spatial for place in self.grid.frame.architecture.places[home:at])

    # --- Axes --------------------------------------------------------------------------------

    def _across(self, states: States, at: int) -> States:
        """The states outside an axis."""
        size = self.grid.frame.architecture.places[at].size or inf
        counted = {(waiting, 1): node for waiting, node in states.items()}
        for name, spread in zip(self.grid.names, self.grid.spread, strict=True):
            if at in self.grid.places[name]:
                made: dict[tuple[Waiting, int], Stop] = {}
                for (waiting, used), node in counted.items():
                    for steps, pairs in spread.items():
                        if used * steps <= size:
                            key = self._fanned(waiting, name, steps), used * steps
                            _add(made, key, self._stepped(node, at, name, pairs))
                counted = self._fewer(made)
        final: States = {}
        for (waiting, _), node in counted.items():
            _add(final, waiting, node)
        return final

    def _fanned(self, waiting: Waiting, name: str, steps: int) -> Waiting:
        """What waits, outside so many instances along a dimension."""
        uses = self.grid.frame.layer.dimensions_of
        return tuple(
            one if name in uses(one.tensor) else one._replace(apart=one.apart * steps)
            for one in waiting
        )

    def _fewer(self, counted: dict[tuple[Waiting, int], Stop]) -> dict[tuple[Waiting, int], Stop]:
        """The states in which something would cost least if nothing waited any longer."""
        if len(counted) <= STATES:
            return counted
        least = {
            key: float(self._charged(node, key[0]).cost.min()) for key, node in counted.items()
        }
        return {key: counted[key] for key in sorted(least, key=least.__getitem__)[:STATES]}

    # --- Nodes -------------------------------------------------------------------------------

    def _charged(self, node: Stop, due: Iterable[Wait]) -> Stop:
        """The node with the cost of what is due."""
        cost = node.cost
        for one in due:
            if one.apart or one.together:
                cost = cost + (one.apart + one.together) * self.grid.words(one.tensor, one.by)
        return replace(node, cost=cost)

    def _stepped(self, node: Stop, at: int, name: str, pairs: Inner) -> Stop:
        """The node outside a loop of a dimension: the least of what each tile may leave."""
        if not self.watch.in_time():
            raise TimeUp
        number = self.grid.names.index(name)
        cost = np.moveaxis(node.cost, number, 0)
        made = np.full(cost.shape, inf)
        inner = np.zeros(cost.shape, dtype=np.min_scalar_type(len(cost)))
        for tile, tiles in enumerate(pairs):
            if len(tiles):
                some = cost[tiles]
                least = some.argmin(axis=0)
                inner[tile] = tiles[least]
                made[tile] = np.take_along_axis(some, least[None], axis=0)[0]
        way = Way(ways=(node.way,), moved=number, place=at, inner=np.moveaxis(inner, 0, number))
        return Stop(cost=np.moveaxis(made, 0, number), way=way)


def _together(waits: Iterable[Wait]) -> Waiting:
    """What waits, what waits for the same made one."""
    sums: dict[tuple[str, bool, str], Wait] = {}
    for one in waits:
        other = sums.get(one[:3])
        if other:
            apart, together = one.apart + other.apart, one.together + other.together
            one = one._replace(apart=apart, together=together)
        sums[one[:3]] = one
    return tuple(sorted(sums.values()))


def _add(states: dict[StateKey, Stop], key: StateKey, node: Stop) -> None:
    """Keep what costs less at each point, of the node and what there is in the state."""
    if not (node.cost < inf).any():
        return
    other = states.setdefault(key, node)
    less = node.cost < other.cost
    if less.any():
        way = Way(ways=(other.way, node.way), which=less.astype(np.int8))
        states[key] = Stop(cost=np.where(less, node.cost, other.cost), way=way)
