"""Where a dimension may have a loop, and where the order of loops counts."""

from hwsim.architecture.architecture import Architecture
from hwsim.workload.layer import Layer


def allowed(architecture: Architecture, layer: Layer, dimension: str) -> tuple[int, ...]:
    """The places where the dimension may have a loop: in space only where sums are added up."""
    summed = dimension in layer.summed
    return tuple(
        at
        for at, place in enumerate(architecture.places)
        if dimension in architecture.dataflow.at(place.name).dimensions
        and (place.reduces or not place.spatial or not summed)
    )


def keeps_inside(architecture: Architecture, place: int) -> bool:
    """Whether loops run in time at the place, and what lies inside keeps words from one step to the
    next: only then does their order count.
    """
    storages = any(architecture.position(part.name) > place for part in architecture.storages)
    keeps = storages or architecture.latched
    return keeps and not architecture.places[place].spatial
