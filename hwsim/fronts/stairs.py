"""Points of energy and cycles none of which is better in both, and the sums of such points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from hwsim.mapper.options import ROUNDED, Limits
from hwsim.vocabulary import Objective

StairEnergies = NDArray[np.float64]
Steps = NDArray[np.int64]

#: Decimal digits in which energies have to differ, as those of the search: more are rounding.
DIGITS = 12
#: Pairs of points that are looked at together: some 200 MB. Of more, some points are left out.
MOST_PAIRS = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Stairs:
    """Points in the order of rising energies and falling cycles. `picks[point]` are the numbers of
    the points of each summand that it is the sum of.

    `whole` says that no sum was left out.
    """

    energies: StairEnergies
    cycles: Steps
    picks: Steps
    whole: bool = True

    def __len__(self) -> int:
        return len(self.energies)

    def take(self, points: Steps) -> "Stairs":
        """These points alone."""
        return replace(
            self,
            energies=self.energies[points],
            cycles=self.cycles[points],
            picks=self.picks[points],
        )

    def values(self, objective: Objective, limits: Limits) -> StairEnergies:
        """What each point has of the objective; infinitely much if it is beyond the limits."""
        fine = np.ones(len(self), dtype=bool)
        if limits.cycles is not None:
            fine &= self.cycles <= limits.cycles
        if limits.energy is not None:
            fine &= self.energies <= limits.energy * (1 + float(ROUNDED))
        values = objective.of(self.energies, self.cycles.astype(np.float64))
        return np.where(fine, values, np.inf)

    def within(self, limits: Limits) -> "Stairs":
        """The points within the limits."""
        return self.take(np.flatnonzero(self.values(Objective.energy, limits) < np.inf))


def stairs(points: Sequence[tuple[float, int]]) -> Stairs:
    """The points of energy and cycles that are on the stairs."""
    energies = np.array([energy for energy, _ in points], dtype=np.float64)
    cycles = np.array([cycles for _, cycles in points], dtype=np.int64)
    kept = undominated(energies, cycles)
    return Stairs(energies=energies[kept], cycles=cycles[kept], picks=kept[:, None])


def summed(summands: Sequence[Stairs], *, below: bool = False, most: int = MOST_PAIRS) -> Stairs:
    """The sums of one point of each summand that are on the stairs.

    All sums are made, two summands at a time: what is above the stairs of some summands is above
    them with any others. Where so many pairs are more than `most`, neighbours are made one: the
    sums are then some of those there are, or no sum is `below` them.
    """

    def added(one: Stairs, other: Stairs) -> Stairs:
        return _added(_fewer(one, most // len(other), below), other)

    return reduce(added, summands)


def undominated(energies: StairEnergies, cycles: Steps) -> Steps:
    """The numbers of the points than which none has less of one and no more of the other, by rising
    energies; of equal ones the first.
    """
    scale = energies.max() or 1.0
    order = np.lexsort((cycles, np.round(energies / scale, DIGITS)))
    fewest = np.minimum.accumulate(cycles[order])
    kept: Steps = order[np.append(True, fewest[1:] < fewest[:-1])]
    return kept


def _added(one: Stairs, other: Stairs) -> Stairs:
    energies = np.add.outer(one.energies, other.energies).ravel()
    cycles = np.add.outer(one.cycles, other.cycles).ravel()
    kept = undominated(energies, cycles)
    left, right = np.divmod(kept, len(other))
    return Stairs(
        energies=energies[kept],
        cycles=cycles[kept],
        picks=np.hstack([one.picks[left], other.picks[right]]),
        whole=one.whole and other.whole,
    )


def _fewer(one: Stairs, most: int, below: bool) -> Stairs:
    """So many points at most, evenly among them: of the neighbours that each stands for it has the
    least energy, and if it is to be `below` them, the fewest cycles.
    """
    if len(one) <= max(most, 2):
        return one
    kept = np.unique(np.linspace(0, len(one) - 1, max(most, 2)).astype(np.int64))
    lasts = np.append(kept[1:] - 1, len(one) - 1)
    fewer = replace(one.take(kept), whole=False)
    return replace(fewer, cycles=one.cycles[lasts]) if below else fewer


def gap(points: Stairs, below: Stairs) -> float:
    """The most that a point below has less than every one of the points, of energy and cycles
    alike, as a share of the point's.

    From point to point the share of energy rises, and that of cycles falls: the larger of both is
    the least where they meet.
    """

    def less(at: Steps) -> tuple[StairEnergies, StairEnergies]:
        at = np.clip(at, 0, len(points) - 1)
        return 1 - below.energies / points.energies[at], 1 - below.cycles / points.cycles[at]

    low = np.zeros(len(below), dtype=np.int64)
    high = np.full(len(below), len(points), dtype=np.int64)
    while (low < high).any():
        middle = (low + high) // 2
        energy, cycles = less(middle)
        before = (energy < cycles) & (low < high)
        low, high = np.where(before, middle + 1, low), np.where(before, high, middle)
    least = np.minimum(np.maximum(*less(low)), np.maximum(*less(low - 1)))
    return float(max(0.0, least.max()))
