"""Charged words to the bits that are read and written at every component."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Mover, Storage
from hwsim.cost.share import Shares
from hwsim.sparsity.zeros import SAVES_ENERGY
from hwsim.workload.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Bits read and written of one tensor at one component; at a network, down and up."""

    read: Fraction = Fraction(0)
    written: Fraction = Fraction(0)

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(read=self.read + other.read, written=self.written + other.written)


def moved(
    architecture: Architecture,
    traffics: Iterable[Traffic],
    layer: Layer,
    saving: frozenset[str] = SAVES_ENERGY,
) -> dict[str, dict[str, Moved]]:
    """Return the bits that move, by component and tensor.

    They are fewer than the words have where values are narrow or encoded, and where zeros do
    something that is `saving` an access.
    """
    table: dict[str, dict[str, Moved]] = {}
    for words in traffics:
        for part, bits in moved_over(architecture, words, layer, saving):
            row = table.setdefault(part.name, {})
            tensor = words.link.tensor
            row[tensor] = row.get(tensor, Moved()) + bits
    return table


def moved_over(
    architecture: Architecture, words: Traffic, layer: Layer, saving: frozenset[str]
) -> Iterator[tuple[Mover, Moved]]:
    """Yield the bits of a link, at the storages that it joins and at what it crosses."""
    shares = Shares(architecture, words, layer, saving)
    parent = architecture.components[words.link.parent]
    child = architecture.components[words.link.child]
    assert isinstance(parent, Storage)
    passed: tuple[Mover, ...] = (parent, *shares.networks)
    for part in passed:
        moving = shares.bits_moving(part)
        written = (words.written - words.finished) * moving
        if words.finished:
            written += words.finished * shares.bits_finished(part)
        yield part, Moved(read=words.read * moving, written=written)
    if isinstance(child, Storage):
        moving = shares.bits_moving(child)
        yield child, Moved(read=words.drained * moving, written=words.filled * moving)
