"""A sweep to a page: its front, what varies, what matters, and all of its points."""

from collections.abc import Iterator
from typing import Any

from hwsim.report.figures import DASH, percent, si
from hwsim.report.html.charts import front, over_columns
from hwsim.report.html.page import PageCell, Section, chart, page, sortable
from hwsim.report.sweep.text import stated_first
from hwsim.study import Sweep
from hwsim.study.table import PointRow, short


def render(sweep: Sweep) -> str:
    """Return the sweep as one HTML file; its numbers are those of the JSON form."""
    best = {row["point"] for row in sweep.front()}
    stated = [*stated_first(sweep), ("front", str(len(best)))]
    return page(f"Sweep {sweep.study.name}", stated, _sections(sweep, best))


def _sections(sweep: Sweep, best: set[int]) -> Iterator[Section]:
    measures = sweep.study.measures
    names = dict(zip(sweep.columns, short(sweep.columns), strict=True))
    data = [
        {
            "point": row["point"],
            "front": "yes" if row["point"] in best else "no",
            **{_plain(name): row[column] for column, name in names.items()},
            **{measure: row[measure] for measure in measures},
        }
        for row in sweep.measured
    ]
    if data:
        columns = [_plain(name) for name in names.values()]
        told = f"Points by {' and '.join(measures)}, and the front that no other point beats"
        spec = front(data, measures, columns)
        yield Section(title="Front", body=chart("front", spec, told))
        numbers = [name for name in columns if all(_is_number(row[name]) for row in data)]
        told = "A line for each point over all that varies, coloured by its measure"
        spec = over_columns(data, [*numbers, *measures], measures[0])
        yield Section(title="All that varies", body=chart("parallel", spec, told))
        for measure in measures:
            if rows := _sensitivity(sweep, measure, names):
                heads = ["axis", "least", "at", "most", "at", "%"]
                yield Section(title=f"Mean {measure} by", body=sortable(heads, rows))
    yield Section(title="Points", body=_points(sweep, names, best))


def _sensitivity(sweep: Sweep, measure: str, names: dict[str, str]) -> list[list[PageCell]]:
    return [
        [
            _cell(names[one.column]),
            (si(one.least), one.least),
            _cell(one.least_at),
            (si(one.most), one.most),
            _cell(one.most_at),
            (percent(one.swing), one.swing),
        ]
        for one in sweep.sensitivity(measure)
    ]


def _points(sweep: Sweep, names: dict[str, str], best: set[int]) -> str:
    rows = [
        [
            _cell(row["point"]),
            *(_cell(row[column]) for column in names),
            *(_measured(row, measure) for measure in sweep.study.measures),
            _cell("yes" if row["point"] in best else ""),
            _cell(_why_not(row)),
        ]
        for row in sweep.rows
    ]
    return sortable(["point", *names.values(), *sweep.study.measures, "front", "why not"], rows)


def _why_not(row: PointRow) -> str:
    return row["reason"] or ("" if row["meets"] else "does not meet the conditions")


def _measured(row: PointRow, measure: str) -> PageCell:
    value = row[measure]
    return (DASH, "") if value is None else (si(value), value)


def _cell(value: Any) -> PageCell:
    said = DASH if value is None else str(value)
    return said, value if _is_number(value) else said


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(name: str) -> str:
    """A name without dots, which Vega-Lite takes for paths."""
    return name.replace(".", " ")
