"""An explanation to JSON; its schema is `hwsim/schemas/explanation/v1.json`."""

import json
from typing import Any

from hwsim.explanation import Effect, Explanation, TensorAccount, accounts, runs
from hwsim.report.json import REPEATED, number, report_document

EXPLANATION_SCHEMA = "hwsim/explanation/v1"


def render(explanation: Explanation) -> str:
    """The explanation as JSON text. Energies are in `energy_unit`, tiles and accesses in words."""
    report = report_document(explanation.result)
    architecture, layer = explanation.result.architecture, explanation.layer
    loops = runs(architecture, layer.layer, layer.nest)
    whole = {
        "schema": EXPLANATION_SCHEMA,
        **{key: report[key] for key in REPEATED if key in report},
        "objective": explanation.objective,
        "layer": report["layers"][0],
        "loops": [
            {
                "place": place,
                "dimension": run.dimension,
                "extent": run.extent,
                "tile": run.tile,
                "steps": run.steps,
                "last": run.last,
                "spatial": run.spatial,
            }
            for place, here in loops.items()
            for run in here
        ],
        "components": {
            name: {what: _entry(entry) for what, entry in account.entries.items()}
            for name, account in accounts(architecture, layer).items()
        },
        "changes": [_effect(effect) for effect in explanation.effects],
        "not_tried": [str(one) for one in explanation.changes[len(explanation.effects) :]],
    }
    return json.dumps(whole, indent=2) + "\n"


def _entry(entry: TensorAccount) -> dict[str, Any]:
    """A tensor at a component; null where it holds none, or has no limit, or counts nothing."""
    return {
        "tile_words": entry.tile.words if entry.tile else None,
        "tile_shape": dict(entry.tile.shape) if entry.tile else None,
        "capacity_words": entry.capacity_words,
        "reads": entry.accesses.reads if entry.accesses else None,
        "writes": entry.accesses.writes if entry.accesses else None,
        "read_bits": number(entry.moved.read) if entry.moved else None,
        "written_bits": number(entry.moved.written) if entry.moved else None,
        "energy": number(entry.energy),
    }


def _effect(effect: Effect) -> dict[str, Any]:
    """A change, and what the layer then costs; null where no mapping fits, for the `reasons`."""
    return {
        "set": str(effect.change),
        "instead_of": effect.change.old,
        "energy": number(effect.cost.energy) if effect.cost else None,
        "cycles": effect.cost.cycles if effect.cost else None,
        "proven": effect.proven,
        "reasons": list(effect.reasons),
    }
