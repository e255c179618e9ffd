"""Which loops of a nest make a storage that is waited for turn to its next tile."""

from collections.abc import Iterable, Sequence

from hwsim.accesses.order import OrderedLoop
from hwsim.architecture.architecture import Architecture
from hwsim.workload.layer import Layer

#: The position of a storage, and the dimensions on which its tiles depend.
Turned = tuple[int, frozenset[str]]


def turned(architecture: Architecture, layer: Layer) -> tuple[Turned, ...]:
    """The storages whose tiles are waited for."""
    return tuple(
        (
            architecture.position(storage.name),
            frozenset[str]().union(*(layer.dimensions_of(tensor) for tensor in storage.holds)),
        )
        for storage in architecture.waiting
    )


def turning(steps: Sequence[OrderedLoop], turned: Iterable[Turned]) -> int:
    """How many loops there are up to the innermost one in time that turns one of the storages.

    Each step of these loops is a turn: what runs further out begins it anew.
    """
    of = tuple(turned)
    return max(
        (
            number
            for number, step in enumerate(steps, start=1)
            if not step.spatial
            and any(step.place < at and step.dimension in uses for at, uses in of)
        ),
        default=0,
    )
