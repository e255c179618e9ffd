"""The mapper where energy follows time, judged by every mapping that there is."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.mapper import Limits
from hwsim.vocabulary import Objective
from tests.mapper.problems import Problem
from tests.mapper.test_objectives import costs, found, timed
from tests.worth import WORTH

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
SOME = settings(max_examples=CHOSEN // 2)
RATES = st.sampled_from([0, 0, 0.3, 2, 40])


@st.composite
def leaking(draw: st.DrawFn) -> Problem:
    """A problem whose components leak, and whose clock spends."""
    problem = draw(timed(most=120))
    parts = {
        name: replace(part, leakage_mw=draw(RATES))
        for name, part in problem.architecture.components.items()
    }
    chip = replace(problem.architecture, components=parts, clock_mhz=500, clock_energy=draw(RATES))
    return replace(problem, architecture=chip)


@SOME
@given(leaking(), st.sampled_from(Objective))
def test_no_mapping_is_better_where_energy_follows_time(
    problem: Problem, objective: Objective
) -> None:
    """And what is proven is what the mapping costs, with all that leaks."""
    every = costs(problem)
    chosen = found(problem, objective=objective)
    assert bool(chosen) == bool(every)
    if chosen:
        worth = [WORTH[objective](one.energy, one.cycles) for one in every]
        it, spent = chosen[0].certificate, chosen[1]
        assert WORTH[objective](spent.energy, spent.cycles) == min(worth)
        assert it.value == pytest.approx(float(min(worth)))
        assert it.proven


@SOME
@given(leaking(), st.data())
def test_limits_are_of_all_energy(problem: Problem, data: st.DataObject) -> None:
    """Of the mappings within the energy of one of them, leakage and all, none is faster."""
    if not (every := costs(problem)):
        return
    most = data.draw(st.sampled_from(sorted({one.energy for one in every})))
    within = Limits(energy=float(most))
    chosen = found(problem, objective=Objective.cycles, within=within)
    fit = [(one.cycles, one.energy) for one in every if one.energy <= most]
    assert chosen
    assert (chosen[1].cycles, chosen[1].energy) == min(fit)
