"""What bypasses is searched: every choice is judged as the architecture that one would write."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.bypass import choices
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.mapper import NoMapping
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS, Objective
from tests.build import architecture, compute, convolution, storage
from tests.bypass import opened, pairs, subsets, written
from tests.mapper.problems import Problem, problems
from tests.mapper.space import best, choice, energy, fits, least, tried_orders
from tests.mapper.test_objectives import costs, found, timed
from tests.worth import WORTH

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
MANY = settings(max_examples=CHOSEN)
SOME = settings(max_examples=CHOSEN // 5)


@st.composite
def open_problems(draw: st.DrawFn, base: st.SearchStrategy[Problem]) -> Problem:
    """A problem whose architecture leaves open what bypasses some of its storages."""
    problem = draw(base.filter(lambda one: len(one.architecture.storages) > 1))
    return replace(problem, architecture=draw(opened(problem.architecture)))


def each_written(problem: Problem) -> list[Architecture]:
    """The architecture of every choice."""
    chip = problem.architecture
    return [written(chip, gone) for gone in subsets(chip)]


def test_every_set_of_open_pairs_is_a_choice() -> None:
    """Once, and nothing bypassed first."""
    chip = architecture(
        storage("dram"),
        storage("buffer", may_bypass=(WEIGHTS, OUTPUTS)),
        storage("spad", INPUTS, may_bypass=(INPUTS,)),
        compute(),
    )
    made = [pairs(choice) for choice in choices(chip)]
    assert made[0] == set()
    assert len(made) == 8
    assert all(made.count(gone) == 1 for gone in subsets(chip))


@MANY
@given(open_problems(problems(most=150)))
def test_no_choice_of_what_bypasses_is_better(problem: Problem) -> None:
    """Each is enumerated whole, on the architecture that one would write."""
    chip, layer = problem.architecture, problem.layer
    every = [least(one, layer, orders=tried_orders) for one in each_written(problem)]
    fitting = [one for one in every if one is not None]
    if not fitting:
        assert best(chip, layer) is None
        return
    chosen = choice(chip, layer)
    assert fits(chip, layer, chosen)
    there = written(chip, pairs(chosen.bypassed))
    assert energy(chip, layer, chosen) == min(fitting)
    assert energy(there, layer, replace(chosen, bypassed={})) == min(fitting)


@SOME
@given(open_problems(timed(most=60)), st.sampled_from(Objective))
def test_every_candidate_of_every_choice_is_accounted_for(
    problem: Problem, objective: Objective
) -> None:
    """The best of all is proven, for any objective; each nest of each choice is priced or cut."""
    layer = problem.layer
    every = [cost for one in each_written(problem) for cost in costs(Problem(layer, one))]
    if not (chosen := found(problem, objective=objective)):
        assert not every
        return
    it, spent = chosen[0].certificate, chosen[1]
    worths = [WORTH[objective](one.energy, one.cycles) for one in every]
    assert WORTH[objective](spent.energy, spent.cycles) == min(worths)
    if objective is Objective.cycles:
        assert (spent.cycles, spent.energy) == min((one.cycles, one.energy) for one in every)
    cut = it.without_room + it.above_bound + it.dominated
    assert (it.nests, it.unseen) == (it.priced + cut, 0)
    assert (it.proven, it.lower_bound, it.gap) == (True, it.value, 0)


@SOME
@given(open_problems(problems(most=100)), st.integers(1, 40))
def test_a_search_that_ends_early_has_one_bound_for_all_choices(
    problem: Problem, limit: int
) -> None:
    """The best of all choices is between the bound and what was found."""
    every = [least(one, problem.layer, orders=tried_orders) for one in each_written(problem)]
    fitting = [float(one) for one in every if one is not None]
    if chosen := found(problem, limit=limit):
        it = chosen[0].certificate
        assert it.lower_bound <= min(fitting) * (1 + 1e-9)
        assert it.value >= min(fitting) * (1 - 1e-9)
        assert it.proven or it.unseen > 0
    else:
        assert not fitting


def test_a_reason_is_what_is_missing_when_all_that_may_has_bypassed() -> None:
    """Only what has to stay needs room."""
    chip = architecture(
        storage("dram"),
        storage("buffer", capacity_words=3, may_bypass=(WEIGHTS,)),
        compute(),
        dataflow=Dataflow(name="late", constraints={"buffer": Constraint(dimensions=("M", "C"))}),
    )
    with pytest.raises(NoMapping) as error:
        choice(chip, convolution(M=3, C=2))
    (reason,) = error.value.reasons["layer"]
    assert reason.startswith("with the least tiles, buffer overflows by 2 words: inputs 2 + outp")
