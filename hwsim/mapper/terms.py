"""The energy of all mappings of one loop order as a sum of products over groups of dimensions.

Dimensions that slide along one rank form a group; groups do not touch each other's tiles. So for
each group every tiling is a row of factors, and the energy of a mapping is the weighted sum, over
the columns, of the products of its rows. Words that are fetched, prod(now) - prod(kept), are
summed without cancelling: over the groups g, in any order,

    prod(kept before g) * (now of g - kept of g) * prod(now after g)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from hwsim.accesses.counts import Counts, Flow
from hwsim.accesses.order import Span, Step, keeps, span_of
from hwsim.accesses.traffic import traffic
from hwsim.accesses.walk import Integers
from hwsim.architecture.architecture import Architecture, Link
from hwsim.cost.energy import energies
from hwsim.mapper.rows import Rows, Share
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer

Group = tuple[str, ...]
#: The energy of a word for each count of each link.
Weights = Mapping[tuple[Link, str], float]
#: The two counts of a link that the mapping decides.
SIDES = ("visits", "arrivals")


def weights(architecture: Architecture, layer: Layer) -> Weights:
    """The energy of a word for each count of each link that the mapping decides.

    Single words are priced: the pricing itself says what each is worth, as it is linear in them.
    The difference is exact, so that a large layer's energy does not drown it.
    """
    constant = _energy(architecture, layer, {})
    worth = {
        (link, side): _energy(architecture, layer, {(link, side): 1}) - constant
        for link in architecture.links
        for side in SIDES
    }
    for link in architecture.links:
        if not _fans_out(architecture, link):
            worth[link, "arrivals"] += worth.pop((link, "visits"))
        if not _fans_out(architecture, link) and not keeps(architecture, link):
            del worth[link, "arrivals"]  # every MAC takes its word, whatever the mapping
    return {word: float(energy) for word, energy in worth.items() if energy}


def _fans_out(architecture: Architecture, link: Link) -> bool:
    """Whether a word read at the parent can arrive at several children."""
    between = slice(architecture.position(link.parent), architecture.position(link.child))
    return any(place.spatial for place in architecture.places[between])


def _energy(
    architecture: Architecture, layer: Layer, words: Mapping[tuple[Link, str], int]
) -> Fraction:
    flows = list[Flow]()
    valueless = layer.words(OUTPUTS)
    for link in architecture.links:
        visits, arrivals = words.get((link, "visits"), 0), words.get((link, "arrivals"), 0)
        returned = visits - valueless if link.tensor == OUTPUTS else 0
        valueless = arrivals - returned if link.tensor == OUTPUTS else valueless
        flows.append(Flow(link=link, visits=visits, arrivals=arrivals, returned=returned))
    charged = traffic(architecture, Counts(flows=tuple(flows), work={}))
    return sum(energies(architecture, charged, layer.macs).values(), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A product: its weight, and for each group the factor of each row."""

    weight: float
    factors: Mapping[Group, Integers]


def columns(
    architecture: Architecture,
    layer: Layer,
    steps: tuple[Step, ...],
    rows: Mapping[Group, Rows],
    worth: Weights,
    pure: frozenset[str],
) -> list[Column]:
    """The products whose weighted sum is the energy that the mapping decides.

    `pure` are the dimensions each of whose loops takes at least two steps in every row.
    """
    made = list[Column]()
    for (link, side), weight in worth.items():
        span = span_of(architecture, link, steps)
        reads = side == "visits" and not (link.unicast and link.tensor != OUTPUTS)
        shares = {group: of_group.share(link, span, reads) for group, of_group in rows.items()}
        if not keeps(architecture, link):
            made.append(_held(span, shares, len(span.moving), weight))
            continue
        ranks = [rank for rank in layer.tensors[link.tensor] if not rank.slides]
        last = _last_change(span, pure & {name for rank in ranks for name in rank.dimensions})
        made.append(_held(span, shares, last, weight))
        made += _products(span, shares, last, weight)
    return made


def _last_change(span: Span, changing: frozenset[str]) -> int:
    """The number of classes up to the last one that surely changes the tensor's tile."""
    return max(
        (at for at, moving in enumerate(span.moving, start=1) if moving in changing), default=1
    )


def _held(span: Span, shares: Mapping[Group, Share], last: int, weight: float) -> Column:
    """All that is held in all moves of the first `last` classes: for each group, its own moves."""
    factors = {}
    for group, share in shares.items():
        own = [at for at, moving in enumerate(span.moving[:last]) if not at or moving in group]
        factors[group] = share.now[own].sum(axis=0)
    return Column(weight=weight, factors=factors)


def _products(
    span: Span, shares: Mapping[Group, Share], last: int, weight: float
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
