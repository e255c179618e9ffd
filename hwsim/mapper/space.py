"""The declared space of a layer's mappings, or a part of it, to its cases: one for each loop order.

A part has loops at some places only, some tiles or orders that are fixed, or fewer tile sizes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import inf, prod

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.order import OrderedLoop
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.bypass import Bypassed
from hwsim.mapper.objective import Aim
from hwsim.mapper.orders import Order, left_to, orders, relevance_at, steps_in
from hwsim.mapper.places import allowed
from hwsim.mapper.room import Room, storage_places
from hwsim.mapper.rows import Combinations, rows_of
from hwsim.mapper.sizes import SIZES_OF, TileSizes
from hwsim.mapper.table import Table, tables
from hwsim.mapper.terms import Columns, DimensionGroup, columns
from hwsim.mapper.tilings import Loops, Tilings, loops_of
from hwsim.mapper.watch import TimeUp, Watch
from hwsim.mapping.nest import Nest, nest
from hwsim.vocabulary import Tiles
from hwsim.workload.layer import Layer

#: By how many powers of two fewer tilings of windows than others are looked at together.
WINDOWS = 3
#: Factors of tilings that are remembered from one loop order to the next.
CELLS = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is mapped, and on what: the architecture without the tensors that are `bypassed`, and
    how much there is of everything.
    """

    architecture: Architecture
    bypassed: Bypassed
    layer: Layer
    room: Room


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What may be chosen: the sizes of tiles, and for each dimension the places of its loops.

    `tiles` are those that a dimension must leave at a place, `orders` those of the loops there.
    """

    sizes: TileSizes
    places: Mapping[str, tuple[int, ...]]
    tiles: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    orders: Mapping[int, Order] = field(default_factory=dict)

    def loops(self, frame: Frame) -> dict[str, Loops]:
        """The loops that each dimension may have."""
        return {
            name: loops_of(
                frame.architecture, frame.layer, name, frame.room, places, self.tiles.get(name, {})
            )
            for name, places in self.places.items()
        }

    def number(self, frame: Frame, most: int) -> int:
        """The combinations of tilings; beyond `most` those of a dimension are not all counted."""
        return prod(loops.number(self.sizes, most) for loops in self.loops(frame).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A part of what is declared, with the tilings of every dimension written down."""

    frame: Frame
    tilings: Mapping[str, Tilings]
    orders: tuple[tuple[Order, ...], ...]

    @property
    def number_of_orders(self) -> int:
        """How many orders of loops there are."""
        return prod(map(len, self.orders))

    def pieces(self, most: int) -> list["Space"]:
        """Spaces that are this one together, in each of which groups have so few tilings that their
        factors take little memory, and little time.

        Along an axis tiles are of a few kinds, kept side by side, and so on along the next: `most`
        is halved with each axis. Windows are counted one by one.
        """
        axes = sum(place.spatial for place in self.frame.architecture.places)
        for group in groups_of(self.frame.layer):
            fewer = max(1, most >> axes + WINDOWS * (len(group) > 1))
            name = max(group, key=lambda name: len(self.tilings[name]))
            number = max(1, fewer * len(self.tilings[name]) // max(1, self._rows(group)))
            if number < len(self.tilings[name]):
                parts = self.tilings[name].pieces(number)
                pieces = (replace(self, tilings={**self.tilings, name: part}) for part in parts)
                return [one for piece in pieces for one in piece.pieces(most)]
        return [self]

    def _rows(self, group: DimensionGroup) -> int:
        return prod(len(self.tilings[name]) for name in group)

    def cases(self, goal: Aim, watch: Watch, few_orders: int) -> Iterator["Case"]:
        """Every loop order to price, with the tilings whose other loops take one step, until there
        is no time left: then it raises `TimeUp`. The columns of more than a `few_orders` can be
        bounded apart.
        """
        apart = self.number_of_orders > few_orders
        architecture, layer = self.frame.architecture, self.frame.layer
        remembered: dict[tuple[Tilings, ...], Combinations] = {}
        for steps in steps_in(architecture, self.orders):
            if not watch.in_time():
                raise TimeUp
            chosen = self._running(steps)
            if not all(map(len, chosen.values())):
                continue
            rows = {}
            for group in groups_of(layer):
                parts = tuple(chosen[name] for name in group)
                if parts not in remembered:
                    remembered[parts] = rows_of(architecture, layer, parts)
                rows[group] = remembered[parts]
            made = columns(architecture, layer, goal.measures, steps, rows, watch, apart)
            yield Case(frame=self.frame, steps=steps, rows=rows, columns=made, choices=self.orders)
            if sum(each.cells for each in remembered.values()) > CELLS:
                remembered.clear()

    def _running(self, steps: tuple[OrderedLoop, ...]) -> dict[str, Tilings]:
        """Of each dimension the tilings whose other loops take one step."""
        places = {
            name: tuple(step.place for step in steps if step.dimension == name)
            for name in self.frame.layer.bounds
        }
        return {name: self.tilings[name].only_at(at) for name, at in places.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An order of loops, one of the `choices` at each place, the tilings of each group that have
    these loops, and their columns.
    """

    frame: Frame
    steps: tuple[OrderedLoop, ...]
    rows: Mapping[DimensionGroup, Combinations]
    columns: Columns
    choices: tuple[tuple[Order, ...], ...]

    def __len__(self) -> int:
        return prod(map(len, self.rows.values()))

    def tables(self, kinds: bool) -> list[Table]:
        """The table of every group; with the kinds of rows, if these are to be told apart."""
        architecture = self.frame.architecture
        position = architecture.position(architecture.compute.name)
        return tables(self.rows, self.columns, position, kinds)

    @property
    def number_of_orders(self) -> int:
        """How many orders this is one of."""
        return prod(map(len, self.choices))

    @property
    def duties(self) -> tuple[tuple[tuple[int, NDArray[np.bool_]], ...], ...]:
        """See `Criteria`."""
        places = storage_places(self.frame.architecture)
        duty = [self._duty(at) for at in range(max(places, default=0))]
        return tuple(
            tuple((at, mine) for at, mine in enumerate(duty[:place]) if not mine.all())
            for place in places
        )

    def _duty(self, place: int) -> NDArray[np.bool_]:
        """By the loops that run at a place whether this order is to price them."""
        names, choices = tuple(self.frame.layer.bounds), self.choices[place]
        mine = np.ones(1 << len(names), dtype=bool)
        if len(choices) > 1:
            here = relevance_at(self.frame.architecture, self.frame.layer, place)
            order = tuple(step.dimension for step in self.steps if step.place == place)
            for number in range(len(order) + 1):
                for running in combinations(order, number):
                    at = sum(1 << names.index(name) for name in running)
                    mine[at] = left_to(choices, order, running, here) == order
        return mine

    def nest(self, picks: Mapping[DimensionGroup, int]) -> Nest:
        """The nest of the tiling that is picked of each group."""
        tiles = {
            name: iter(walk.tiles[picks[group]].tolist())
            for group, rows in self.rows.items()
            for name, walk in rows.walks.items()
        }
        names = tuple(place.name for place in self.frame.architecture.places)
        chosen: dict[str, dict[str, int]] = {name: {} for name in names}
        for step in self.steps:
            chosen[names[step.place]][step.dimension] = next(tiles[step.dimension])
        return nest(names, chosen, self.frame.bypassed)


def all_declared(frame: Frame, tiles: Tiles) -> Slice:
    """All that is declared."""
    places = {name: allowed(frame.architecture, frame.layer, name) for name in frame.layer.bounds}
    return Slice(sizes=SIZES_OF[tiles], places=places)


def space_of(frame: Frame, part: Slice, *, rows: int, pairs: float = inf) -> Space | None:
    """The space of the part, if no group of dimensions has more tilings than `rows`, and all groups
    but the largest together have no more combinations of them than `pairs`.
    """
    loops = part.loops(frame)
    numbers = {name: of.number(part.sizes, rows) for name, of in loops.items()}
    groups = sorted(prod(numbers[name] for name in group) for group in groups_of(frame.layer))
    if groups[-1] > rows or prod(groups[:-1]) > pairs:
        return None
    tilings = {name: of.tilings(part.sizes) for name, of in loops.items()}
    found = orders(frame.architecture, frame.layer, tilings, part.orders)
    return Space(frame=frame, tilings=tilings, orders=found)


def groups_of(layer: Layer) -> tuple[DimensionGroup, ...]:
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
