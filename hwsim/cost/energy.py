"""Charged words to energy: the dearer end of a transfer pays, or every action does."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, NamedTuple

from hwsim.accesses.traffic import Traffic
from hwsim.architecture.architecture import Architecture, Link
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Compute, Mover, Storage
from hwsim.architecture.components.compute import MAC
from hwsim.architecture.components.storage import READ, WRITE
from hwsim.cost import actions
from hwsim.cost.actions import ACTIONS, Charged, Counting, Words
from hwsim.cost.cost import COMPUTE
from hwsim.cost.share import Shares
from hwsim.sparsity.width import compute_share
from hwsim.sparsity.zeros import SAVES_ENERGY, macs_left
from hwsim.vocabulary import OUTPUTS, exact
from hwsim.workload.layer import Layer


class Rate(NamedTuple):
    """What is booked at a component, for a tensor: the energy of each of some words of a link."""

    component: str
    tensor: str
    words: Words
    energy: Fraction


def energies(
    architecture: Architecture, traffics: Iterable[Traffic], layer: Layer
) -> dict[tuple[str, str], Fraction]:
    """Energy by component and tensor, in the architecture's unit, without rounding."""
    table = {(architecture.compute.name, COMPUTE): of_macs(architecture, layer)}
    for words in traffics:
        for rate in rates(architecture, words, layer):
            cell = (rate.component, rate.tensor)
            table[cell] = table.get(cell, Fraction(0)) + rate.words(words) * rate.energy
    return table


def of_macs(architecture: Architecture, layer: Layer) -> Fraction:
    """The energy of all MACs of the layer."""
    compute = architecture.compute
    share = macs_left(compute, layer, SAVES_ENERGY) * compute_share(compute, layer)
    return layer.macs * exact(compute.energies[MAC]) * share


def rates(architecture: Architecture, words: Traffic, layer: Layer) -> Iterator[Rate]:
    """What the words of a link cost each, however many there are.

    It depends on the mapping only where rows are charged whole, by how many words move together.
    """
    shares = Shares(architecture, words, layer, SAVES_ENERGY)
    yield from CHARGE_BY[architecture.charge_by].rates(architecture, shares)
    for network in shares.networks:
        yield from _done(network, shares, lambda action: action.across)


def _ends(architecture: Architecture, link: Link) -> tuple[Storage, Storage | Compute]:
    parent, child = architecture.components[link.parent], architecture.components[link.child]
    assert isinstance(parent, Storage)
    assert isinstance(child, Storage | Compute)
    return parent, child


def _by_transfer(architecture: Architecture, shares: Shares) -> Iterator[Rate]:
    """ISCA 2016, eq. 3 and 4: a word that moves between two levels costs the dearer of them.

    Which one that is does not depend on how well rows are used.
    """
    parent, child = _ends(architecture, shares.link)
    bids = by_word = _bids(parent, child, shares)
    if shares.words.above or shares.words.below:
        by_word = _bids(parent, child, replace(shares, in_rows=False))
    for one, (words, energy, others, bid) in zip(by_word, bids, strict=True):
        if one.energy >= one.bid:
            yield Rate(parent.name, shares.link.tensor, words, energy)
        else:
            yield Rate(child.name, shares.link.tensor, others, bid)


class _Bids(NamedTuple):
    """Words that cross a link, as the parent counts them and its energy for each; and the child."""

    words: Words
    energy: Fraction
    others: Words
    bid: Fraction


def _bids(parent: Storage, child: Storage | Compute, shares: Shares) -> list[_Bids]:
    """What both ends ask for words on the way down, for partial sums and for outputs on theirs."""
    moving = shares.moving(parent)
    arriving, leaving = _child_energies(child, shares)
    read, write = exact(parent.energies[READ]), exact(parent.energies[WRITE])
    bids = [
        _Bids(actions.read, read * moving, actions.delivered, arriving),
        _Bids(actions.written, write * moving, actions.unfinished, leaving),
    ]
    if shares.link.tensor == OUTPUTS:
        home = write * shares.finished(parent)
        bids.append(_Bids(actions.finished, home, actions.finished, leaving))
    return bids


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


def _by_action(architecture: Architecture, shares: Shares) -> Iterator[Rate]:
    """As Accelergy's tables: each read and each write costs its own energy where it happens."""
    parent, child = _ends(architecture, shares.link)
    yield from _done(parent, shares, lambda action: action.above)
    if isinstance(child, Storage):
        yield from _done(child, shares, lambda action: action.below)


def _done(
    part: Mover, shares: Shares, where: Callable[[Charged], Counting | None]
) -> Iterator[Rate]:
    """What each action of a component with words of the link costs."""
    tensor, moving = shares.link.tensor, shares.moving(part)
    for action, given in part.energies.items():
        counting = where(ACTIONS[action])
        if counting is None:
            continue
        energy = exact(given)
        yield Rate(part.name, tensor, counting.moving, energy * moving)
        if counting.finished and tensor == OUTPUTS:
            yield Rate(part.name, tensor, counting.finished, energy * shares.finished(part))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeBy:
    """What words cost at the ends of a link, and how a report `says` that."""

    rates: Callable[[Architecture, Shares], Iterator[Rate]]
    says: str


#: By the words of a file.
CHARGE_BY: Final[Mapping[str, ChargeBy]] = {
    "transfer": ChargeBy(
        rates=_by_transfer,
        says="a word that moves between two levels costs the dearer of them",
    ),
    "action": ChargeBy(rates=_by_action, says="every read and every write costs where it happens"),
}
