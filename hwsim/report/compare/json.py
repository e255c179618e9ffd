"""A comparison to JSON; its schema is `hwsim/schemas/comparison/v1.json`."""

import json
from collections.abc import Iterable
from typing import Any

from hwsim.comparison import Amounts, Comparison
from hwsim.report.json import number

COMPARISON_SCHEMA = "hwsim/comparison/v1"


def render(comparison: Comparison) -> str:
    """Return the comparison as JSON text."""
    return json.dumps(comparison_document(comparison), indent=2) + "\n"


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data; the amounts of a row are in the order of `sides`."""
    return {
        "schema": COMPARISON_SCHEMA,
        "sides": [
            {
                "name": side.name,
                "architecture": side.architecture,
                "network": side.network,
                "batch": side.batch,
                "energy_unit": side.energy_unit,
                "clock_mhz": side.clock_mhz,
            }
            for side in comparison.sides
        ],
        "differences": [
            {"path": one.path, "values": list(one.values)} for one in comparison.differences
        ],
        "totals": {row.name: _amounts(row) for row in (comparison.energy, comparison.cycles)},
        "layers": [
            {"name": energy.name, "energy": _amounts(energy), "cycles": _amounts(cycles)}
            for energy, cycles in comparison.layers
        ],
        "components": _energies(comparison.components),
        "tensors": _energies(comparison.tensors),
        "mappings": [
            {"layer": one.layer, "place": one.place, "loops": list(one.loops)}
            for one in comparison.moved
        ],
    }


def _energies(rows: Iterable[Amounts]) -> list[dict[str, Any]]:
    return [{"name": row.name, "energy": _amounts(row)} for row in rows]


def _amounts(row: Amounts) -> list[int | float | None]:
    return [None if value is None else number(value) for value in row.values]
