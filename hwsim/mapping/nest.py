"""A mapping: the ordered loop nest of one layer, in time at storages and in space on axes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hwsim.workload.layer import Layer
from hwsim.workload.merge import merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A loop that walks the enclosing extent of `dimension` in steps of `tile`.

    The last step takes what is left, so `tile` need not divide the extent; a tile that is larger
    than the extent is the whole of it.
    """

    place: str
    dimension: str
    tile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Nest:
    """A mapping of one layer: for every place of the architecture, in order, its loops in order.

    A place is a storage, whose loops run one step after the other, or an axis of an array, whose
    loops run side by side.
    `bypassed` are, by storage, the tensors that bypass it. Only those that the architecture leaves
    open can.
    """

    loops_at: Mapping[str, tuple[Loop, ...]]
    bypassed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def loops(self) -> tuple[Loop, ...]:
        """Every loop, outermost first."""
        return tuple(loop for loops in self.loops_at.values() for loop in loops)

    def tiles(self, bounds: Mapping[str, int], position: int) -> dict[str, int]:
        """The largest extent of each dimension inside the first `position` places."""
        tiles = dict(bounds)
        for loops in list(self.loops_at.values())[:position]:
            for loop in loops:
                tiles[loop.dimension] = min(tiles[loop.dimension], loop.tile)
        return tiles


def nest(
    places: tuple[str, ...],
    tiles: Mapping[str, Mapping[str, int]],
    bypassed: Mapping[str, tuple[str, ...]] | None = None,
) -> Nest:
    """The nest with `tiles[place] = {dimension: tile, ...}`, outermost loop first."""
    return Nest(
        loops_at={
            place: tuple(
                Loop(place=place, dimension=dimension, tile=tile)
                for dimension, tile in tiles.get(place, {}).items()
            )
            for place in places
        },
        bypassed=bypassed or {},
    )


def run_by(nest: Nest, layer: Layer) -> Layer:
    """The layer as the nest runs it: merged where a loop runs over several dimensions at a time."""
    joint = {loop.dimension for loop in nest.loops if len(loop.dimension) > 1}
    return merged(layer, joint) if joint else layer


def moving(nest: Nest, bounds: Mapping[str, int]) -> Nest:
    """Return the nest without its loops of one step, which bring nothing new."""
    around = dict(bounds)
    kept: dict[str, list[Loop]] = {place: [] for place in nest.loops_at}
    for loop in nest.loops:
        if loop.tile < around[loop.dimension]:
            around[loop.dimension] = loop.tile
            kept[loop.place].append(loop)
    loops_at = {place: tuple(loops) for place, loops in kept.items()}
    return replace(nest, loops_at=loops_at)


def renamed(nest: Nest, called: Mapping[str, str]) -> Nest:
    """The nest with its dimensions called otherwise."""
    if all(old == new for old, new in called.items()):
        return nest
    return replace(
        nest,
        loops_at={
            place: tuple(replace(loop, dimension=called[loop.dimension]) for loop in loops)
            for place, loops in nest.loops_at.items()
        },
    )
