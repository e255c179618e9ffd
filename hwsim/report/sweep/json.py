"""A sweep to JSON: its rows, its front, and how much each column matters."""

import json
from dataclasses import asdict
from typing import Any

from hwsim.study import Sweep


def render(sweep: Sweep) -> str:
    """Return the sweep as JSON text."""
    return json.dumps(sweep_document(sweep), indent=2) + "\n"


def sweep_document(sweep: Sweep) -> dict[str, Any]:
    """Return the sweep as plain data; `front` has the numbers of points."""
    return {
        "schema": "hwsim/sweep/v1",
        "study": sweep.study.name,
        "columns": list(sweep.columns),
        "points": sweep.rows,
        "measures": list(sweep.study.measures),
        "front": [row["point"] for row in sweep.front()],
        "sensitivity": {
            measure: [{**asdict(one), "swing": one.swing} for one in sweep.sensitivity(measure)]
            for measure in sweep.study.measures
        },
    }
