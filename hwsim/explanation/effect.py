"""Changes of an architecture to what a layer costs with each of them, exactly."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hwsim import architecture as architectures
from hwsim import specification
from hwsim.accesses import count
from hwsim.accesses.traffic import traffic
from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache
from hwsim.cost import Cost, price
from hwsim.explanation.change import Change
from hwsim.mapper import Mapped, NoMapping, Options
from hwsim.mapping.fit import misfits
from hwsim.mapping.nest import Nest
from hwsim.result import LayerResult
from hwsim.solve import Tell, solve_each
from hwsim.vocabulary import Objective
from hwsim.workload.layer import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the layer costs after a change, or the `reasons` why it then cannot run.

    `proven` says that no mapping of the declared space is better, or that the mapping was given.
    """

    change: Change
    cost: Cost | None
    proven: bool = True
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A change, and the architecture with it, or why there is none."""

    change: Change
    architecture: Architecture | None
    reasons: tuple[str, ...] = ()


def effects(
    changes: Sequence[Change],
    name_or_path: str | os.PathLike[str],
    overrides: Sequence[str],
    simulated: LayerResult,
    options: Options,
    *,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Iterator[Effect]:
    """What each change in turn makes of the layer on the architecture with these overrides.

    The layer is mapped anew for each, `jobs` at a time; a mapping that was given stays as it is.
    """
    layer = simulated.layer
    trials = [_trial(change, name_or_path, overrides) for change in changes]
    chips = [trial.architecture for trial in trials if trial.architecture]
    solved: Iterator[Nest | Mapped | NoMapping]
    if simulated.derived:
        solved = solve_each([(chip, layer) for chip in chips], options, jobs, cache, tell)
    else:
        solved = (_as_it_is(chip, layer, simulated.nest) for chip in chips)
    for trial in trials:
        if trial.architecture is None:
            yield Effect(change=trial.change, cost=None, reasons=trial.reasons)
        else:
            yield _effect(trial.change, trial.architecture, layer, next(solved))


def value(cost: Cost, objective: Objective) -> Fraction:
    """What the objective is to be least of."""
    match objective:
        case Objective.energy:
            return cost.energy
        case Objective.cycles:
            return Fraction(cost.cycles)
        case Objective.edp:
            return cost.energy * cost.cycles


def _trial(change: Change, name_or_path: str | os.PathLike[str], overrides: Sequence[str]) -> Trial:
    try:
        document = specification.load("architecture", name_or_path, [*overrides, str(change)])
        return Trial(change=change, architecture=architectures.build(document))
    except specification.SpecificationError as error:
        reasons = tuple(f"{problem.where}: {problem.what}" for problem in error.problems)
        return Trial(change=change, architecture=None, reasons=reasons)


def _as_it_is(architecture: Architecture, layer: Layer, nest: Nest) -> Nest | NoMapping:
    found = misfits(architecture, layer, nest)
    return NoMapping({layer.name: tuple(misfit.what for misfit in found)}) if found else nest


def _effect(
    change: Change, architecture: Architecture, layer: Layer, found: Nest | Mapped | NoMapping
) -> Effect:
    if isinstance(found, NoMapping):
        return Effect(change=change, cost=None, reasons=found.reasons[layer.name])
    nest = found.nest if isinstance(found, Mapped) else found
    counts = count(architecture, layer, nest)
    return Effect(
        change=change,
        cost=price(architecture, counts, traffic(architecture, counts), layer),
        proven=not isinstance(found, Mapped) or found.certificate.proven,
    )
