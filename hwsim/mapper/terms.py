"""The energy of all mappings of one loop order as a sum of products over groups of dimensions.

Dimensions that slide along one rank form a group; groups do not touch each other's tiles. So for
each group every tiling is a row of factors, and the energy of a mapping is the weighted sum, over
the columns, of the products of its rows. Words that are fetched, prod(now) - prod(kept), are
summed without cancelling: over the groups g, in any order,

    prod(kept before g) * (now of g - kept of g) * prod(now after g)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from hwsim.accesses.count import keeps, span_of, turnovers
from hwsim.accesses.counts import Counts, Flow
from hwsim.accesses.traffic import traffic
from hwsim.accesses.turnover import Span, Step, Turnover
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
        sides = {
            group: _side(turnovers(layer, link.tensor, span, of_group), reads)
            for group, of_group in walks.items()
        }
        ranks = [rank for rank in layer.tensors[link.tensor] if not rank.slides]
        last = _last_change(span, pure & {name for rank in ranks for name in rank.dimensions})
        products = _products if keeps(architecture, link) else _all_moves
        made += products(span, sides, last, weight)
    return [column for column in made if all(factor.any() for factor in column.factors.values())]


def _side(parts: tuple[Turnover, ...], reads: bool) -> tuple[Integers, Integers]:
    """What the group holds and keeps, by class and row."""
    now = [part.read if reads else part.received for part in parts]
    kept = [part.read_kept if reads else part.received_kept for part in parts]
    return prod(now[1:], start=now[0]), prod(kept[1:], start=kept[0])


def _last_change(span: Span, changing: frozenset[str]) -> int:
    """The number of classes up to the last one that surely changes the tensor's tile."""
    return max(
        (at for at, moving in enumerate(span.moving, start=1) if moving in changing), default=1
    )


def _products(
    span: Span, sides: Mapping[Group, tuple[Integers, Integers]], last: int, weight: float
) -> Iterator[Column]:
    """The words of all classes as a sum of products.

    The first `last` classes change nearly everything: all that is held in all their moves is one
    product, of which the little that is kept goes off. Behind them little changes, so only that is
    summed up: now - kept of one group after the other, the group that moves first.
    """
    held = {group: _held(span, group, now, last) for group, (now, _) in sides.items()}
    yield Column(weight=weight, factors=held)
    for number in range(1, last):
        yield Column(
            weight=-weight, factors={group: kept[number] for group, (_, kept) in sides.items()}
        )
    for number, moving in enumerate(span.moving[last:], start=last):
        order = sorted(sides, key=lambda group: moving not in group)
        for at, group in enumerate(order):
            now, kept = sides[group]
            yield Column(
                weight=weight,
                factors={other: sides[other][1][number] for other in order[:at]}
                | {group: now[number] - kept[number]}
                | {other: sides[other][0][number] for other in order[at + 1 :]},
            )


def _all_moves(
    span: Span, sides: Mapping[Group, tuple[Integers, Integers]], last: int, weight: float
) -> Iterator[Column]:
    """The words of all classes where nothing is kept."""
    every = len(span.moving)
    held = {group: _held(span, group, now, every) for group, (now, _) in sides.items()}
    yield Column(weight=weight, factors=held)


def _held(span: Span, group: Group, now: Integers, last: int) -> Integers:
    """What the group holds in all moves of the first `last` classes, its own loops' moves."""
    own = [at for at, moving in enumerate(span.moving[:last]) if not at or moving in group]
    held: Integers = now[own].sum(axis=0)
    return held
