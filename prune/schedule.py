"""A bench and a goal to a pruned network: rounds until the goal is met, or would be missed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from prune.methods.allot import MET_WITHIN
from prune.methods.budget import AIM, START, budget_of, check_use, floor, to_energy, within
from prune.methods.layers import by_layers
from prune.run.bench import Bench
from prune.run.events import Judged
from prune.run.journal import Kept
from prune.run.outcome import Outcome, Stage
from prune.run.position import Accuracy, Position
from prune.run.tune import tuned
from prune.settings import Goal

#: Rounds at most, where nothing is said: to an accuracy, and to an energy.
ROUNDS_TO_ACCURACY: Final = 12
ROUNDS_TO_ENERGY: Final = 3
#: A round that failed is tried again half as severe, down to this.
MILDEST: Final = 0.25
#: A round that saves a smaller share of the energy is the last.
LEAST_SAVED: Final = 1e-3
#: What a difference of accuracies may miss by.
ROUNDING: Final = 1e-9
#: How often a round is tried with another target, and what is above a budget brought to it.
ATTEMPTS: Final = 3


def reach(bench: Bench, goal: Goal) -> Outcome:
    """The network of the bench pruned to the goal.

    Before anything is done, raises `BelowFloor` where the energy cannot be so low, `NoUse`
    where it cannot be lower, and `AlwaysMet` where the accuracy cannot be.
    """
    bench.check_goal(goal)
    before = _start(bench)
    check_use(bench, before.position.seen)
    if goal.measure == "energy":
        return _to_energy(bench, goal, before)
    return _to_accuracy(bench, goal, before)


def by_budget(bench: Bench, goal: Goal) -> bool:
    """Whether rounds prune to allotted densities: as the settings say, else to an energy only."""
    method = bench.settings.method or ("budget" if goal.measure == "energy" else "layers")
    return method == "budget"


def _start(bench: Bench) -> Stage:
    """The dense network, measured; what is kept of it is only what was measured."""
    state = {key: tensor.detach().clone() for key, tensor in bench.dense.state_dict().items()}

    def measured() -> Kept:
        return Kept(facts=_stage(bench, START, bench.position(state)).kept().facts)

    kept = bench.journal.once(START, measured)
    stage = Stage.of(START, Kept(tensors=state, facts=kept.facts))
    bench.tell(stage.done)
    return stage


def _stage(bench: Bench, name: str, position: Position, steps: int = 0) -> Stage:
    """The network at the end of a round, its accuracy measured."""
    accuracy = Accuracy.of(bench.evaluation(position.state, bench.validation))
    return Stage(name=name, position=position, accuracy=accuracy, steps=steps)


def _to_accuracy(bench: Bench, goal: Goal, before: Stage) -> Outcome:
    """Rounds until the accuracy would fall too low; the last network that held.

    A round that failed is tried again from the network before it, half as severe.
    """
    round_ = _budget_round if by_budget(bench, goal) else _layers_round
    held, severity, rounds = before, 1.0, list[Stage]()
    least = before.accuracy.top(goal.rank) - goal.limit / 100
    for number in range(1, (bench.settings.rounds.most or ROUNDS_TO_ACCURACY) + 1):
        stage = round_(bench, held, severity, f"round-{number}")
        rounds.append(stage)
        saved = held.energy - stage.energy
        holds = stage.accuracy.top(goal.rank) >= least - ROUNDING and saved > 0
        lost = 100 * (before.accuracy.top(goal.rank) - stage.accuracy.top(goal.rank))
        judged = Judged(
            step=f"{stage.name}/judged",
            lost=lost,
            allowed=goal.limit,
            held=holds,
            back_to=held.name,
        )
        bench.tell(judged)
        if holds:
            bench.journal.forget(held.name)
            held = stage
        else:
            bench.journal.forget(stage.name)
            severity /= 2
        if severity < MILDEST or abs(saved) < LEAST_SAVED * held.energy:
            break
    return _outcome(bench, goal, [before, *rounds], held)


def _to_energy(bench: Bench, goal: Goal, before: Stage) -> Outcome:
    """Rounds of ever less energy, each fine-tuned, then the budget itself."""
    budget = budget_of(bench, goal.limit, before.position.seen)
    approach = _by_budgets if by_budget(bench, goal) else _by_layers
    stages = approach(bench, before, budget)
    for attempt in range(1, ATTEMPTS + 1):
        if stages[-1].energy <= budget:
            break
        stages.append(_met(bench, stages[-1], budget, f"last.{attempt}", attempt == ATTEMPTS))
    return _outcome(bench, goal, stages, stages[-1])


def _outcome(bench: Bench, goal: Goal, stages: Sequence[Stage], after: Stage) -> Outcome:
    """The outcome of these stages, of which the first is the network that was given."""
    before, *rounds = stages
    return Outcome(
        goal=goal,
        before=before,
        after=after,
        rounds=tuple(rounds),
        layers=tuple(bench.layers),
        left=bench.left,
    )


def _met(bench: Bench, now: Stage, budget: float, name: str, final: bool) -> Stage:
    """The network brought from above the budget to within it, and fine-tuned once more.

    That is left out where it does not lower the held-out loss, or leaves the budget; but what is
    above it then, and less than it was, may be brought to it again, unless this is the `final` try.
    """

    def work() -> Kept:
        position = within(bench, now.position, now.name, budget, name)
        if steps := bench.settings.finetune.steps:
            further = bench.position(tuned(bench, position.state, name))
            met = (1 - MET_WITHIN) * budget <= further.seen.energy <= budget
            above = budget < further.seen.energy < now.energy and not final
            if (met or above) and further.seen.loss < position.seen.loss:
                return _stage(bench, name, further, steps).kept()
        return _stage(bench, name, position).kept()

    return _done(bench, name, work)


def _by_layers(bench: Bench, before: Stage, budget: float) -> list[Stage]:
    """The paper's rounds, as long as they end above the budget, then one to the budget."""
    stages = [before]
    for number in range(1, (bench.settings.rounds.most or ROUNDS_TO_ACCURACY) + 1):
        stage = _layers_round(bench, stages[-1], 1.0, f"round-{number}")
        if not budget < stage.energy < stages[-1].energy:
            bench.journal.forget(stage.name)
            break
        bench.journal.forget(stages[-1].name)
        stages.append(stage)
    return [*stages, _about(bench, stages[-1], budget, "down")]


