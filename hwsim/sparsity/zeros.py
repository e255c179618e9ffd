"""A component and a link to the share of its actions that zeros leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.components import Compute, Mover
from hwsim.workload.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class OnZero:
    """What a zero does to an action: what of it is saved."""

    saves_energy: bool
    saves_time: bool


#: By the words of a file.
ON_ZERO: Final[Mapping[str, OnZero]] = {
    "nothing": OnZero(saves_energy=False, saves_time=False),
    "gate": OnZero(saves_energy=True, saves_time=False),
    "skip": OnZero(saves_energy=True, saves_time=True),
}
SAVES_ENERGY: Final = frozenset(word for word, does in ON_ZERO.items() if does.saves_energy)
SAVES_TIME: Final = frozenset(word for word, does in ON_ZERO.items() if does.saves_time)


def macs_left(compute: Compute, layer: Layer, saving: frozenset[str]) -> Fraction:
    """The share of MACs that are done."""
    return layer.mac_share(_operands(compute, saving))


def words_left(
    architecture: Architecture,
    part: Mover,
    link: Link,
    layer: Layer,
    saving: frozenset[str],
) -> Fraction:
    """The share of the words over `link` that are moved at `part`.

    Where each MAC has its words, they are moved for a MAC, and any of its operands may save that;
    elsewhere a word is saved by being zero itself.
    """
    operands = _operands(part, saving)
    if architecture.for_each_mac(link):
        return layer.mac_share(operands)
    return layer.data.density(link.tensor) if link.tensor in operands else Fraction(1)


def _operands(part: Compute | Mover, saving: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(tensor for tensor, does in part.zeros.items() if does in saving))
