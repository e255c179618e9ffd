"""A round: layers pruned, fine-tuned, measured, and kept; and rounds to an energy."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from prune.methods.allot import MET_WITHIN
from prune.methods.energy import AIM, least_energy, to_energy
from prune.run.bench import Bench
from prune.run.journal import Kept
from prune.run.outcome import Stage
from prune.run.position import Accuracy, Position
from prune.run.tune import tuned

#: How often a round is tried with another target, and what is above a budget brought to it.
ATTEMPTS: Final = 3
#: What an energy may miss the least by that there is.
ROUNDING: Final = 1e-9


def fine_tuned(bench: Bench, start: Stage, name: str, pruned: Callable[[], Position]) -> Stage:
    """Prune, fine-tune and measure; where nothing was pruned, the stage is the start itself."""

    def work() -> Kept:
        position = pruned()
        if position is start.position:
            return replace(start, steps=0).kept()
        steps = bench.given.settings.finetune.steps
        after = bench.position(tuned(bench, position.state, name)) if steps else position
        return stage_of(bench, name, after, steps).kept()

    return done(bench, name, work)


def towards(bench: Bench, now: Stage, target: float, name: str) -> Stage:
    """Prune to densities that together cost the target, or the least that there is."""
    least = least_energy(bench.given, now.position.seen) * (1 + ROUNDING)
    pruned = partial(to_energy, bench, now.position, now.name, max(target, least), name)
    return fine_tuned(bench, now, name, pruned)


def about(bench: Bench, now: Stage, budget: float, name: str) -> Stage:
    """Prune so that the fine-tuned network is in the budget's last half per cent, or above it.

    Fine-tuning changes the zeros of activations, so it may take some attempts.
    """
    target = AIM * budget
    for attempt in range(1, ATTEMPTS + 1):
        stage = towards(bench, now, target, f"{name}.{attempt}")
        if stage.energy >= (1 - MET_WITHIN) * budget or attempt == ATTEMPTS:
            break
        bench.journal.forget(stage.name)
        target *= AIM * budget / stage.energy
    return stage


def stage_of(bench: Bench, name: str, position: Position, steps: int = 0) -> Stage:
    """Measure the accuracy of a network at the end of a round, and return the stage."""
    accuracy = Accuracy.of(bench.running.evaluation(position.state, bench.given.validation))
    return Stage(name=name, position=position, accuracy=accuracy, steps=steps)


def done(bench: Bench, name: str, work: Callable[[], Kept]) -> Stage:
    """Do the work, unless it was done before an interruption; tell and return its stage."""
    kept = bench.journal.once(name, work)
    stage = Stage.of(name, kept)
    bench.tell(stage.done)
    return stage
