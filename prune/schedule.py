"""Takes a bench and a goal to a pruned network, by rounds until the goal is met or missed."""

from collections.abc import Sequence
from typing import Final

from prune.goals import Goal, Losing
from prune.methods import Method, chosen
from prune.methods.allot import MET_WITHIN
from prune.methods.energy import START, brought_within, budget_of, check_use
from prune.methods.method import ROUNDS_TO_ACCURACY
from prune.methods.rounds import ATTEMPTS, done, stage_of
from prune.run.bench import Bench
from prune.run.events import Judged
from prune.run.journal import Kept
from prune.run.outcome import Outcome, Stage
from prune.run.tune import tuned

#: A round that failed is tried again half as severe, down to this.
MILDEST: Final = 0.25
#: A round that saves a smaller share of the energy is the last.
LEAST_SAVED: Final = 1e-3


def reach(bench: Bench, goal: Goal) -> Outcome:
    """Prune the network of the bench to the goal, and return the outcome.

    Before anything is done, raises `BelowFloor` where the energy cannot be so low, `NoUse`
    where it cannot be lower, and `AlwaysMet` where the accuracy cannot be.
    """
    goal.yardstick.check(bench.given.classes)
    method = chosen(bench.given.settings, goal)
    before = _start(bench)
    check_use(bench.given, before.position.seen)
    match goal.yardstick:
        case Losing() as judge:
            return _by_losing(bench, goal, judge, before, method)
        case _:
            return _by_spending(bench, goal, before, method)


def _start(bench: Bench) -> Stage:
    """Measure the dense network; the journal keeps what was measured, and no tensors."""
    state = {key: tensor.detach().clone() for key, tensor in bench.given.dense.state_dict().items()}

    def measured() -> Kept:
        return Kept(facts=stage_of(bench, START, bench.position(state)).kept().facts)

    kept = bench.journal.once(START, measured)
    stage = Stage.of(START, Kept(tensors=state, facts=kept.facts))
    bench.tell(stage.done)
    return stage


def _by_losing(bench: Bench, goal: Goal, judge: Losing, before: Stage, method: Method) -> Outcome:
    """Prune in rounds until too much would be lost, and return the last network that held.

    A round that failed is tried again from the network before it, half as severe.
    """
    held, severity, rounds = before, 1.0, list[Stage]()
    for number in range(1, (bench.given.settings.rounds.most or ROUNDS_TO_ACCURACY) + 1):
        stage = method.round(bench, held, severity, f"round-{number}")
        rounds.append(stage)
        saved = held.energy - stage.energy
        holds = judge.holds(goal.limit, before.accuracy, stage.accuracy) and saved > 0
        judged = Judged(
            step=f"{stage.name}/judged",
            lost=judge.lost(before.accuracy, stage.accuracy),
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


def _by_spending(bench: Bench, goal: Goal, before: Stage, method: Method) -> Outcome:
    """Prune in rounds of ever less energy, each fine-tuned, and then to the budget itself."""
    budget = budget_of(bench.given, goal.limit, before.position.seen)
    stages = method.approach(bench, before, budget)
    for attempt in range(1, ATTEMPTS + 1):
        if stages[-1].energy <= budget:
            break
        stages.append(_met(bench, stages[-1], budget, f"last.{attempt}", attempt == ATTEMPTS))
    return _outcome(bench, goal, stages, stages[-1])


def _outcome(bench: Bench, goal: Goal, stages: Sequence[Stage], after: Stage) -> Outcome:
    """Return the outcome of these stages, of which the first is the network that was given."""
    before, *rounds = stages
    return Outcome(
        goal=goal,
        before=before,
        after=after,
        rounds=tuple(rounds),
        layers=tuple(bench.given.layers),
        left=bench.given.left,
    )


def _met(bench: Bench, now: Stage, budget: float, name: str, final: bool) -> Stage:
    """Bring a network that is above the budget within it, and fine-tune it once more.

    Fine-tuning is undone where it does not lower the held-out loss, or leaves the budget. Unless
    this is the `final` try, it stays where it ends above the budget but lower than before, and the
    network may be brought to the budget again.
    """

    def work() -> Kept:
        position = brought_within(bench, now.position, now.name, budget, name)
        if steps := bench.given.settings.finetune.steps:
            further = bench.position(tuned(bench, position.state, name))
            met = (1 - MET_WITHIN) * budget <= further.seen.energy <= budget
            above = budget < further.seen.energy < now.energy and not final
            if (met or above) and further.seen.loss < position.seen.loss:
                return stage_of(bench, name, further, steps).kept()
        return stage_of(bench, name, position).kept()

    return done(bench, name, work)
