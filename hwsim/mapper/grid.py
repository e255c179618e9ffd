"""The tiles that all dimensions may have at a place, as a grid: what fits, and what moves, at each.

An axis of the grid is a dimension of more than one iteration, its points are tiles, ascending.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.walk import Integers, Walk
from hwsim.mapper.room import Floats, footprints
from hwsim.mapper.sizes import TileSizes
from hwsim.mapper.space import Frame
from hwsim.workload.span import distinct

#: For each tile of a dimension, the numbers of tiles that a loop around it may leave.
Inner = list[Integers]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The grid of the tiles of these sizes, for loops at these places; `only` these of them."""

    frame: Frame
    places: Mapping[str, tuple[int, ...]]
    sizes: TileSizes
    only: Mapping[str, frozenset[int]] | None = None
    _words: dict[tuple[str, str], Floats] = field(default_factory=dict, repr=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The dimensions."""
        return tuple(name for name, bound in self.frame.layer.bounds.items() if bound > 1)

    @cached_property
    def tiles(self) -> tuple[Integers, ...]:
        """The tiles of each dimension."""
        made = []
        for name in self.names:
            bound, reached = self.frame.layer.bounds[name], {1}
            for _ in self.places[name][1:]:
                around = {size for tile in reached for size in self.sizes(bound, tile)}
                reached |= around if self.only is None else around & self.only[name]
            made.append(np.array(sorted({*reached, bound}), dtype=np.int64))
        return tuple(made)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """How many tiles each dimension has."""
        return tuple(map(len, self.tiles))

    def within(self, most: int) -> bool:
        """Whether there are no more points; tiles are written down only if there may be so few."""
        bounds = self.frame.layer.bounds
        first = prod(len(self.sizes(bounds[name], 1)) for name in self.names if self.places[name])
        return first <= most and prod(self.shape) <= most

    def fits(self, at: int) -> NDArray[np.bool_]:
        """Whether the storages at a place can hold the tiles that enter it."""
        room = self.frame.room
        fits = np.ones(prod(self.shape), dtype=bool)
        for part, capacity, scale in zip(room.parts, room.capacities, room.scales, strict=True):
            if not part or room.places[part[0]] == at:
                fits &= self._footprints[:, part] @ np.array(scale, dtype=float) <= capacity
        return fits.reshape(self.shape)

    @cached_property
    def _footprints(self) -> Floats:
        """The words of each point in each limited storage."""
        grid = dict(zip(self.names, np.meshgrid(*self.tiles, indexing="ij"), strict=True))
        ones = np.ones((prod(self.shape), 1), dtype=np.int64)
        bounds = self.frame.layer.bounds
        walks = {
            name: Walk(bound=bound, tiles=grid[name].reshape(-1, 1) if name in grid else ones)
            for name, bound in bounds.items()
        }
        outside = dict.fromkeys(bounds, (-1,))
        return footprints(self.frame.architecture, self.frame.layer, outside, walks)

    # --- What moves --------------------------------------------------------------------------

    def words(self, tensor: str, by: str) -> Floats:
        """About how many words of a tensor come where its tiles are moved by a loop, `by` name."""
        key = (tensor, by)
        if key not in self._words:
            layer = self.frame.layer
            words: Floats = np.ones((1,) * len(self.shape))
            for name in self.names:
                if name not in layer.dimensions_of(tensor):
                    words = words * self._number(name)
            for rank in layer.tensors[tensor]:
                words = words * self._indices(rank.terms, by)
            self._words[key] = words
        return self._words[key]

    def _indices(self, terms: tuple[tuple[str, int], ...], by: str) -> Floats:
        """The indices that come along a rank: a window that slides brings each but once."""
        extents = {name: self._extent(name, whole=name == by) for name, _ in terms}
        if len(terms) == 1:
            return np.full((1,) * len(self.shape), float(self.frame.layer.bounds[terms[0][0]]))
        words: Floats = distinct(terms, extents).astype(float)
        for name, _ in terms:
            if name != by and name in self.names:
                words = words * self._number(name)
        return words

    def _extent(self, name: str, *, whole: bool) -> Integers:
        if whole or name not in self.names:
            return np.full((1,) * len(self.shape), self.frame.layer.bounds[name], dtype=np.int64)
        return self._along(name, self.tiles[self.names.index(name)])

    def _number(self, name: str) -> Floats:
        """How many tiles of the dimension there are."""
        tiles = self.tiles[self.names.index(name)]
        return self._along(name, -(-self.frame.layer.bounds[name] // tiles)).astype(float)

    def _along(self, name: str, values: Integers) -> Integers:
        """The values along the axis of the dimension."""
        shape = [1] * len(self.shape)
        shape[self.names.index(name)] = -1
        return values.reshape(shape)

    # --- Loops -------------------------------------------------------------------------------

    @cached_property
    def inner(self) -> tuple[Inner, ...]:
        """For each dimension, what a loop around each tile may leave; first that tile itself."""
        made = []
        for name, tiles in zip(self.names, self.tiles, strict=True):
            bound = self.frame.layer.bounds[name]
            number = {tile: at for at, tile in enumerate(tiles.tolist())}
            inner = [[at] for at in number.values()]
            for tile, at in number.items():
                for size in {*self.sizes(bound, tile), bound}:
                    if size > tile and size in number:
                        inner[number[size]].append(at)
            made.append([np.array(one) for one in inner])
        return tuple(made)

    @cached_property
    def running(self) -> tuple[Inner, ...]:
        """The same of loops of more than one step."""
        return tuple([tile[1:] for tile in of] for of in self.inner)

    @cached_property
    def spread(self) -> tuple[Mapping[int, Inner], ...]:
        """The same by the number of steps."""
        made = []
        for tiles, inner in zip(self.tiles, self.inner, strict=True):
            steps = [-(-tiles[at] // tiles[of]) for at, of in enumerate(inner)]
            made.append(
                {
                    number: [of[each == number] for of, each in zip(inner, steps, strict=True)]
                    for number in sorted({int(one) for each in steps for one in each})
                }
            )
        return tuple(made)
