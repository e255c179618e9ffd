"""Densities under a budget are the best that there are, by enumeration and by another solver."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from prune.methods.allot import BelowFloor, Choices, Curve, allot, bound, front, meet

SEEDS = range(12)


def choices(seed: int, layers: int = 4, densities: int = 5) -> list[Choices]:
    """Layers whose energies rise and whose losses fall with density, neither convex nor smooth."""
    rng = np.random.default_rng(seed)
    return [
        Choices(
            name=f"layer{index}",
            densities=np.linspace(0.2, 1, densities),
            energies=np.cumsum(rng.exponential(size=densities)) * 10 ** rng.uniform(0, 2),
            losses=np.cumsum(rng.exponential(size=densities))[::-1] * 10 ** rng.uniform(-2, 0),
        )
        for index in range(layers)
    ]


def ends(layers: Sequence[Choices]) -> tuple[float, float]:
    """The least and the most that the layers can cost."""
    return sum(one.energies.min() for one in layers), sum(one.energies.max() for one in layers)


def between(layers: Sequence[Choices], share: float) -> float:
    """A budget that far from the floor to what everything costs."""
    floor, ceiling = ends(layers)
    return floor + share * (ceiling - floor)


def totals(layers: Sequence[Choices]) -> Iterator[tuple[float, float]]:
    """The energy and the loss of every combination."""
    for picks in product(*(range(len(one.densities)) for one in layers)):
        pairs = list(zip(layers, picks, strict=True))
        yield sum(one.energies[i] for one, i in pairs), sum(one.losses[i] for one, i in pairs)


def least_loss(layers: Sequence[Choices], budget: float) -> float:
    """The least loss within the budget, by trying everything."""
    return min(loss for energy, loss in totals(layers) if energy <= budget)


def program(layers: Sequence[Choices]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Losses, energies, and the rows that say one choice a layer, over all choices in a line."""
    losses = np.concatenate([one.losses for one in layers])
    energies = np.concatenate([one.energies for one in layers])
    owner = np.concatenate([np.full(len(one.losses), i) for i, one in enumerate(layers)])
    return losses, energies, (owner == np.arange(len(layers))[:, None]).astype(float)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_nothing_within_the_budget_loses_less(seed: int, share: float) -> None:
    """The loss is that of exhaustive search within a budget smaller by the rounding, or better."""
    layers = choices(seed)
    budget = between(layers, share)
    found = allot(layers, budget)
    assert found.energy <= budget
    assert found.loss >= least_loss(layers, budget) - 1e-12
    assert found.loss <= least_loss(layers, budget - 0.001 * (budget - ends(layers)[0])) + 1e-12


def test_many_layers_agree_with_integer_programming() -> None:
    """For 40 layers of 30 choices, HiGHS finds nothing better by more than rounding is worth."""
    layers = choices(7, layers=40, densities=30)
    budget = between(layers, 0.3)
    losses, energies, one_each = program(layers)
    judge = milp(
        losses,
        integrality=np.ones_like(losses),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(energies[None], ub=budget),
            LinearConstraint(one_each, lb=1, ub=1),
        ],
    )
    found = allot(layers, budget)
    assert found.energy <= budget
    assert judge.fun <= found.loss + 1e-9 <= judge.fun * 1.002


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_is_the_relaxed_program(seed: int) -> None:
    """The bound equals the linear program in which a layer may mix densities."""
    layers = choices(seed, layers=6, densities=8)
    budget = between(layers, 0.35)
    losses, energies, one_each = program(layers)
    judge = linprog(
        losses, A_ub=energies[None], b_ub=[budget], A_eq=one_each, b_eq=np.ones(len(layers))
    )
    assert bound(layers, budget) == pytest.approx(judge.fun, rel=1e-7)
    assert allot(layers, budget).bound <= allot(layers, budget).loss


def course(layer: Choices) -> Curve:
    """The layer at any density, on straight lines between its choices."""

    def at(densities: np.ndarray) -> Choices:
        return Choices(
            name=layer.name,
            densities=densities,
            energies=np.interp(densities, layer.densities, layer.energies),
            losses=np.interp(densities, layer.densities, layer.losses),
        )

    return at


@pytest.mark.parametrize("seed", SEEDS)
def test_between_the_choices_a_budget_is_met(seed: int) -> None:
    """Where a layer may have any density, between 99.5 % of the budget and all of it is used."""
    layers = choices(seed)
    for share in np.linspace(0, 1, 9):
        budget = between(layers, share)
        found = meet([course(one) for one in layers], [one.densities for one in layers], budget)
        assert 0.995 * budget <= found.energy <= budget
        assert found.loss <= allot(layers, budget).loss + 1e-12


def test_a_budget_of_the_floor_can_be_met() -> None:
    """At the floor itself every layer has the density of least energy."""
    layers = choices(1)
    floor, _ = ends(layers)
    found = allot(layers, floor)
    assert found.energy == pytest.approx(floor)
    assert set(found.densities.values()) == {0.2}


def test_a_budget_for_everything_takes_what_loses_least() -> None:
    """A budget without need loses as little as every layer can."""
    layers = choices(2)
    found = allot(layers, 10 * ends(layers)[1])
    assert found.loss == pytest.approx(sum(one.losses.min() for one in layers))
    assert found.gap == pytest.approx(0, abs=1e-12)


def test_a_budget_below_the_floor_is_refused_with_the_floor() -> None:
    """Who asks for too little learns how much it has to be."""
    layers = choices(4)
    floor, _ = ends(layers)
    with pytest.raises(BelowFloor, match=f"{floor:.4g}") as refused:
        allot(layers, 0.9 * floor)
    assert refused.value.floor == pytest.approx(floor)


def test_a_dearer_choice_of_more_loss_is_never_taken() -> None:
    """Energy that falls with density, as where less fits a buffer better, does not mislead."""
    layer = Choices(
        name="odd",
        densities=np.array([0.25, 0.5, 1.0]),
        energies=np.array([3.0, 2.0, 4.0]),
        losses=np.array([9.0, 1.0, 0.0]),
    )
    assert allot([layer], 3.5).densities == {"odd": 0.5}
    assert allot([layer], 2).densities == {"odd": 0.5}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_front_is_the_best_at_each_of_its_energies(seed: int) -> None:
    """Along the front energy rises, loss falls, and enumeration finds nothing that beats both."""
    layers = choices(seed, layers=3)
    found = front(layers, points=30)
    energies, losses = [one.energy for one in found], [one.loss for one in found]
    assert energies == sorted(energies)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(sum(one.losses.min() for one in layers))
    for one in found:
        slack = 1e-3 * one.energy
        assert not any(
            energy <= one.energy - slack and loss <= one.loss - 1e-12
            for energy, loss in totals(layers)
        )


def test_lengths_that_differ_are_refused() -> None:
    """A loss for each density, and an energy."""
    with pytest.raises(ValueError, match="conv1: densities, energies and losses differ"):
        Choices(name="conv1", densities=np.ones(2), energies=np.ones(2), losses=np.ones(3))
