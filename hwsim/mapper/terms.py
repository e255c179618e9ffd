"""The energy of all mappings of one loop order as a sum of products over groups of dimensions.

Dimensions that slide along one rank form a group; groups do not touch each other's tiles. So for
each group every tiling is a row of factors, and the energy of a mapping is the weighted sum, over
the columns, of the products of its rows. Words that are fetched, prod(now) - prod(kept), are
summed without cancelling: over the groups g, in any order,

    prod(kept before g) * (now of g - kept of g) * prod(now after g)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import mul

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.count import keeps, span_of, turnovers
from hwsim.accesses.counts import Counts, Flow
from hwsim.accesses.traffic import traffic
from hwsim.accesses.turnover import Span, Step
from hwsim.accesses.walk import Integers, Walk
from hwsim.architecture.architecture import Architecture, Link
from hwsim.cost.energy import energies
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer

Floats = NDArray[np.float64]
Group = tuple[str, ...]
#: The two counts of a link that the mapping decides.
SIDES = ("visits", "arrivals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The energy of a layer as `constant` plus the energy of a word for each count of each link."""

    constant: float
    of: Mapping[tuple[Link, str], float]


def weights(architecture: Architecture, layer: Layer) -> Weights:
    """Price single words: the pricing itself says what each is worth, as it is linear in them."""
    words = dict[tuple[Link, str], int]()
    constant = _energy(architecture, layer, words)
    worth = {
        (link, side): _energy(architecture, layer, {(link, side): 1}) - constant
        for link in architecture.links
        for side in SIDES
    }
    for link in architecture.links:
        if not _fans_out(architecture, link):
            worth[link, "arrivals"] += worth.pop((link, "visits"))
        if not _fans_out(architecture, link) and not keeps(architecture, link):
            constant += worth.pop((link, "arrivals")) * layer.macs
    return Weights(constant=constant, of={word: energy for word, energy in worth.items() if energy})


def _fans_out(architecture: Architecture, link: Link) -> bool:
    """Whether a word read at the parent can arrive at several children."""
    between = slice(architecture.position(link.parent), architecture.position(link.child))
    return any(place.spatial for place in architecture.places[between])


def _energy(
    architecture: Architecture, layer: Layer, words: Mapping[tuple[Link, str], int]
) -> float:
    flows = list[Flow]()
    valueless = layer.words(OUTPUTS)
    for link in architecture.links:
        visits, arrivals = words.get((link, "visits"), 0), words.get((link, "arrivals"), 0)
        returned = visits - valueless if link.tensor == OUTPUTS else 0
        valueless = arrivals - returned if link.tensor == OUTPUTS else valueless
        flows.append(Flow(link=link, visits=visits, arrivals=arrivals, returned=returned))
    charged = traffic(architecture, Counts(flows=tuple(flows), work={}))
    return float(sum(energies(architecture, charged, layer.macs).values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A product: its weight, and for each group the factor of each row."""

    weight: float
    factors: Mapping[Group, Integers]


def columns(
    architecture: Architecture,
    layer: Layer,
    steps: tuple[Step, ...],
    walks: Mapping[Group, Mapping[str, Walk]],
    worth: Weights,
    pure: frozenset[str],
) -> list[Column]:
    """The products whose weighted sum is the energy.

    `pure` are the dimensions each of whose loops takes at least two steps in every row.
    """
    ones = {
        group: np.ones(len(next(iter(of_group.values())).tiles), dtype=np.int64)
        for group, of_group in walks.items()
    }
    made = [Column(weight=worth.constant, factors=ones)]
    for (link, side), weight in worth.of.items():
        span = span_of(architecture, link, steps)
        reads = side == "visits" and not (link.unicast and link.tensor != OUTPUTS)
        shares = {group: _share(layer, link, span, group, walks[group], reads) for group in walks}
        if not keeps(architecture, link):
            made.append(_held(span, shares, len(span.moving), weight))
            continue
        ranks = [rank for rank in layer.tensors[link.tensor] if not rank.slides]
        last = _last_change(span, pure & {name for rank in ranks for name in rank.dimensions})
        made.append(_held(span, shares, last, weight))
        made += _products(span, shares, last, weight)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """A group's part of a tensor's words over a link, by class of moves and row: what it holds,
    what of it was kept, what is fresh; and which classes keep any, or have any fresh.
    """

    now: Integers
    kept: Integers
    fresh: Integers
    keeps: list[bool]
    changes: list[bool]


def _share(
    layer: Layer, link: Link, span: Span, group: Group, walks: Mapping[str, Walk], reads: bool
) -> _Share:
    def make() -> _Share:
        parts = turnovers(layer, link.tensor, span, walks)
        now = reduce(mul, (part.read if reads else part.received for part in parts))
        kept = reduce(mul, (part.read_kept if reads else part.received_kept for part in parts))
        fresh = now - kept
        return _Share(
            now=now,
            kept=kept,
            fresh=fresh,
            keeps=[bool(row.any()) for row in kept],
            changes=[bool(row.any()) for row in fresh],
        )

    own = tuple(moving if moving in group else "" for moving in span.moving)
    key = ("share", link.tensor, span.parent, span.child, own, reads)
    return next(iter(walks.values())).recall(key, make)


def _last_change(span: Span, changing: frozenset[str]) -> int:
    """The number of classes up to the last one that surely changes the tensor's tile."""
    return max(
        (at for at, moving in enumerate(span.moving, start=1) if moving in changing), default=1
    )


def _held(span: Span, shares: Mapping[Group, _Share], last: int, weight: float) -> Column:
    """All that is held in all moves of the first `last` classes: for each group, its own moves."""
    factors = {}
    for group, share in shares.items():
        own = [at for at, moving in enumerate(span.moving[:last]) if not at or moving in group]
        factors[group] = share.now[own].sum(axis=0)
    return Column(weight=weight, factors=factors)


def _products(
    span: Span, shares: Mapping[Group, _Share], last: int, weight: float
) -> Iterator[Column]:
    """What is not fetched of the words that are held in the first `last` classes, and what is in
    the others.

    The first change nearly everything: the little that is kept goes off what is held. The others
    change little, so only that is summed up: what is fresh of one group after the other, the group
    that moves first.
    """
    for at in range(1, last):
        if all(share.keeps[at] for share in shares.values()):
            factors = {group: share.kept[at] for group, share in shares.items()}
            yield Column(weight=-weight, factors=factors)
    for at, moving in enumerate(span.moving[last:], start=last):
        order = sorted(shares, key=lambda group: moving not in group)
        for number, group in enumerate(order):
            if shares[group].changes[at]:
                factors = {other: shares[other].kept[at] for other in order[:number]}
                factors[group] = shares[group].fresh[at]
                factors |= {other: shares[other].now[at] for other in order[number + 1 :]}
                yield Column(weight=weight, factors=factors)
            if not shares[group].keeps[at]:
                break
