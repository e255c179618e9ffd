"""Charged words to energy: the dearer end of a transfer pays, or every action does."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Charging, Compute, Storage
from hwsim.cost.cost import COMPUTE
from hwsim.cost.share import Shares
from hwsim.sparsity.width import compute_share
from hwsim.sparsity.zeros import SAVES_ENERGY, macs_left
from hwsim.vocabulary import OUTPUTS, exact
from hwsim.workload.layer import Layer

#: A booking: component, tensor, words, energy of one.
Booking = tuple[str, str, int, Fraction]


def energies(
    architecture: Architecture, traffics: Iterable[Traffic], layer: Layer
) -> dict[tuple[str, str], Fraction]:
    """Energy by component and tensor, in the architecture's unit, without rounding."""
    book = _by_transfer if architecture.charge_by == "transfer" else _by_action
    table: dict[tuple[str, str], Fraction] = {}
    bookings: list[Booking] = [_of_macs(architecture.compute, layer)]
    for words in traffics:
        shares = Shares(architecture, words.link, layer, SAVES_ENERGY)
        bookings += [*book(architecture, words, shares), *_on_networks(words, shares)]
    for component, tensor, number, energy in bookings:
        cell = (component, tensor)
        table[cell] = table.get(cell, Fraction(0)) + number * energy
    return table


def _of_macs(compute: Compute, layer: Layer) -> Booking:
    share = macs_left(compute, layer, SAVES_ENERGY) * compute_share(compute, layer)
    return compute.name, COMPUTE, layer.macs, exact(compute.energy) * share


def _ends(architecture: Architecture, words: Traffic) -> tuple[Storage, Storage | Compute]:
    parent = architecture.components[words.link.parent]
    child = architecture.components[words.link.child]
    assert isinstance(parent, Storage)
    assert isinstance(child, Storage | Compute)
    return parent, child


def _by_transfer(architecture: Architecture, words: Traffic, shares: Shares) -> Iterator[Booking]:
    """ISCA 2016, eq. 3 and 4: a word that moves between two levels costs the dearer of them."""
    parent, child = _ends(architecture, words)
    moving, finished = shares.moving(parent), shares.finished(parent)
    arriving, leaving = _child_energies(child, shares)
    read, write = exact(parent.read_energy), exact(parent.write_energy)
    partial, unfinished = words.written - words.finished, words.drained - words.finished
    for number, energy, others, bid in (
        (words.read, read * moving, words.delivered, arriving),
        (partial, write * moving, unfinished, leaving),
        (words.finished, write * finished, words.finished, leaving),
    ):
        if energy >= bid:
            yield parent.name, words.link.tensor, number, energy
        else:
            yield child.name, words.link.tensor, others, bid


def _child_energies(child: Storage | Compute, shares: Shares) -> tuple[Fraction, Fraction]:
    """What the child bids for a word that arrives, and for one that leaves: nothing if it stores
    none, or if the word passes it by.
    """
    if isinstance(child, Compute):
        return Fraction(0), Fraction(0)
    passing = child.charging if shares.link.tensor == OUTPUTS else Charging()
    arriving = 0 if passing.first_reads == "forwarded" else exact(child.write_energy)
    leaving = 0 if passing.drains == "forwarded" else exact(child.read_energy)
    return arriving * shares.moving(child), leaving * shares.moving(child)


def _by_action(architecture: Architecture, words: Traffic, shares: Shares) -> Iterator[Booking]:
    """As Accelergy's tables: each read and each write costs its own energy where it happens."""
    parent, child = _ends(architecture, words)
    partial, tensor = words.written - words.finished, words.link.tensor
    moving, writing = shares.moving(parent), exact(parent.write_energy)
    yield parent.name, tensor, words.read, exact(parent.read_energy) * moving
    yield parent.name, tensor, partial, writing * moving
    yield parent.name, tensor, words.finished, writing * shares.finished(parent)
    if isinstance(child, Storage):
        yield child.name, tensor, words.filled, exact(child.write_energy) * shares.moving(child)
        yield child.name, tensor, words.drained, exact(child.read_energy) * shares.moving(child)


def _on_networks(words: Traffic, shares: Shares) -> Iterator[Booking]:
    for network in shares.networks:
        tensor, moving = words.link.tensor, shares.moving(network)
        collect, partial = exact(network.collect_energy), words.collected - words.finished
        yield network.name, tensor, words.delivered, exact(network.deliver_energy) * moving
        yield network.name, tensor, partial, collect * moving
        yield network.name, tensor, words.finished, collect * shares.finished(network)
        yield network.name, tensor, words.reduced, exact(network.reduce_energy) * moving
