"""A pattern of zeros of one's own goes through a solver, the grid, the counts and the masks."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from prune.goals import Goal
from prune.methods.layer import solutions
from prune.patterns import SINGLE, Pattern
from prune.schedule import reach
from prune.solvers import SOLVERS, solver
from prune.solvers.interface import OtherPattern
from prune.training.finetune import Training as Tuning
from tests.prune.small import QUICK, bench
from tests.prune.solvers.problems import rows, samples, weights

PRUNER = [name for name in SOLVERS.shipped if solver(name).any_pattern]


@dataclass(frozen=True)
class OfFour(Pattern):
    """Of four weights of a filter that follow each other as many stay (N:4)."""

    name: ClassVar[str] = "weights of four"
    by_filter: ClassVar[bool] = False

    def gathered(self, weights: Tensor) -> Tensor:
        """Four weights are a pool, each a unit."""
        return weights.reshape(-1, 4, 1)

    def spread(self, gathered: Tensor, filters: int) -> Tensor:
        """Side by side again."""
        return gathered.reshape(filters, -1)


@dataclass(frozen=True)
class Filters(Pattern):
    """A filter stays or goes whole."""

    name: ClassVar[str] = "filters"
    by_filter: ClassVar[bool] = False

    def gathered(self, weights: Tensor) -> Tensor:
        """All filters are a pool."""
        return weights[None]

    def spread(self, gathered: Tensor, filters: int) -> Tensor:
        """No longer in a pool."""
        return gathered[0]


def in_fours(mask: Tensor) -> Tensor:
    """How many of each four."""
    return mask.flatten(1).reshape(-1, 4).sum(1)


@pytest.mark.parametrize("name", PRUNER)
@pytest.mark.parametrize("kept", [0, 1, 2, 4, 0.6])
def test_of_every_four_weights_the_largest_stay(name: str, kept: int | float) -> None:
    """Those that a look at each four finds; a share is rounded down."""
    before, group = weights(12, 6), rows(200, 12, 6)
    found = solver(name).solve(samples(group), before, kept, pattern=OfFour())
    most = kept if isinstance(kept, int) else 2
    assert found.kept == most
    for filters, mask in zip(before.reshape(-1, 4), found.weights.reshape(-1, 4) != 0, strict=True):
        largest = sorted(range(4), key=lambda place: -abs(float(filters[place])))[:most]
        assert mask.nonzero().flatten().tolist() == sorted(largest)


@pytest.mark.parametrize("name", PRUNER)
def test_a_filter_stays_or_goes_whole(name: str) -> None:
    """Those whose weights sum to most stay, as far as they were there."""
    before, group = weights(12, 6), rows(200, 12, 6)
    allowed = torch.ones(6, 12, dtype=torch.bool)
    allowed[0] = False
    found = solver(name).solve(samples(group), before * allowed, 2, allowed, Filters()).weights
    order = (before * allowed).abs().sum(1).argsort(descending=True)
    assert (found != 0).all(1).nonzero().flatten().tolist() == sorted(order[:2].tolist())
    assert not found[~(found != 0).all(1)].any()


@pytest.mark.parametrize("name", sorted(set(SOLVERS.shipped) - set(PRUNER)))
def test_a_solver_for_single_weights_refuses_another_pattern(name: str) -> None:
    """Before it chooses anything."""
    told = f"the solver {name} chooses single weights, and no filters"
    with pytest.raises(OtherPattern, match=told):
        solver(name).solve(samples(rows(20, 12, 6)), weights(12, 6), 2, pattern=Filters())


def test_a_share_becomes_as_many_units_of_every_pool() -> None:
    """Single weights are as many as the share says, some filters having one more; units of others
    are rounded down, to one at least, and to what there is.
    """
    every = torch.ones(6, 12, dtype=torch.bool)
    assert SINGLE.kept(0.6, every) == (7, 1)
    assert [OfFour().kept(share, every) for share in (0.01, 0.5, 0.6, 1.0)] == [
        (1, 0),
        (2, 0),
        (2, 0),
        (4, 0),
    ]
    assert [Filters().kept(share, every) for share in (0.01, 0.5, 0.6)] == [(1, 0), (3, 0), (3, 0)]
    assert Filters().kept(1.0, every & (torch.arange(6) < 2)[:, None]) == (2, 0)


@pytest.mark.parametrize("pattern", [OfFour(), Filters()])
def test_a_grid_has_densities_that_units_can_have(pattern: Pattern) -> None:
    """The lowest is rounded up, so that no less stays than was asked for."""
    whole = bench(replace(QUICK, solver="magnitude", lowest_density=0.3))
    given = replace(whole.given, pattern=pattern)
    layer = given.layers["hidden"]
    units = 4 if isinstance(pattern, OfFour) else 24
    grid = layer.grid(whole.start().seen) * units
    assert grid.tolist() == grid.round().tolist()
    assert 0.3 * units <= grid[0] < 0.3 * units + 1
    state = whole.start().state
    for density in (0.3, 0.5, 0.9):
        (found,) = solutions(replace(whole, given=given), state, "hidden", [density])
        assert found.density * units == pytest.approx(int(density * units))


@pytest.mark.parametrize("method", ["budget", "layers"])
@pytest.mark.parametrize("pattern", [OfFour(), Filters()])
def test_a_network_is_pruned_to_an_energy_in_a_pattern(pattern: Pattern, method: str) -> None:
    """Fine-tuned, its zeros are still those of the pattern, and it costs no more than asked."""
    settings = replace(
        QUICK,
        method=method,
        solver="magnitude+ls",
        finetune=Tuning(steps=10, batch=32, learning_rate=0.01),
        layers={"conv": {"prune": False}},
    )
    whole = bench(settings)
    outcome = reach(
        replace(whole, given=replace(whole.given, pattern=pattern)),
        Goal(measure="energy", limit=0.7),
    )
    assert 0.4 < outcome.share <= 0.7
    assert not outcome.masks["hidden.weight"].all()
    for mask in outcome.masks.values():
        assert mask.any()
        if isinstance(pattern, OfFour):
            assert len(set(in_fours(mask).tolist())) == 1
        else:
            assert (mask.all(1) | ~mask.any(1)).all()
