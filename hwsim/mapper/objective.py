"""An objective to what is measured of a mapping, and what of it is to be least."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from hwsim.architecture.architecture import Architecture
from hwsim.cost.time import finished, shells
from hwsim.mapper.measures import Gauge, busy, energy, least_value, times
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
    if not (objective.cycles_power or architecture.static):
        spent = energy(architecture, layer)
        return Aim(measures=(spent,), value=_first, offset=spent.offset)
    needed, cycles = _cycles(architecture, layer)
    if not objective.energy_power:
        return Aim(measures=needed, value=cycles, whole=True)
    spent, following = energy(architecture, layer), _static(architecture)

    def least_energy(values: Floats) -> Floats:
        return following(values[0], cycles(values[1:]))

    def product(values: Floats) -> Floats:
        lasts = cycles(values[1:])
        return objective.of(following(values[0] + spent.offset, lasts), lasts)

    if not objective.cycles_power:
        return Aim(measures=(spent, *needed), value=least_energy, offset=spent.offset)
    return Aim(measures=(spent, *needed), value=product)


def goal_within(
    architecture: Architecture, layer: Layer, objective: Objective, within: Limits
) -> Aim:
    """The goal of an objective within limits: what is beyond them is worth nothing.

    A bound of a measure that is beyond its limit is beyond it for all that it bounds.
    """
    if within == NO_LIMITS:
        return goal(architecture, layer, objective)
    spent = energy(architecture, layer)
    needed, cycles = _cycles(architecture, layer)
    energy_alone = not objective.cycles_power
    most_energy, most_cycles = _ends(within)
    following = _static(architecture)

    def value(values: Floats) -> Floats:
        lasts = cycles(values[1:])
        moving = following(values[0], lasts)
        spends = moving + spent.offset
        worth = moving if energy_alone else objective.of(spends, lasts)
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


def _static(architecture: Architecture) -> Callable[[Floats, Floats], Floats]:
    """The energy with that of so many cycles, whatever is done in them."""
    of_cycle = float(sum(architecture.static.values()))

    def following(spends: Floats, lasts: Floats) -> Floats:
        return spends + of_cycle * lasts if of_cycle else spends

    return following


def _first(values: Floats) -> Floats:
    first: Floats = values[0]
    return first


def _cycles(
    architecture: Architecture, layer: Layer
) -> tuple[tuple[Gauge, ...], Callable[[Floats], Floats]]:
    """What the cycles of a layer are measured by, and the cycles, rounded up."""
    work, by_limit = busy(architecture, layer), times(architecture, layer)
    measures = (*work, *by_limit.values())
    offsets = np.array([measure.offset for measure in measures])
    around = shells(architecture, by_limit)

    def cycles(values: Floats) -> Floats:
        shifted = values + offsets.reshape(-1, *(1,) * (values.ndim - 1))
        of_limits = dict(zip(by_limit, shifted[len(work) :], strict=True))
        started = shifted[: len(work)].sum(axis=0)
        whole: Floats = np.ceil(finished(around, started, of_limits, _most) * (1 - WHOLE))
        return whole

    return measures, cycles


def _most(of: Sequence[Floats]) -> Floats:
    most: Floats = np.maximum.reduce(of)
    return most
