"""A nest to the largest tiles that each storage holds of its tensors, and to the room there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.bypass import bypassing
from hwsim.mapping.fit import words_taken
from hwsim.mapping.nest import Nest, run_by
from hwsim.workload.layer import Layer, Rank
from hwsim.workload.span import distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A tile of a tensor: the words that it takes, and its `shape`.

    The shape says how many values each index expression takes; expressions of one are left out.
    """

    words: int
    shape: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTiles:
    """The tiles of the tensors that share a part of a storage; `capacity_words` None is unlimited.

    Together they are never larger than the capacity.
    """

    tiles: Mapping[str, Tile]
    capacity_words: int | None

    @property
    def words(self) -> int:
        """Words that are taken."""
        return sum(tile.words for tile in self.tiles.values())


def tiles_held(
    architecture: Architecture, layer: Layer, nest: Nest
) -> dict[str, tuple[HeldTiles, ...]]:
    """Return the largest tiles that each part of every storage holds in one step.

    A tensor that lives in a storage is held as a whole, and one that bypasses it is not held.
    """
    left, layer = bypassing(architecture, nest.bypassed), run_by(nest, layer)
    return {
        storage.name: tuple(
            HeldTiles(
                tiles={
                    tensor: Tile(words=ceil(words), shape=_shape(layer, tensor, extents))
                    for tensor, words in words_taken(left, storage, part, layer, extents).items()
                },
                capacity_words=part.capacity_words,
            )
            for part in storage.compartments
        )
        for storage in left.storages
        for extents in [nest.tiles(layer.bounds, left.position(storage.name))]
    }


def _shape(layer: Layer, tensor: str, extents: dict[str, int]) -> dict[str, int]:
    sizes = {_index(layer, rank): distinct(rank.terms, extents) for rank in layer.tensors[tensor]}
    return {index: size for index, size in sizes.items() if size > 1}


def _index(layer: Layer, rank: Rank) -> str:
    """The expression that indexes a rank, as 4P+R; dimensions that do not move are left out."""
    moving = [term for term in rank.terms if layer.bounds[term[0]] > 1]
    return "+".join(f"{times if times > 1 else ''}{name}" for name, times in moving)
