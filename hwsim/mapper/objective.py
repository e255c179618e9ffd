"""An objective to what is measured of a mapping, and what of it is to be least."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np

from hwsim.architecture.architecture import Architecture
from hwsim.mapper.measures import Gauge, energy, least_value, times
from hwsim.mapper.options import NO_LIMITS, ROUNDED, Limits
from hwsim.mapper.room import Floats
from hwsim.vocabulary import Objective
from hwsim.workload.layer import Layer

#: Cycles are rounded up; sums of floats that miss an integer by so little are that integer.
WHOLE = float(ROUNDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Measures, and what is to be least: a `value` that rises with each of them.

    `value` takes the measures along the first axis. `whole` values are integers, and equal ones are
    equally good; else of equal values, those of fewer steps are better. `offset` is what the value
    leaves out, as every mapping has it.
    """

    measures: tuple[Gauge, ...]
    value: Callable[[Floats], Floats]
    whole: bool = False
    offset: float = 0


def goal(architecture: Architecture, layer: Layer, objective: Objective) -> Aim:
    """The goal of an objective. Of equal cycles, least energy is the goal of a second search."""
    if not objective.cycles_power:
        spent = energy(architecture, layer)
        return Aim(measures=(spent,), value=_first, offset=spent.offset)
    needed = times(architecture, layer)
    cycles = _cycles(needed)
    if not objective.energy_power:
        return Aim(measures=needed, value=cycles, whole=True)
    spent = energy(architecture, layer)

    def product(values: Floats) -> Floats:
        return objective.of(values[0] + spent.offset, cycles(values[1:]))

    return Aim(measures=(spent, *needed), value=product)


def goal_within(
    architecture: Architecture, layer: Layer, objective: Objective, within: Limits
) -> Aim:
    """The goal of an objective within limits: what is beyond them is worth nothing.

    A bound of a measure that is beyond its limit is beyond it for all that it bounds.
    """
    if within == NO_LIMITS:
        return goal(architecture, layer, objective)
    spent, needed = energy(architecture, layer), times(architecture, layer)
    cycles = _cycles(needed)
    energy_alone = not objective.cycles_power
    most_energy, most_cycles = _ends(within)

    def value(values: Floats) -> Floats:
        spends, lasts = values[0] + spent.offset, cycles(values[1:])
        worth = values[0] if energy_alone else objective.of(spends, lasts)
        return np.where((spends <= most_energy) & (lasts <= most_cycles), worth, inf)

    return Aim(
        measures=(spent, *needed),
        value=value,
        whole=not objective.energy_power,
        offset=spent.offset if energy_alone else 0,
    )


def _ends(within: Limits) -> tuple[float, float]:
    """The limits as floats, such that what is within them by rounding is."""
    most_energy = inf if within.energy is None else within.energy * (1 + WHOLE)
    if within.cycles is None:
        return most_energy, inf
    return most_energy, within.cycles - within.cycles * 2 * WHOLE // 1


def compulsory(architecture: Architecture, layer: Layer, goal: Aim) -> float:
    """A value that no mapping can be below."""
    least = [least_value(architecture, layer, measure) for measure in goal.measures]
    return float(goal.value(np.array(least)[:, None])[0])


def _first(values: Floats) -> Floats:
    first: Floats = values[0]
    return first


def _cycles(needed: tuple[Gauge, ...]) -> Callable[[Floats], Floats]:
    """The cycles of a layer: the most that anything needs, rounded up."""
    offsets = np.array([measure.offset for measure in needed])

    def cycles(values: Floats) -> Floats:
        shifted = values + offsets.reshape(-1, *(1,) * (values.ndim - 1))
        whole: Floats = np.ceil(shifted.max(axis=0) * (1 - WHOLE))
        return whole

    return cycles
