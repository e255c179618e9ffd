"""A front to JSON; its schema is `hwsim/schemas/front/v1.json`."""

import json
from typing import Any

from hwsim.fronts import Front, LayerFront
from hwsim.report.json import REPEATED, layer_document, number, report_document

FRONT_SCHEMA = "hwsim/front/v1"
#: What a front repeats of the report at its end.
REPEATED_AFTER = ("unmapped", "unpriced", "missing", "precomputed", "notes")


def render(front: Front) -> str:
    """The front as JSON text. Energies are in `energy_unit`."""
    return json.dumps(front_document(front), indent=2) + "\n"


def front_document(front: Front) -> dict[str, Any]:
    """The front as plain data."""
    report = report_document(front.result(0))
    return {
        "schema": FRONT_SCHEMA,
        **{key: report[key] for key in REPEATED if key in report},
        "proven": front.proven,
        "gap": front.gap,
        "points": [
            {
                "energy": number(point.energy),
                "cycles": point.cycles,
                "utilization": front.utilization(point),
                "picks": dict(point.picks),
            }
            for point in front
        ],
        "layers": [_layer(front, layer) for layer in front.layers],
        **{key: report[key] for key in REPEATED_AFTER},
    }


def _layer(front: Front, layer: LayerFront) -> dict[str, Any]:
    """The points of a layer, each as a layer of the report."""
    return {
        "name": layer.name,
        "corners": [{"energy": energy, "cycles": cycles} for energy, cycles in layer.corners],
        "points": [
            layer_document(front.architecture, front.network, each) for each in layer.points
        ],
    }
