"""Charged words to energy: the dearer end of a transfer pays, or every action does."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, NamedTuple

from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Compute, Mover, Storage
from hwsim.architecture.components.compute import MAC
from hwsim.architecture.components.storage import READ, WRITE
from hwsim.cost.actions import ACTIONS, Charged, Counting
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
    of_ends = CHARGE_BY[architecture.charge_by].bookings
    table: dict[tuple[str, str], Fraction] = {}
    bookings: list[Booking] = [_of_macs(architecture.compute, layer)]
    for words in traffics:
        shares = Shares(architecture, words, layer, SAVES_ENERGY)
        bookings += [*of_ends(architecture, words, shares), *_crossed(words, shares)]
    for component, tensor, number, energy in bookings:
        cell = (component, tensor)
        table[cell] = table.get(cell, Fraction(0)) + number * energy
    return table


def _of_macs(compute: Compute, layer: Layer) -> Booking:
    share = macs_left(compute, layer, SAVES_ENERGY) * compute_share(compute, layer)
    return compute.name, COMPUTE, layer.macs, exact(compute.energies[MAC]) * share


def _ends(architecture: Architecture, words: Traffic) -> tuple[Storage, Storage | Compute]:
    parent = architecture.components[words.link.parent]
    child = architecture.components[words.link.child]
    assert isinstance(parent, Storage)
    assert isinstance(child, Storage | Compute)
    return parent, child


def _by_transfer(architecture: Architecture, words: Traffic, shares: Shares) -> Iterator[Booking]:
    """ISCA 2016, eq. 3 and 4: a word that moves between two levels costs the dearer of them.

    Which one that is does not depend on how well rows are used.
    """
    parent, child = _ends(architecture, words)
    bids = by_word = [*_bids(parent, child, words, shares)]
    if words.above or words.below:
        by_word = [*_bids(parent, child, words, replace(shares, in_rows=False))]
    for one, (number, energy, others, bid) in zip(by_word, bids, strict=True):
        if one.energy >= one.bid:
            yield parent.name, words.link.tensor, number, energy
        else:
            yield child.name, words.link.tensor, others, bid


class _Bids(NamedTuple):
    """Words that cross a link, as the parent counts them and its energy for each; and the child."""

    number: int
    energy: Fraction
    others: int
    bid: Fraction


def _bids(
    parent: Storage, child: Storage | Compute, words: Traffic, shares: Shares
) -> Iterator[_Bids]:
    """What both ends ask for words on the way down, for partial sums and for outputs on theirs."""
    moving, finished = shares.moving(parent), shares.finished(parent)
    arriving, leaving = _child_energies(child, shares)
    read, write = exact(parent.energies[READ]), exact(parent.energies[WRITE])
    partial, unfinished = words.written - words.finished, words.drained - words.finished
    yield _Bids(words.read, read * moving, words.delivered, arriving)
    yield _Bids(partial, write * moving, unfinished, leaving)
    yield _Bids(words.finished, write * finished, words.finished, leaving)


def _child_energies(child: Storage | Compute, shares: Shares) -> tuple[Fraction, Fraction]:
    """Return what the child bids for a word that arrives, and for one that leaves.

    It bids nothing for words that it does not store, or that pass it by.
    """
    if isinstance(child, Compute):
        return Fraction(0), Fraction(0)
    passing = child.charging if shares.link.tensor == OUTPUTS else Charging()
    arriving = 0 if passing.first_read.passed else exact(child.energies[WRITE])
    leaving = exact(child.energies[READ]) if passing.drain.read else 0
    return arriving * shares.moving(child), leaving * shares.moving(child)


def _by_action(architecture: Architecture, words: Traffic, shares: Shares) -> Iterator[Booking]:
    """As Accelergy's tables: each read and each write costs its own energy where it happens."""
    parent, child = _ends(architecture, words)
    yield from _done(parent, words, shares, lambda action: action.above)
    if isinstance(child, Storage):
        yield from _done(child, words, shares, lambda action: action.below)


def _crossed(words: Traffic, shares: Shares) -> Iterator[Booking]:
    for network in shares.networks:
        yield from _done(network, words, shares, lambda action: action.across)


def _done(
    part: Mover, words: Traffic, shares: Shares, where: Callable[[Charged], Counting]
) -> Iterator[Booking]:
    """What each action of a component with these words costs."""
    moving = shares.moving(part)
    for action, given in part.energies.items():
        number, finished = where(ACTIONS[action])(words)
        energy = exact(given)
        yield part.name, words.link.tensor, number, energy * moving
        if finished:
            yield part.name, words.link.tensor, finished, energy * shares.finished(part)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeBy:
    """What is booked at the ends of a link, and how a report `says` that."""

    bookings: Callable[[Architecture, Traffic, Shares], Iterator[Booking]]
    says: str


#: By the words of a file.
CHARGE_BY: Final[Mapping[str, ChargeBy]] = {
    "transfer": ChargeBy(
        bookings=_by_transfer,
        says="a word that moves between two levels costs the dearer of them",
    ),
    "action": ChargeBy(
        bookings=_by_action, says="every read and every write costs where it happens"
    ),
}
