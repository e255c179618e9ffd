"""What all stages share means to all of them the same."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsim.vocabulary import Objective
from tests.worth import WORTH

ENERGIES = st.fractions(min_value=0, max_value=10**18)
CYCLES = st.integers(0, 10**18)


def test_every_objective_has_a_judge() -> None:
    """So no test leaves one out."""
    assert WORTH.keys() == {*Objective}


@given(st.sampled_from(Objective), ENERGIES, CYCLES)
def test_an_objective_is_exact_of_exact_numbers_and_the_same_of_many(
    objective: Objective, energy: Fraction, cycles: int
) -> None:
    """The search has arrays of floats, the pricing fractions."""
    worth = WORTH[objective](energy, cycles)
    assert objective.of(energy, Fraction(cycles)) == worth
    many = objective.of(np.array([float(energy)] * 2), np.array([float(cycles)] * 2))
    assert many == pytest.approx([float(worth)] * 2)


@pytest.mark.parametrize("objective", Objective)
def test_an_objective_of_one_measure_is_that_measure(objective: Objective) -> None:
    """The mapper takes it so; a higher power of it would have the same best mapping."""
    powers = objective.energy_power, objective.cycles_power
    assert min(powers) > 0 or sorted(powers) == [0, 1]


@pytest.mark.parametrize("objective", Objective)
def test_an_objective_is_found_by_its_name_alone(objective: Objective) -> None:
    """As a file or an option says it."""
    assert Objective(str(objective)) is objective
