"""Charged words to energy: the dearer end of a transfer pays, or every action does."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Charging, Compute, Network, Storage
from hwsim.cost.cost import COMPUTE
from hwsim.vocabulary import OUTPUTS

#: A booking: component, tensor, words, energy of one.
Booking = tuple[str, str, int, float]


def energies(
    architecture: Architecture, traffics: Iterable[Traffic], macs: int
) -> dict[tuple[str, str], Fraction]:
    """Energy by component and tensor, in the architecture's unit, without rounding."""
    book = _by_transfer if architecture.charge_by == "transfer" else _by_action
    table: dict[tuple[str, str], Fraction] = {}
    compute = architecture.compute
    bookings: list[Booking] = [(compute.name, COMPUTE, macs, compute.energy)]
    for words in traffics:
        bookings += [*book(architecture, words), *_on_networks(architecture, words)]
    for component, tensor, number, energy in bookings:
        cell = (component, tensor)
        table[cell] = table.get(cell, Fraction(0)) + number * Fraction(str(energy))
    return table


def _ends(architecture: Architecture, words: Traffic) -> tuple[Storage, Storage | Compute]:
    parent = architecture.components[words.link.parent]
    child = architecture.components[words.link.child]
    assert isinstance(parent, Storage)
    assert isinstance(child, Storage | Compute)
    return parent, child


def _by_transfer(architecture: Architecture, words: Traffic) -> Iterator[Booking]:
    """ISCA 2016, eq. 3 and 4: a word that moves between two levels costs the dearer of them."""
    parent, child = _ends(architecture, words)
    tensor = words.link.tensor
    arriving, leaving = _child_energies(child, tensor)
    if parent.read_energy >= arriving:
        yield parent.name, tensor, words.read, parent.read_energy
    else:
        yield child.name, tensor, words.delivered, arriving
    if parent.write_energy >= leaving:
        yield parent.name, tensor, words.written, parent.write_energy
    else:
        yield child.name, tensor, words.drained, leaving


def _child_energies(child: Storage | Compute, tensor: str) -> tuple[float, float]:
    """What the child bids for a word that arrives, and for one that leaves: nothing if it stores
    none, or if the word passes it by.
    """
    if isinstance(child, Compute):
        return 0, 0
    passing = child.charging if tensor == OUTPUTS else Charging()
    arriving = 0 if passing.first_reads == "forwarded" else child.write_energy
    leaving = 0 if passing.drains == "forwarded" else child.read_energy
    return arriving, leaving


def _by_action(architecture: Architecture, words: Traffic) -> Iterator[Booking]:
    """As Accelergy's tables: each read and each write costs its own energy where it happens."""
    parent, child = _ends(architecture, words)
    tensor = words.link.tensor
    yield parent.name, tensor, words.read, parent.read_energy
    yield parent.name, tensor, words.written, parent.write_energy
    if isinstance(child, Storage):
        yield child.name, tensor, words.filled, child.write_energy
        yield child.name, tensor, words.drained, child.read_energy


def _on_networks(architecture: Architecture, words: Traffic) -> Iterator[Booking]:
    for name in words.link.networks:
        network = architecture.components[name]
        assert isinstance(network, Network)
        tensor = words.link.tensor
        yield name, tensor, words.delivered, network.deliver_energy
        yield name, tensor, words.collected, network.collect_energy
        yield name, tensor, words.reduced, network.reduce_energy
