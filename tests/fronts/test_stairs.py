"""Sums of points of energy and cycles, judged by all sums that there are."""

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from hwsim.fronts.stairs import Stairs, gap, stairs, summed
from hwsim.mapper import Limits
from hwsim.vocabulary import Objective
from tests.worth import WORTH

POINTS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), min_size=1, max_size=6)
SUMMANDS = st.lists(POINTS, min_size=1, max_size=5)

Pairs = list[tuple[int, int]]


def undominated(points: set[tuple[int, int]]) -> Pairs:
    """The points that no other is below."""
    return sorted(
        one
        for one in points
        if not any(other != one and other[0] <= one[0] and other[1] <= one[1] for other in points)
    )


def all_sums(summands: list[Pairs]) -> set[tuple[int, int]]:
    """The sums of every choice of a point of each."""
    return {
        (sum(energy for energy, _ in choice), sum(cycles for _, cycles in choice))
        for choice in product(*summands)
    }


def pairs(of: Stairs) -> Pairs:
    """The points as pairs."""
    return list(zip(of.energies.astype(int).tolist(), of.cycles.tolist(), strict=True))


@given(SUMMANDS)
def test_the_stairs_are_all_sums_that_no_sum_is_below(summands: list[Pairs]) -> None:
    """And each is the sum of the points that it picks."""
    made = [stairs(points) for points in summands]
    whole = summed(made)
    assert whole.whole
    assert pairs(whole) == undominated(all_sums(summands))
    for (energy, cycles), picks in zip(pairs(whole), whole.picks.tolist(), strict=True):
        chosen = [points[pick] for points, pick in zip(summands, picks, strict=True)]
        assert (energy, cycles) == (sum(e for e, _ in chosen), sum(c for _, c in chosen))


@given(SUMMANDS, st.integers(4, 20))
def test_of_too_many_sums_some_are_left_and_none_is_below_the_bound(
    summands: list[Pairs], most: int
) -> None:
    """What is left are sums; of every sum a point of the bound is no more, of both."""
    made = [stairs(points) for points in summands]
    some, below = summed(made, most=most), summed(made, below=True, most=most)
    every = all_sums(summands)
    assert {*pairs(some)} <= every
    for energy, cycles in every:
        assert any(low <= energy and few <= cycles for low, few in pairs(below))
    assert some.whole or len(some) <= max(most, 2 * max(map(len, made)))


@given(POINTS, POINTS)
def test_the_gap_is_the_most_that_a_point_below_has_less_than_every_point(
    points: Pairs, lower: Pairs
) -> None:
    """Of energy and cycles alike, and nothing where none has less."""
    shifted = [(energy + 1, cycles) for energy, cycles in points]
    above, below = stairs(shifted), stairs(lower)
    expected = max(
        min(max(1 - energy / e, 1 - cycles / c) for e, c in pairs(above))
        for energy, cycles in pairs(below)
    )
    assert gap(above, below) == max(0.0, expected)


@given(POINTS, st.integers(0, 40), st.integers(0, 40), st.sampled_from(Objective))
def test_the_least_within_limits_is_the_least_point_within_them(
    points: Pairs, energy: int, cycles: int, objective: Objective
) -> None:
    """Just at a limit is within it."""
    values = stairs(points).values(objective, Limits(energy=energy, cycles=cycles))
    fine = [WORTH[objective](Fraction(e), c) for e, c in points if e <= energy and c <= cycles]
    assert values.min() == min(fine, default=float("inf"))
