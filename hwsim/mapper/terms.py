"""The measures of all mappings of one loop order as sums of products over groups of dimensions.

Dimensions that slide along one rank form a group; groups do not touch each other's tiles. So for
each group every tiling is a row of factors, and what a mapping costs is the weighted sum, over
the columns, of the products of its rows. Words that are fetched, prod(now) - prod(kept), are
summed without cancelling: over the groups g, in any order,

    prod(kept before g) * (now of g - kept of g) * prod(now after g)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from hwsim.accesses.order import OrderedLoop, keeps, span_of
from hwsim.accesses.turns import turning
from hwsim.accesses.walk import Integers
from hwsim.architecture.architecture import Architecture
from hwsim.mapper.measures import Gauge, Word
from hwsim.mapper.room import Floats
from hwsim.mapper.rows import Combinations, Share
from hwsim.mapper.watch import TimeUp, Watch
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.layer import Layer

DimensionGroup = tuple[str, ...]
#: The sign of a product, and the number of each group's factor.
SignedProduct = tuple[int, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The products whose weighted sums are the measures.

    `weights` of the columns, those of measure i from `starts[i]` on; for each group the numbers of
    its `factors`, and of those that they are to be multiplied with, `times`, unless all are 1.
    """

    weights: Floats
    starts: tuple[int, ...]
    factors: tuple[Integers, ...]
    times: tuple[Integers, ...] | None


def columns(
    architecture: Architecture,
    layer: Layer,
    measures: Sequence[Gauge],
    steps: tuple[OrderedLoop, ...],
    rows: Mapping[DimensionGroup, Combinations],
    watch: Watch,
    apart: bool,
) -> Columns:
    """The columns of the measures, none of which takes off what another holds, if they are to be
    bounded `apart`. They are what mappings cost all of whose loops that change a
    tile take more than one step, and no less than others do. Raises `TimeUp` if it takes too long.
    """
    words = {word: False for measure in measures for word in measure.weights}
    words |= {word: True for it in measures for word, worth in it.weights.items() if worth < 0}
    of_word = _products(architecture, layer, words, steps, rows, watch, apart)
    ones = [group.one() for group in rows.values()]
    weights, factors = list[float](), list[list[int]]()
    times, starts = list[list[int]](), list[int]()
    for measure in measures:
        starts.append(len(weights))
        made = [(worth, it) for word, worth in measure.weights.items() for it in of_word[word]]
        common = ones
        if measure.times:
            common = _common(measure, steps, rows)
            made += [(measure.constant, (1, ones))] if measure.constant else []
        made = made or [(0, (1, ones))]
        weights += [worth * sign for worth, (sign, _) in made]
        factors += [factor for _, (_, factor) in made]
        times += [common] * len(made)
    return Columns(
        weights=np.array(weights, dtype=float),
        starts=tuple(starts),
        factors=tuple(np.array(factors, dtype=int).reshape(-1, len(rows)).T),
        times=tuple(np.array(times, dtype=int).T) if any(it.times for it in measures) else None,
    )


