"""The loop orders that can matter: which tensor stays still at a storage, and which window slides.

At a place only the innermost loops decide what is reused inside it. A tensor stays still while the
innermost loops all run over dimensions that it does not depend on. So for each tensor all those
dimensions are tried innermost and, of the loops that can slide a window, each as the innermost of
its kind. That is the declared space. Other orders are seldom better: where loops of two windows
compete, where a window's first and last tiles overlap, or where instances idle
(`tests/mapper/test_exhaustive.py` has the smallest known cases).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, product

from hwsim.accesses.order import OrderedLoop
from hwsim.accesses.turns import turned
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.dataflow import Constraint
from hwsim.mapper.places import keeps_inside
from hwsim.mapper.tilings import Tilings
from hwsim.workload.layer import Layer

Order = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """On which dimensions each tensor depends, on which of them so that any step brings other
    elements, and which dimensions slide along another.
    """

    uses: tuple[frozenset[str], ...]
    changes: tuple[frozenset[str], ...]
    slides: frozenset[str]

    def turning(self, dimensions: frozenset[str]) -> "Relevance":
        """Where any step along these dimensions counts, too: they turn what is waited for."""
        return replace(self, changes=(*self.changes, dimensions)) if dimensions else self


def relevance(layer: Layer) -> Relevance:
    """The relevance of a layer's dimensions."""
    ranks = [rank for ranks in layer.tensors.values() for rank in ranks if rank.slides]
    return Relevance(
        uses=tuple(layer.dimensions_of(tensor) for tensor in layer.tensors),
        changes=tuple(
            frozenset(name for rank in ranks if not rank.slides for name in rank.dimensions)
            for ranks in layer.tensors.values()
        ),
        slides=frozenset(name for rank in ranks for name in rank.dimensions),
    )


def relevance_at(architecture: Architecture, layer: Layer, place: int) -> Relevance:
    """The relevance of a layer's dimensions for loops at a place."""
    turns = turned(architecture, layer)
    turning = frozenset[str]().union(*(uses for inner, uses in turns if inner > place))
    return relevance(layer).turning(turning)


def orders(
    architecture: Architecture,
    layer: Layer,
    tilings: Mapping[str, Tilings],
    fixed: Mapping[int, Order],
) -> tuple[tuple[Order, ...], ...]:
    """For each place, orders of its loops, with the loops that run in each; some are `fixed`.

    In all choices of one for each place, every nest of the space is priced: in one of them as it
    is, in others no lower.
    """
    choices = list[tuple[Order, ...]]()
    for at, place in enumerate(architecture.places):
        here = tuple(name for name in layer.bounds if at in tilings[name].places)
        if at in fixed:
            choices.append((fixed[at],))
        elif keeps_inside(architecture, at):
            run = tuple(name for name in here if tilings[name].may_run(at))
            must = frozenset(name for name in run if tilings[name].must_run(at))
            rule = architecture.dataflow.at(place.name)
            choices.append(covering(rule, relevance_at(architecture, layer, at), run, must))
        else:
            choices.append((here,))
    return tuple(choices)


def steps_in(
    architecture: Architecture, choices: Sequence[Sequence[Order]]
) -> Iterator[tuple[OrderedLoop, ...]]:
    """Every choice of one order for each place, as the loops of a nest."""
    for choice in product(*choices):
        yield tuple(
            OrderedLoop(dimension=dimension, place=at, spatial=place.spatial)
            for at, (place, order) in enumerate(zip(architecture.places, choice, strict=True))
            for dimension in order
        )


@cache
def covering(
    rule: Constraint, relevance: Relevance, here: Order, must: frozenset[str]
) -> tuple[Order, ...]:
    """Orders of loops at a place such that, whichever of the loops `here` take more than one step
    (`must` always do), and in whichever of the tried orders, one of these prices them as they are.
    """
    whole = tried(rule, relevance, here)
    found = list[Order]()
    for number in range(len(here), -1, -1):
        for running in combinations(here, number):
            if not must <= set(running):
                continue
            for order in tried(rule, relevance, running):
                if not any(_prices(one, order, relevance) for one in found):
                    found.append(_widest(order, whole, relevance))
    return tuple(found)


@cache
def left_to(choices: Sequence[Order], order: Order, running: Order, relevance: Relevance) -> Order:
    """Which of the orders of a place is to price the loops that run, of all that have them as this
    order has: the first that prices them as they are. It itself, if none does.
    """
    return next((one for one in choices if _prices(one, running, relevance)), order)


def _widest(order: Order, whole: Sequence[Order], relevance: Relevance) -> Order:
    """Of the orders of all loops one that has these in this order, with as many others as do not
    spoil their price.
    """
    for other in whole:
        if tuple(name for name in other if name in order) == order:
            spoilt = set[str]()
            for changes in relevance.changes:
                spoilt |= _spoiling(other, order, changes)
            return tuple(name for name in other if name not in spoilt)
    return order


def _prices(order: Order, running: Order, relevance: Relevance) -> bool:
    """Whether the loops that run, in their order, are priced in this order as they are."""
    if tuple(name for name in order if name in running) != running:
        return False
    return not any(_spoiling(order, running, changes) for changes in relevance.changes)


def _spoiling(order: Order, running: Order, changes: frozenset[str]) -> set[str]:
    """Loops of one step that would be taken to change a tensor's tile though none inside does.

    The innermost loop that changes it decides (`terms.py`); what runs outside that loop moves the
    whole tile. A loop of one step does harm there if loops run between it and the one that decides
    indeed, or, if none does, outside the place.
    """
    spoiling, harm = set[str](), not any(name in changes for name in running)
    for name in order if harm else order[_last(order, running, changes) + 1 :]:
        if name in changes and harm:
            spoiling.add(name)
        harm = harm or (name in running and name not in changes)
    return spoiling


def _last(order: Order, running: Order, changes: frozenset[str]) -> int:
    return max(at for at, name in enumerate(order) if name in running and name in changes)


@cache
def tried(rule: Constraint, relevance: Relevance, here: Order) -> tuple[Order, ...]:
    """The orders to try of these loops at a place."""
    if rule.order is not None:
        return (tuple(name for name in rule.order if name in here),)
    last = tuple(name for name in rule.innermost if name in here)
    free = tuple(name for name in here if name not in last)
    return tuple(dict.fromkeys(order + last for order in _free_orders(relevance, free)))


def _free_orders(relevance: Relevance, free: Order) -> Iterator[Order]:
    """For each tensor that can stay still, for each loop that can slide a window, one order."""
    for uses in relevance.uses:
        still = tuple(name for name in free if name not in uses)
        moving = tuple(name for name in free if name in uses)
        for slide in [name for name in free if name in relevance.slides] or [""]:
            yield _ending(moving, slide) + _ending(still, slide)


def _ending(names: Order, name: str) -> Order:
    """The names with `name`, if it is one of them, moved to the end."""
    return tuple(sorted(names, key=lambda other: other == name))
