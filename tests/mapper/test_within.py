"""Mappings within limits, judged by every mapping that there is."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.cost import Cost
from hwsim.mapper import Limits, Mapped, NoMapping, Options, OutOfReach, confirmed, mapped
from hwsim.vocabulary import Objective
from tests.build import architecture, array, compute, fully_connected, storage
from tests.mapper.problems import Problem
from tests.mapper.test_objectives import costs, found, timed
from tests.worth import WORTH

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
SOME = settings(max_examples=CHOSEN // 2)

#: Of a limit at what a mapping costs: just there, and on either side of it.
CYCLES = st.sampled_from([-1, 0, 1])
ENERGY = st.sampled_from([Fraction(999, 1000), Fraction(1), Fraction(1001, 1000)])


def worth(objective: Objective) -> Callable[[Cost], Fraction]:
    """What a cost has of the objective."""
    return lambda spent: WORTH[objective](spent.energy, spent.cycles)


def assert_least(
    problem: Problem, every: Sequence[Cost], within: Limits, objective: Objective
) -> None:
    """The mapper's choice is the least of those that are within the limits, and proven."""
    fine = [one for one in every if within.met(one.energy, one.cycles)]
    chosen = found(problem, objective=objective, within=within)
    if not fine:
        assert chosen is None
        with pytest.raises(OutOfReach):
            mapped(problem.architecture, problem.layer, Options(within=within))
        return
    assert chosen
    known, spent = chosen
    best = min(fine, key=lambda one: (worth(objective)(one), one.energy))
    assert worth(objective)(spent) == worth(objective)(best)
    assert within.met(spent.energy, spent.cycles)
    assert known.certificate.proven
    assert known.certificate.within == within
    if objective is Objective.cycles:
        assert spent.energy == best.energy


@SOME
@given(timed(), st.data())
def test_no_mapping_within_limits_is_better(problem: Problem, data: st.DataObject) -> None:
    """Whether a mapping is just at a limit, or one cycle or a thousandth beyond it."""
    every = costs(problem)
    assume(every)
    at = data.draw(st.sampled_from(every))
    bounds = dict[str, Any]()
    if data.draw(st.booleans()):
        bounds["cycles"] = max(1, at.cycles + data.draw(CYCLES))
    if data.draw(st.booleans()) or not bounds:
        bounds["energy"] = float(at.energy * data.draw(ENERGY)) or 1.0
    assert_least(problem, every, Limits(**bounds), data.draw(st.sampled_from(Objective)))


@SOME
@given(timed())
def test_a_limit_that_the_best_mapping_meets_changes_nothing(problem: Problem) -> None:
    """Nor does one that no mapping is near."""
    for objective in Objective:
        if free := found(problem, objective=objective):
            just = Limits(energy=float(free[1].energy), cycles=free[1].cycles)
            far = Limits(energy=1e30, cycles=10**15)
            for within in (just, far):
                held = found(problem, objective=objective, within=within)
                assert held
                assert worth(objective)(held[1]) == worth(objective)(free[1])


@SOME
@given(timed(), st.sampled_from(Objective))
def test_within_limits_every_candidate_is_accounted_for(
    problem: Problem, objective: Objective
) -> None:
    """Each is priced or cut, once."""
    if free := found(problem, objective=Objective.energy):
        within = Limits(cycles=max(1, free[1].cycles - 1))
        if chosen := found(problem, objective=objective, within=within):
            it = chosen[0].certificate
            assert (it.nests, it.unseen) == (
                it.priced + it.without_room + it.above_bound + it.dominated,
                0,
            )


@SOME
@given(timed())
def test_a_kept_mapping_is_taken_only_for_its_own_limits(problem: Problem) -> None:
    """A mapping that was found within others may not be within these."""
    chip, layer = problem.architecture, problem.layer
    if free := found(problem):
        mine = Options(within=Limits(cycles=free[1].cycles))
        known: Mapped = mapped(chip, layer, mine)
        assert confirmed(chip, layer, mine, known)
        assert not confirmed(chip, layer, Options(), known)
        assert not confirmed(chip, layer, Options(within=Limits(cycles=10**9)), known)


@pytest.mark.parametrize("anywhere", [True, False])
def test_a_layer_that_fits_nowhere_is_not_beyond_its_limits(anywhere: bool) -> None:
    """One error says that nothing fits, another that nothing is within the limits."""
    dimensions = ("M", "C") if anywhere else ("M",)
    chip = architecture(
        storage("dram"),
        compute(),
        dataflow=Dataflow(name="few", constraints={"dram": Constraint(dimensions=dimensions)}),
    )
    with pytest.raises(NoMapping) as error:
        mapped(chip, fully_connected(M=2, C=3), Options(within=Limits(cycles=5)))
    assert isinstance(error.value, OutOfReach) == anywhere


def test_what_a_layer_may_use_if_it_needs_it_depends_on_no_limit() -> None:
    """It is for a layer that does not fit, not for one that is slow."""
    chip = architecture(
        storage("dram"),
        array("pes", x=6),
        compute(),
        dataflow=Dataflow(
            name="slow",
            constraints={
                "dram": Constraint(dimensions=("M",)),
                "pes.x": Constraint(dimensions=(), if_needed=("M",)),
            },
        ),
    )
    within = Options(within=Limits(cycles=5))
    with pytest.raises(OutOfReach):
        mapped(chip, fully_connected(M=6, C=1), within)
    mapped(chip, fully_connected(M=5, C=1), within)


@SOME
@given(timed(), st.sampled_from(Objective), st.integers(1, 5))
def test_what_ends_early_is_proven_only_if_it_is_the_best(
    problem: Problem, objective: Objective, limit: int
) -> None:
    """Of all objectives, where passing a word on to a neighbour saves more than it costs, too."""
    every = costs(problem)
    if chosen := found(problem, objective=objective, limit=limit):
        least = float(min(map(worth(objective), every)))
        assert chosen[0].certificate.lower_bound <= least * (1 + 1e-9)
        assert chosen[0].certificate.value >= least * (1 - 1e-9)
