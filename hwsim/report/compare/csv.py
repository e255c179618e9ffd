"""A comparison to CSV: a row for each amount, a column for each side."""

import csv
from io import StringIO

from hwsim.comparison import Comparison
from hwsim.report.compare.json import comparison_document


def render(comparison: Comparison) -> str:
    """Return the comparison as CSV text; energies are in the unit of their side."""
    told = comparison_document(comparison)
    table = StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["part", "name", "amount", *(side["name"] for side in told["sides"])])
    for one in told["differences"]:
        writer.writerow(["declared", one["path"], "value", *one["values"]])
    for measure, amounts in told["totals"].items():
        writer.writerow(["total", "total", measure, *amounts])
    for part in ("layers", "components", "tensors"):
        for row in told[part]:
            for measure in ("energy", "cycles"):
                if measure in row:
                    writer.writerow([part.removesuffix("s"), row["name"], measure, *row[measure]])
    for one in told["mappings"]:
        writer.writerow(["mapping", f"{one['layer']}.{one['place']}", "loops", *one["loops"]])
    return table.getvalue()
