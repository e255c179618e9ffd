"""The outcome of a run for programs: JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from prune.report.breakdown import Breakdown
from prune.run.given import Given
from prune.run.outcome import Outcome, Stage
from prune.run.position import Accuracy, densities_said


def summary(
    given: Given,
    outcome: Outcome,
    before: Breakdown,
    after: Breakdown,
    tests: tuple[Accuracy, Accuracy] | None = None,
    front: Sequence[tuple[float, float]] = (),
) -> dict[str, Any]:
    """Return all that is known of the outcome.

    Energies are those for measured densities, in the architecture's unit. `front` are pairs of an
    energy and the least output errors together, both predicted.
    """
    return {
        "network": given.network.name,
        "architecture": given.chip.name,
        "energy_unit": given.chip.energy_unit,
        "batch": given.network.batch,
        "goal": {outcome.goal.measure: outcome.goal.limit},
        "energy": {"before": before.total(), "after": after.total()},
        "validation": {
            "before": asdict(outcome.before.accuracy),
            "after": asdict(outcome.after.accuracy),
        },
        "test": tests and {"before": asdict(tests[0]), "after": asdict(tests[1])},
        "rounds": [_round(stage) for stage in outcome.rounds],
        "returned": outcome.after.name,
        "front_predicted": [{"energy": energy, "error": error} for energy, error in front],
        "left": dict(outcome.left),
        "layers": {layer: _layer(layer, before, after) for layer in before.energies},
    }


def _round(stage: Stage) -> dict[str, Any]:
    return {"name": stage.name, "energy": stage.energy, "validation": asdict(stage.accuracy)}


def _layer(layer: str, before: Breakdown, after: Breakdown) -> Mapping[str, Any]:
    return {
        when: {
            "densities": densities_said(one.contents[layer]),
            "energy": dict(one.energies[layer]),
        }
        for when, one in (("before", before), ("after", after))
    }
