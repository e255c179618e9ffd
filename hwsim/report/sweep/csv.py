"""The rows of a sweep to CSV, with the columns of its table."""

import csv
from collections.abc import Iterable
from io import StringIO

from hwsim.study import Sweep
from hwsim.study.table import PointRow


def render(sweep: Sweep) -> str:
    """Return all points as CSV text, in the study's order."""
    return of_rows(sweep.rows)


def of_rows(rows: Iterable[PointRow]) -> str:
    """Return rows as CSV text; a cell of what is not known is empty."""
    rows = [*rows]
    text = StringIO()
    columns = list(rows[0]) if rows else ["point"]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value
