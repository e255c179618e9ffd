"""What each layer may cost and lose, and an energy budget, to the density of every layer.

A multiple-choice knapsack (Sinha and Zoltners, "The Multiple-Choice Knapsack Problem", Operations
Research 27(3), 1979): one density a layer, least total loss, total energy within the budget.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prune.densities import Vector
from prune.errors import Error

#: Steps into which the budget is divided, for each layer: rounding up wastes at most one a layer.
STEPS_A_LAYER: Final = 1000
LEAST_STEPS: Final = 10_000
#: A budget is met when no more than this share of it is left.
MET_WITHIN: Final = 0.005
#: How often densities are added around those that were chosen, until the budget is met.
REFINEMENTS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choices:
    """The densities that a layer may have, with the energy and the loss at each, all of one length.

    Energies are in the architecture's unit; losses of layers add up.
    """

    name: str
    densities: Vector
    energies: Vector
    losses: Vector

    def __post_init__(self) -> None:
        if not self.densities.shape == self.energies.shape == self.losses.shape:
            raise ValueError(f"{self.name}: densities, energies and losses differ in length")
        if not self.densities.size:
            raise ValueError(f"{self.name}: there is no density to choose")
        if not (np.isfinite(self.energies).all() and np.isfinite(self.losses).all()):
            raise ValueError(f"{self.name}: an energy or a loss is not finite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """The density of every layer, and their energy and loss together.

    `bound` is a loss below which nothing within the same budget comes.
    """

    densities: Mapping[str, float]
    energy: float
    loss: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the loss may be above the least, as a share of the loss."""
        return (self.loss - self.bound) / self.loss if self.loss > self.bound else 0.0


#: What a layer costs and loses at any densities.
Curve = Callable[[Vector], Choices]


class BelowFloor(Error):
    """The budget is less than the `floor`, what layers cost at their densities of least energy.

    `whole` is the energy of the network as it was given, if it is known.
    """

    budget: float
    floor: float
    whole: float | None = None

    def __str__(self) -> str:
        shares = ""
        if self.whole:
            floor, budget = (energy / self.whole for energy in (self.floor, self.budget))
            shares = f", {floor:.3g} of its energy; the budget is {budget:.3g}"
        return (
            f"the energy budget {self.budget:.4g} is below the floor: with every layer that can be"
            f" pruned at its lowest density the network still costs {self.floor:.4g}{shares}"
        )


def allot(layers: Sequence[Choices], budget: float) -> Allotment:
    """Return the densities of least total loss whose energies together are within the budget.

    Energies are rounded up to small steps, so the budget is never exceeded. Raises `BelowFloor`.
    """
    floor = _floor(layers)
    if budget < floor:
        raise BelowFloor(budget, floor)
    table = _Table.of([_useful(layer) for layer in layers], budget)
    return table.allotment(table.steps)


def meet(
    courses: Sequence[Curve],
    grids: Sequence[Vector],
    budget: float,
    within: float = MET_WITHIN,
) -> Allotment:
    """Allot between the densities of the grids as well, until the budget is met.

    It is met when no larger share than `within` is left, or less energy already loses least.
    Raises `BelowFloor`.
    """
    layers = [course(grid) for course, grid in zip(courses, grids, strict=True)]
    found = allot(layers, budget)
    for _ in range(REFINEMENTS):
        if found.energy >= (1 - within) * budget:
            break
        layers = [
            course(_finer(layer.densities, found.densities[layer.name]))
            for course, layer in zip(courses, layers, strict=True)
        ]
        found = allot(layers, budget)
    return found


def _finer(densities: Vector, chosen: float) -> Vector:
    """Return the densities, and those halfway from the chosen one to its neighbours."""
    index = int(np.searchsorted(densities, chosen))
    around = densities[max(0, index - 1) : index + 2]
    return np.union1d(densities, (around[1:] + around[:-1]) / 2)


def front(layers: Sequence[Choices], points: int = 100) -> list[Allotment]:
    """Allotments of ever more energy and less loss, from the floor to where nothing is lost more.

    All come from one table; there are at most `points` of them.
    """
    useful = [_useful(layer) for layer in layers]
    table = _Table.of(useful, sum(float(layer.energies[-1]) for layer in useful))
    steps = np.unique(np.linspace(0, table.steps, points).round().astype(int))
    losses = table.losses[steps]
    better = np.append(True, losses[1:] < np.minimum.accumulate(losses)[:-1])
    return [table.allotment(int(step)) for step in steps[better]]


