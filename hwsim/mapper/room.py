"""What tilings need of storages and axes, against what there is of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.walk import Integers, Walk
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Compartment, Storage
from hwsim.sparsity.width import room_of
from hwsim.workload.layer import Layer
from hwsim.workload.span import distinct

Floats = NDArray[np.float64]
#: For each dimension the places of its loops.
PlacesOf = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Capacities: `parts[i]` are the columns of words that share `capacities[i]`, in units of which
    a word takes as many as `scales[i]` says, one where it is alone; axes' sizes. What lives in a
    storage is there whole, whatever the tiles: its capacity is what that leaves, below 0 where that
    is too much.

    `places` and `uses` tell, for each column of words, the place of its storage, and the dimensions
    that its tensor depends on.
    """

    parts: tuple[tuple[int, ...], ...]
    capacities: tuple[int, ...]
    scales: tuple[tuple[int, ...], ...]
    sizes: Floats
    places: tuple[int, ...]
    uses: tuple[frozenset[str], ...]

    def admits(self, words: Floats, used: Floats) -> NDArray[np.bool_]:
        """Whether each row fits."""
        fits: NDArray[np.bool_] = np.all(used <= self.sizes, axis=1)
        for part, capacity, scale in zip(self.parts, self.capacities, self.scales, strict=True):
            needed = words[:, part[0]] if len(part) == 1 else words[:, part] @ scale
            fits = fits & (needed <= capacity)
        return fits

    def pairs(
        self, words: Floats, others: Floats, used: Floats, others_used: Floats
    ) -> NDArray[np.bool_]:
        """Whether each row fits with each other one."""
        fits = np.ones((len(words), len(others)), dtype=bool)
        for axis, size in enumerate(self.sizes.tolist()):
            fits &= np.multiply.outer(used[:, axis], others_used[:, axis]) <= size
        for part, capacity, scale in zip(self.parts, self.capacities, self.scales, strict=True):
            fits &= (words[:, part] * scale) @ others[:, part].T <= capacity
        return fits

    @property
    def _columns(self) -> list[tuple[int, int]]:
        """Each column of words with the most words that it may have of the capacity it shares."""
        return [
            (column, capacity // each)
            for part, capacity, scale in zip(self.parts, self.capacities, self.scales, strict=True)
            for column, each in zip(part, scale, strict=True)
        ]

    def largest(self, dimension: str, bound: int, places: Sequence[int]) -> list[int]:
        """For each loop of the dimension, at `places`, the largest extent that can enter it: what
        the storages from the place of the loop before it to its own can hold.
        """
        return [
            min(
                (
                    capacity
                    for column, capacity in self._columns
                    if before < self.places[column] <= place and dimension in self.uses[column]
                ),
                default=bound,
            )
            for before, place in pairwise((-1, *places))
        ]


def room(architecture: Architecture, layer: Layer) -> Room:
    """The capacities and axes of the architecture for the layer's tensors."""
    parts, capacities, scales = [], [], []
    places, uses = list[int](), list[frozenset[str]]()
    for storage, part in _limited(architecture):
        capacity, taken = room_of(storage, part, layer)
        assert capacity is not None
        coming = _coming(architecture, storage, part)
        whole = [tensor for tensor in part.tensors if tensor not in coming]
        left = capacity - sum(taken[name] * layer.words(name) for name in whole)
        if len(coming) == 1:  # which alone may count in its own words
            left, taken = left // taken[coming[0]], dict.fromkeys(coming, 1)
        parts.append(tuple(range(len(places), len(places) + len(coming))))
        capacities.append(left)
        scales.append(tuple(taken[name] for name in coming))
        places += [architecture.position(storage.name)] * len(coming)
        uses += [_freely_used(layer, tensor) for tensor in coming]
    return Room(
        parts=tuple(parts),
        capacities=tuple(capacities),
        scales=tuple(scales),
        sizes=np.array([place.size for place in architecture.places if place.size], dtype=float),
        places=tuple(places),
        uses=tuple(uses),
    )


def footprints(
    architecture: Architecture, layer: Layer, places: PlacesOf, walks: Mapping[str, Walk]
) -> Floats:
    """A group's factor of the words that each limited storage must hold, by row."""
    columns = [
        _words(layer, tensor, _extents(places, walks, architecture.position(storage.name)))
        for storage, part in _limited(architecture)
        for tensor in _coming(architecture, storage, part)
    ]
    return _by_row(columns, walks)


def _limited(architecture: Architecture) -> Iterator[tuple[Storage, Compartment]]:
    """The parts of storages that have a capacity."""
    for storage in architecture.storages:
        for part in storage.compartments:
            if part.capacity_words is not None:
                yield storage, part


def _coming(architecture: Architecture, storage: Storage, part: Compartment) -> tuple[str, ...]:
    """The tensors of which only a tile is there at a time: they live further out."""
    lives = architecture.lives_in
    return tuple(tensor for tensor in part.tensors if not lives(tensor, storage.name))


def instances(architecture: Architecture, places: PlacesOf, walks: Mapping[str, Walk]) -> Floats:
    """A group's factor of the instances that each axis must have, by row."""
    columns = []
    for at, place in enumerate(architecture.places):
        if place.spatial:
            outer, inner = _extents(places, walks, at), _extents(places, walks, at + 1)
            columns.append(np.prod([-(-outer[name] // inner[name]) for name in walks], axis=0))
    return _by_row(columns, walks)


def held(
    architecture: Architecture, places: PlacesOf, walks: Mapping[str, Walk]
) -> Iterator[tuple[int, list[Integers]]]:
    """The extents of the tiles of a group that each storage holds, from the outermost inwards, with
    the storage's place; not of what is held whole.
    """
    for at in storage_places(architecture):
        yield at, list(_extents(places, walks, at).values())


def storage_places(architecture: Architecture) -> list[int]:
    """The places of storages from the outermost inwards, without what nothing is outside of."""
    return sorted({architecture.position(part.name) for part in architecture.storages} - {0})


def _by_row(columns: list[Integers], walks: Mapping[str, Walk]) -> Floats:
    rows = len(next(iter(walks.values())).tiles)
    return np.array(columns, dtype=float).reshape(len(columns), rows).T


def _freely_used(layer: Layer, tensor: str) -> frozenset[str]:
    """Dimensions each of whose iterations touches another element of the tensor."""
    ranks = [rank for rank in layer.tensors[tensor] if not rank.slides]
    return frozenset(name for rank in ranks for name in rank.dimensions)


def _extents(places: PlacesOf, walks: Mapping[str, Walk], place: int) -> dict[str, Integers]:
    """The extent of each dimension of a group that enters `place`, by row."""
    extents = {}
    for name, walk in walks.items():
        outside = sum(at < place for at in places[name])
        whole = np.full(len(walk.tiles), walk.bound, dtype=np.int64)
        extents[name] = np.minimum(whole, walk.tiles[:, outside - 1]) if outside else whole
    return extents


def _words(layer: Layer, tensor: str, extents: Mapping[str, Integers]) -> Integers:
    words = np.ones_like(next(iter(extents.values())))
    for rank in layer.tensors[tensor]:
        if extents.keys() >= set(rank.dimensions):
            words = words * distinct(rank.terms, extents)
    return words