def _common(
    measure: Gauge, steps: tuple[OrderedLoop, ...], rows: Mapping[DimensionGroup, Combinations]
) -> list[int]:
    """The number of each group's factor of what a measure is multiplied with."""
    assert measure.times
    kind, position = measure.times
    if kind != "turns":
        return [group.times(kind, position) for group in rows.values()]
    outside = steps[: turning(steps, measure.turned)]
    return [
        group.turns(tuple(step for step in outside if step.dimension in names))
        for names, group in rows.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """How the loops outside a child move, class by class; class 0 is the first fill.

    For each class the dimension that moves and, for each group, its state (see `Share`) and how
    many of its own loops have moved by then.
    """

    moving: tuple[str, ...]
    states: list[list[int]]
    depths: list[list[int]]
    own: list[tuple[OrderedLoop, ...]]


def _course(
    steps: tuple[OrderedLoop, ...], groups: Sequence[DimensionGroup], child: int
) -> Passage:
    outside = [step for step in steps if step.place < child]
    moving = ("", *(step.dimension for step in outside if not step.spatial))
    states, depths = [], []
    for group in groups:
        depth, state, by_class = 0, list[int](), list[int]()
        for name in moving:
            mine = name in group
            state.append(2 * depth + mine)
            depth += mine
            by_class.append(depth)
        states.append(state)
        depths.append(by_class)
    own = [tuple(step for step in outside if step.dimension in group) for group in groups]
    return Passage(moving=moving, states=states, depths=depths, own=own)


def _products(
    architecture: Architecture,
    layer: Layer,
    words: Mapping[Word, bool],
    steps: tuple[OrderedLoop, ...],
    rows: Mapping[DimensionGroup, Combinations],
    watch: Watch,
    apart: bool,
) -> dict[Word, list[SignedProduct]]:
    """For each count of a link, the products that it is the sum of.

    `words` tells which of them must not be overestimated, as fewer of them cost more.
    """
    courses: dict[int, Passage] = {}
    made = {}
    for (link, side), exact in words.items():
        if not watch.in_time():
            raise TimeUp
        span = span_of(architecture, link, ())
        if span.child not in courses:
            courses[span.child] = _course(steps, list(rows), span.child)
        course = courses[span.child]
        reads = side == "visits" and not (link.unicast and link.tensor != OUTPUTS)
        shares = [
            group.share(link, span, own, reads)
            for group, own in zip(rows.values(), course.own, strict=True)
        ]
        if not keeps(architecture, link):
            made[link, side] = [_held(course, shares, len(course.moving))]
            continue
        ranks = [rank for rank in layer.tensors[link.tensor] if not rank.slides]
        last = _last_change(course, {name for rank in ranks for name in rank.dimensions})
        whole = _first_kept(course, shares, last) if apart and not exact else last
        made[link, side] = [
            _held(course, shares, whole),
            *_given_back(course, shares, whole, exact),
            *_changed(course, list(rows), shares, whole, last),
        ]
    return made


def _last_change(course: Passage, changing: set[str]) -> int:
    """The number of classes up to the last one that changes the tensor's tile."""
    return max(
        (at for at, moving in enumerate(course.moving, start=1) if moving in changing), default=1
    )


def _held(course: Passage, shares: Sequence[Share], last: int) -> SignedProduct:
    """All that is held in all moves of the first `last` classes: whatever loops of other groups do,
    each group shows all tiles of its own loops among them.
    """
    depths = (depth[last - 1] for depth in course.depths)
    return 1, [share.holds[2 * depth] for share, depth in zip(shares, depths, strict=True)]


def _kept(course: Passage, shares: Sequence[Share], at: int) -> list[int] | None:
    """What is kept in a class of moves, if anything is in some row."""
    kept = [share.kept[state[at]] for share, state in zip(shares, course.states, strict=True)]
    return None if None in kept else cast(list[int], kept)


def _stays(course: Passage, shares: Sequence[Share], at: int) -> bool:
    """Whether instances may be idle in a class of moves that changes everything, and keep what they
    have.
    """
    idle = any(share.stays[state[at]] for share, state in zip(shares, course.states, strict=True))
    return idle and _kept(course, shares, at) is not None


def _first_kept(course: Passage, shares: Sequence[Share], last: int) -> int:
    """The first of the classes up to the last one that changes the tile in which anything stays."""
    return next((at for at in range(1, last) if _stays(course, shares, at)), last)


def _given_back(
    course: Passage, shares: Sequence[Share], last: int, exact: bool
) -> Iterator[SignedProduct]:
    """What instances that are idle keep of the words that are held in the first `last` classes; if
    it has to be `exact`, also what is kept as no loop further in takes more than one step.
    """
    for at in range(1, last):
        kept = _kept(course, shares, at)
        if kept and (exact or _stays(course, shares, at)):
            yield -1, kept


def _changed(
    course: Passage,
    groups: Sequence[DimensionGroup],
    shares: Sequence[Share],
    first: int,
    last: int,
) -> Iterator[SignedProduct]:
    """The words that are fetched in the classes of moves from the `first` on.

    Those before the `last` change everything, but for instances that are idle when it changes. What
    changes little is not what is held less what is kept, two large numbers that cannot be bounded
    apart. It is summed up: what is fresh of one group after the other, the group that moves first.
    """
    for at, moving in enumerate(course.moving[first:], start=first):
        states = [state[at] for state in course.states]
        factor = [share.holds[state] for share, state in zip(shares, states, strict=True)]
        if at < last and not _stays(course, shares, at):
            yield 1, factor
            continue
        for number in sorted(range(len(groups)), key=lambda number: moving not in groups[number]):
            fresh, keeps = (
                of[states[number]] for of in (shares[number].fresh, shares[number].kept)
            )
            if fresh is not None:
                yield 1, [*factor[:number], fresh, *factor[number + 1 :]]
            if keeps is None:
                break
            factor[number] = keeps