def _by_budgets(bench: Bench, before: Stage, budget: float) -> list[Stage]:
    """Rounds to budgets that fall by one factor, the last to about the budget.

    There are none without fine-tuning, which is what they are for.
    """
    most, stages = bench.settings.rounds.most or ROUNDS_TO_ENERGY, [before]
    if not bench.settings.finetune.steps:
        return stages
    for number in range(1, most):
        target = before.energy * (budget / before.energy) ** (number / most)
        stages.append(_towards(bench, stages[-1], target, f"round-{number}"))
        bench.journal.forget(stages[-2].name)
    return [*stages, _about(bench, stages[-1], budget, f"round-{most}")]


def _about(bench: Bench, now: Stage, budget: float, name: str) -> Stage:
    """A round that ends, fine-tuned, in the budget's last half per cent, or above it.

    Fine-tuning changes the zeros of activations, so it may take some attempts.
    """
    target = AIM * budget
    for attempt in range(1, ATTEMPTS + 1):
        stage = _towards(bench, now, target, f"{name}.{attempt}")
        if stage.energy >= (1 - MET_WITHIN) * budget or attempt == ATTEMPTS:
            break
        bench.journal.forget(stage.name)
        target *= AIM * budget / stage.energy
    return stage


def _layers_round(bench: Bench, start: Stage, severity: float, name: str) -> Stage:
    """A round in which every layer is pruned as far as it can bear."""
    pruned = partial(by_layers, bench, start.position, severity, name)
    return _fine_tuned(bench, start, name, pruned)


def _budget_round(bench: Bench, start: Stage, severity: float, name: str) -> Stage:
    """A round to a share of the energy."""
    return _towards(bench, start, start.energy * bench.settings.rounds.keep**severity, name)


def _towards(bench: Bench, now: Stage, target: float, name: str) -> Stage:
    """A round to the densities that together cost the target, or as little as there is."""
    least = floor(bench, now.position.seen) * (1 + ROUNDING)
    pruned = partial(to_energy, bench, now.position, now.name, max(target, least), name)
    return _fine_tuned(bench, now, name, pruned)


def _fine_tuned(bench: Bench, start: Stage, name: str, pruned: Callable[[], Position]) -> Stage:
    """What was pruned, fine-tuned and measured; the start where nothing was."""

    def work() -> Kept:
        position = pruned()
        if position is start.position:
            return replace(start, steps=0).kept()
        steps = bench.settings.finetune.steps
        after = bench.position(tuned(bench, position.state, name)) if steps else position
        return _stage(bench, name, after, steps).kept()

    return _done(bench, name, work)


def _done(bench: Bench, name: str, work: Callable[[], Kept]) -> Stage:
    kept = bench.journal.once(name, work)
    stage = Stage.of(name, kept)
    bench.tell(stage.done)
    return stage
