"""Rounds to energies that fall, each to the densities that lose least together."""

from dataclasses import dataclass
from typing import Final

from prune.methods.method import Method
from prune.methods.rounds import about, towards
from prune.run.bench import Bench
from prune.run.outcome import Stage

#: Rounds at most, where nothing is said.
ROUNDS_TO_ENERGY: Final = 3


@dataclass(frozen=True)
class Budget(Method):
    """Allots densities to all layers at once."""

    name: str = "budget"
    measures_losses: bool = True

    def round(self, bench: Bench, start: Stage, severity: float, name: str) -> Stage:
        """A round to a share of the energy."""
        kept = bench.given.settings.rounds.keep**severity
        return towards(bench, start, start.energy * kept, name)

    def approach(self, bench: Bench, before: Stage, budget: float) -> list[Stage]:
        """Rounds to budgets that fall by one factor, the last to about the budget.

        There are none without fine-tuning, which is what they are for.
        """
        most, stages = bench.given.settings.rounds.most or ROUNDS_TO_ENERGY, [before]
        if not bench.given.settings.finetune.steps:
            return stages
        for number in range(1, most):
            target = before.energy * (budget / before.energy) ** (number / most)
            stages.append(towards(bench, stages[-1], target, f"round-{number}"))
            bench.journal.forget(stages[-2].name)
        return [*stages, about(bench, stages[-1], budget, f"round-{most}")]


BUDGET: Final = Budget()
