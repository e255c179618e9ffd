"""Changes of an architecture to what a layer costs with each of them, exactly."""

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from hwsim import architecture as architectures
from hwsim import specification
from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache
from hwsim.cost import Cost
from hwsim.explanation.change import Change
from hwsim.mapper import NoMapping, Options, Tell
from hwsim.mapping.fit import misfits
from hwsim.mapping.nest import Nest
from hwsim.mapping.pair import Pair
from hwsim.priced import Priced, priced
from hwsim.result import LayerResult
from hwsim.solve import Solved, solve_each
from hwsim.within import ANYTHING, Within
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
    within: Within = ANYTHING,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Iterator[Effect]:
    """Yield in turn what each change of the architecture makes of the layer.

    The architecture has these overrides before it is changed. The layer is mapped anew for each
    change, `within` the limits, `jobs` at a time; a mapping that was given stays as it is.
    """
    layer = simulated.layer
    trials = [_trial(change, name_or_path, overrides) for change in changes]
    chips = [trial.architecture for trial in trials if trial.architecture]
    solved: Generator[Solved | Priced | NoMapping, None, None]
    if simulated.derived:
        limits = [within.of_each(chip, [layer])[0].of_one(layer.times) for chip in chips]
        asked = [replace(options, within=each) for each in limits]
        solved = solve_each([Pair(chip, layer) for chip in chips], asked, jobs, cache, tell)
    else:
        solved = (_as_it_is(chip, layer, simulated.nest) for chip in chips)
    with closing(solved):
        for trial in trials:
            if trial.architecture is None:
                yield Effect(change=trial.change, cost=None, reasons=trial.reasons)
            else:
                yield _effect(trial.change, layer, next(solved))


def _trial(change: Change, name_or_path: str | os.PathLike[str], overrides: Sequence[str]) -> Trial:
    try:
        document = specification.load("architecture", name_or_path, [*overrides, str(change)])
        return Trial(change=change, architecture=architectures.build(document))
    except specification.SpecificationError as error:
        reasons = tuple(f"{problem.where}: {problem.what}" for problem in error.problems)
        return Trial(change=change, architecture=None, reasons=reasons)


def _as_it_is(architecture: Architecture, layer: Layer, nest: Nest) -> Priced | NoMapping:
    if found := misfits(architecture, layer, nest):
        return NoMapping({layer.name: tuple(misfit.what for misfit in found)})
    return priced(architecture, layer, nest)


def _effect(change: Change, layer: Layer, found: Solved | Priced | NoMapping) -> Effect:
    match found:
        case NoMapping():
            return Effect(change=change, cost=None, reasons=found.reasons[layer.name])
        case Priced():
            return Effect(change=change, cost=found.cost)
        case Solved():
            proven = found.certificate.proven
            return Effect(change=change, cost=found.price.cost, proven=proven)
