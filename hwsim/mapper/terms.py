"""The energy of all mappings of one loop order as a sum of products, one factor a group of dimensions.

Dimensions that slide along one rank form a group; groups do not touch each other's tiles. So for
each group every tiling is a row of factors, and the energy of a mapping is the weighted sum, over
the columns, of the product of its rows. All factors are non-negative: for each class of moves

    prod(now) - prod(kept)  =  sum over groups g of  prod(kept before g) (now - kept of g) prod(now after g)
"""

from collections.abc import Iterable, Mapping
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
    nothing = {(link, side): 0 for link in architecture.links for side in SIDES}
    constant = _energy(architecture, layer, nothing)
    return Weights(
        constant=constant,
        of={word: _energy(architecture, layer, {**nothing, word: 1}) - constant for word in nothing},
    )


def _energy(architecture: Architecture, layer: Layer, words: Mapping[tuple[Link, str], int]) -> float:
    flows = list[Flow]()
    valueless = layer.words(OUTPUTS)
    for link in architecture.links:
        visits, arrivals = words[link, "visits"], words[link, "arrivals"]
        returned = visits - valueless if link.tensor == OUTPUTS else 0
        valueless = arrivals - returned if link.tensor == OUTPUTS else valueless
        flows.append(Flow(link=link, visits=visits, arrivals=arrivals, returned=returned))
    charged = traffic(architecture, Counts(flows=tuple(flows), work={}))
    return float(sum(energies(architecture, charged, layer.macs).values()))


def factors(
    architecture: Architecture,
    layer: Layer,
    steps: tuple[Step, ...],
    walks: Mapping[Group, Mapping[str, Walk]],
    worth: Weights,
) -> tuple[dict[Group, Floats], Floats]:
    """For each group its factors, of shape (rows, columns), and the weight of each column."""
    columns: dict[Group, list[Integers]] = {group: [] for group in walks}
    column_weights: list[float] = []
    for link in architecture.links:
        span = span_of(architecture, link, steps)
        parts = {group: turnovers(layer, link.tensor, span, walks[group]) for group in walks}
        for side in SIDES:
            worth_of_word = worth.of[link, side]
            if worth_of_word == 0:
                continue
            reads = side == "visits" and not (link.unicast and link.tensor != OUTPUTS)
            sides = {group: _side(of_group, reads) for group, of_group in parts.items()}
            made = (
                _columns(span, sides)
                if keeps(architecture, link)
                else [_all(span, parts, reads)]
            )
            for column in made:
                column_weights.append(worth_of_word)
                for group, factor in column.items():
                    columns[group].append(factor)
    return (
        {group: np.array(made, dtype=np.float64).T for group, made in columns.items()},
        np.array(column_weights),
    )


def _side(parts: Mapping[Group, Turnover], reads: bool) -> tuple[Integers, Integers]:
    """What the group holds and keeps, by class and row."""
    now = [part.read if reads else part.received for part in parts.values()]
    kept = [part.read_kept if reads else part.received_kept for part in parts.values()]
    return prod(now[1:], start=now[0]), prod(kept[1:], start=kept[0])


def _columns(
    span: Span, sides: Mapping[Group, tuple[Integers, Integers]]
) -> list[dict[Group, Integers]]:
    """The products of every class of moves; the group that moves comes first."""
    made = [{group: now[0] for group, (now, _) in sides.items()}]
    for number, moving in enumerate(span.moving[1:], start=1):
        order = _moving_first(sides, moving)
        for at, group in enumerate(order):
            now, kept = sides[group]
            column = {other: sides[other][1][number] for other in order[:at]}
            column[group] = now[number] - kept[number]
            column |= {other: sides[other][0][number] for other in order[at + 1 :]}
            if all(factor.any() for factor in column.values()):
                made.append(column)
    return made


def _moving_first(groups: Iterable[Group], moving: str) -> list[Group]:
    return sorted(groups, key=lambda group: moving not in group)


def _all(
    span: Span, parts: Mapping[Group, Mapping[Group, Turnover]], reads: bool
) -> dict[Group, Integers]:
    """The product over all moves of all classes, where nothing is kept."""

    def total(part: Group, turnover: Turnover) -> Integers:
        held = turnover.read if reads else turnover.received
        own = [at for at, moving in enumerate(span.moving) if not at or moving in part]
        result: Integers = held[own].sum(axis=0)
        return result

    return {
        group: prod((total(name, part) for name, part in of_group.items()), start=np.int64(1))
        for group, of_group in parts.items()
    }
