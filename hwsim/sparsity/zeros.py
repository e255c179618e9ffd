"""A component and a link to the share of its actions that zeros leave."""

from fractions import Fraction
from typing import Final

from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.components import Compute, Network, OnZero, Storage
from hwsim.workload.layer import Layer

#: What a zero may do to an action: it costs no energy but its time, or neither.
GATE: Final = "gate"
SKIP: Final = "skip"
#: What saves energy, and what saves time.
SAVES_ENERGY: frozenset[OnZero] = frozenset({GATE, SKIP})
SAVES_TIME: frozenset[OnZero] = frozenset({SKIP})


def macs_left(compute: Compute, layer: Layer, saving: frozenset[OnZero]) -> Fraction:
    """The share of MACs that are done."""
    return layer.mac_share(_operands(compute, saving))


def words_left(
    architecture: Architecture,
    part: Storage | Network,
    link: Link,
    layer: Layer,
    saving: frozenset[OnZero],
) -> Fraction:
    """The share of the words over `link` that are moved at `part`.

    Where each MAC has its words, they are moved for a MAC, and any of its operands may save that;
    elsewhere a word is saved by being zero itself.
    """
    operands = _operands(part, saving)
    if architecture.for_each_mac(link):
        return layer.mac_share(operands)
    return layer.data.density(link.tensor) if link.tensor in operands else Fraction(1)


def _operands(part: Compute | Storage | Network, saving: frozenset[OnZero]) -> tuple[str, ...]:
    return tuple(sorted(tensor for tensor, does in part.zeros.items() if does in saving))
