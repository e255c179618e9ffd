"""A front to CSV: a row for each point of the total, then for each point of each layer."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from hwsim.fronts import Front
from hwsim.report.csv import TOTAL
from hwsim.report.json import number


def render(front: Front) -> str:
    """The front as CSV text; points count from 1, and `pick.conv1` is that of the layer `conv1`."""
    rows = [*_points(front), *_points_of_layers(front)]
    table = StringIO()
    writer = csv.DictWriter(table, rows[0], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue()


def _points(front: Front) -> Iterator[dict[str, Any]]:
    for at, point in enumerate(front, start=1):
        yield {
            "layer": TOTAL,
            "point": at,
            f"energy_{front.architecture.energy_unit.lower()}": number(point.energy),
            "cycles": point.cycles,
            "utilization": front.utilization(point),
            "proven": "yes" if front.proven else "no",
            "gap": front.gap,
            **{f"pick.{name}": pick + 1 for name, pick in point.picks.items()},
        }


def _points_of_layers(front: Front) -> Iterator[dict[str, Any]]:
    for layer in front.layers:
        for at, each in enumerate(layer.points, start=1):
            yield {
                "layer": layer.name,
                "point": at,
                f"energy_{front.architecture.energy_unit.lower()}": number(each.cost.energy),
                "cycles": each.cycles,
                "utilization": each.utilization,
                **({"proven": "yes" if each.proven else "no"} if each.certificate else {}),
                **({"gap": each.certificate.gap} if each.certificate else {}),
            }
