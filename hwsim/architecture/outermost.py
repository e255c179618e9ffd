"""An architecture to the dimensions that its dataflow cannot split outside all limited storages."""

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Storage
from hwsim.vocabulary import DIMENSIONS


def without_outermost_place(architecture: Architecture) -> tuple[str, ...]:
    """The dimensions whose loops may run in time nowhere outside the first storage that has to
    hold their tiles: a layer where one of them is too large for it has no mapping.

    A storage that only tensors live in has no tiles; no loop anywhere makes them smaller.
    """
    limited = [part for part in architecture.storages if _holds_tiles(architecture, part)]
    ends = [architecture.position(part.name) for part in limited]
    outside = [place for place in architecture.places[: min(ends, default=0)] if not place.spatial]
    rules = [architecture.dataflow.at(place.name) for place in outside]
    placed = {name for name in DIMENSIONS if any(rule.allows([name]) for rule in rules)}
    return tuple(name for name in DIMENSIONS if name not in placed) if limited else ()


def _holds_tiles(architecture: Architecture, part: Storage) -> bool:
    return any(
        each.capacity_words is not None
        and not all(architecture.lives_in(tensor, part.name) for tensor in each.tensors)
        for each in part.compartments
    )