def bound(layers: Sequence[Choices], budget: float) -> float:
    """The loss below which nothing within the budget comes: the best Lagrangian bound.

    It is the optimum when layers may also mix two densities: along the lower convex hulls of their
    losses over energies, the steepest parts first.
    """
    hulls = [_hull(layer) for layer in layers]
    loss = sum(float(hull.losses[0]) for hull in hulls)
    left = budget - sum(float(hull.energies[0]) for hull in hulls)
    parts = [part for hull in hulls for part in _parts(hull)]
    for energy, gain in sorted(parts, key=lambda part: part[1] / part[0], reverse=True):
        share = min(1.0, max(0.0, left) / energy)
        loss -= share * gain
        left -= energy
    return loss


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """The least loss within any number of steps of energy, and the choices that lead there.

    `losses[u]` is that of all layers within u steps above the floor; `chosen[l][u]` what layer l
    has where the layers up to it share u steps; `costs[l]` the steps that its choices take.
    """

    layers: Sequence[Choices]
    unit: float
    costs: Sequence[NDArray[np.int64]]
    losses: Vector
    chosen: Sequence[NDArray[np.int64]]

    @classmethod
    def of(cls, layers: Sequence[Choices], budget: float) -> "_Table":
        """The table of layers, whose choices cost ever more, up to the budget."""
        steps = max(LEAST_STEPS, STEPS_A_LAYER * len(layers))
        unit = _reach(layers, budget) / steps
        costs = [_rounded_up(layer.energies - layer.energies[0], unit, steps) for layer in layers]
        losses, chosen = np.zeros(steps + 1), []
        for layer, cost in zip(layers, costs, strict=True):
            losses, choice = _with_one_more(losses, layer.losses, cost)
            chosen.append(choice)
        return cls(layers=layers, unit=unit, costs=costs, losses=losses, chosen=chosen)

    @property
    def steps(self) -> int:
        """The steps of the whole budget above the floor."""
        return len(self.losses) - 1

    def allotment(self, step: int) -> Allotment:
        """What is best within so many steps above the floor."""
        budget, picks = _floor(self.layers) + step * self.unit, dict[str, int]()
        for layer, cost, chosen in zip(
            reversed(self.layers), reversed(self.costs), reversed(self.chosen), strict=True
        ):
            picks[layer.name] = pick = int(chosen[step])
            step -= int(cost[pick])
        picked = [(layer, picks[layer.name]) for layer in self.layers]
        return Allotment(
            densities={layer.name: float(layer.densities[pick]) for layer, pick in picked},
            energy=sum(float(layer.energies[pick]) for layer, pick in picked),
            loss=sum(float(layer.losses[pick]) for layer, pick in picked),
            bound=bound(self.layers, budget),
        )


def _with_one_more(
    losses: Vector, own: Vector, costs: NDArray[np.int64]
) -> tuple[Vector, NDArray[np.int64]]:
    """The least losses with one more layer, and its choice, within each number of steps."""
    best, choice = losses + own[0], np.zeros(len(losses), dtype=np.int64)
    for index in range(1, len(own)):
        cost = int(costs[index])
        if cost >= len(losses):
            break
        with_it = losses[: len(losses) - cost] + own[index]
        better = with_it < best[cost:]
        best[cost:][better] = with_it[better]
        choice[cost:][better] = index
    return best, choice


def _rounded_up(energies: Vector, unit: float, steps: int) -> NDArray[np.int64]:
    """Return energies in steps, rounded up; what exceeds the budget is one step beyond it."""
    if unit <= 0:
        return np.where(energies > 0, steps + 1, 0)
    return np.minimum(np.ceil(energies / unit * (1 + 1e-12)), steps + 1).astype(np.int64)


def _useful(layer: Choices) -> Choices:
    """The choices by energy, each of less loss than all that cost no more."""
    order = np.lexsort((layer.losses, layer.energies))
    least = np.minimum.accumulate(layer.losses[order])
    return _picked(layer, order[np.append(True, least[1:] < least[:-1])])


def _hull(layer: Choices) -> Choices:
    """The choices on the lower convex hull of losses over energies, from the least energy on."""
    useful = _useful(layer)
    kept = list[int]()
    for index in range(len(useful.energies)):
        while len(kept) > 1 and not _turns_up(useful, kept[-2], kept[-1], index):
            kept.pop()
        kept.append(index)
    return _picked(useful, np.array(kept))


def _turns_up(layer: Choices, first: int, middle: int, last: int) -> bool:
    """Whether the middle one of three choices lies below the line between the others."""
    (x0, x1, x2), (y0, y1, y2) = (
        layer.energies[[first, middle, last]],
        layer.losses[[first, middle, last]],
    )
    return bool((x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0) > 0)


def _parts(hull: Choices) -> Iterator[tuple[float, float]]:
    """The energy that each part of a hull takes, and the loss that it saves."""
    for (e0, l0), (e1, l1) in pairwise(zip(hull.energies, hull.losses, strict=True)):
        yield float(e1 - e0), float(l0 - l1)


def _picked(layer: Choices, indices: NDArray[np.int64]) -> Choices:
    return Choices(
        name=layer.name,
        densities=layer.densities[indices],
        energies=layer.energies[indices],
        losses=layer.losses[indices],
    )


def _reach(layers: Sequence[Choices], budget: float) -> float:
    """Return the energy above the floor to divide into steps, no more than all layers can use.

    Where the budget is enough for everything, rounding up must not exclude it.
    """
    floor, ceiling = _floor(layers), sum(float(layer.energies.max()) for layer in layers)
    if budget < ceiling:
        return budget - floor
    return (ceiling - floor) * (1 + 2 / STEPS_A_LAYER)


def _floor(layers: Sequence[Choices]) -> float:
    return sum(float(layer.energies.min()) for layer in layers)
