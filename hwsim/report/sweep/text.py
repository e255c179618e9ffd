"""A sweep to one screen: the front, the best points, and what matters."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from hwsim.architecture.units import UNITS
from hwsim.report.figures import DASH, percent, si
from hwsim.report.layout import Facts, Row, energy_in, facts, first_of, printed, some, table
from hwsim.study import Sweep
from hwsim.study.study import CHIP_AREA
from hwsim.study.table import PointRow, short, varied_at

#: So many points of the front stand on the screen; the files have all.
SHOWN = 20


def render(sweep: Sweep, *, colour: bool = False) -> str:
    """Return the sweep as text, with the escape codes of a terminal only if `colour`."""
    parts: list[RenderableType] = [facts(stated_first(sweep)), ""]
    if sweep.measured:
        parts += [_front(sweep), ""]
        parts += [it for measure in sweep.study.measures for it in _sensitivity(sweep, measure)]
        parts.append(facts(_summary(sweep)))
    return printed(parts, colour=colour)


def stated_first(sweep: Sweep) -> Facts:
    """What stands first: the study, its points, and the unit of energies."""
    yield "study", sweep.study.name
    yield "points", _counted(sweep)
    units = dict.fromkeys(row["energy_unit"] for row in sweep.measured)
    if units:
        yield "energy", "; ".join(UNITS[unit].says for unit in units)


def _counted(sweep: Sweep) -> str:
    rows = sweep.rows
    lacking = [row for row in rows if row["reason"]]
    words = [str(len(rows))]
    if lacking:
        words.append(f"{len(lacking)} without a mapping")
    if missed := sum(not row["meets"] and not row["reason"] for row in rows):
        words.append(f"{missed} do not meet the conditions")
    return ", ".join(words)


def _front(sweep: Sweep) -> Table:
    columns, measures = sweep.columns, sweep.study.measures
    rows = [_row(row, columns, measures) for row in sweep.front()]
    heads = ("front,\npoint", *(name.replace(".", ".\n") for name in short(columns)), *measures)
    return table(heads, *first_of(rows, SHOWN))


def _row(row: PointRow, columns: Sequence[str], measures: Sequence[str]) -> Row:
    varied = [_said(row[name]) for name in columns]
    return str(row["point"]), *varied, *(_measured(row, measure) for measure in measures)


def _said(value: Any) -> str:
    return DASH if value in (None, "") else str(value)


def _measured(row: PointRow, measure: str) -> str:
    if measure == "utilization":
        return f"{percent(row[measure])} %"
    if measure == CHIP_AREA:
        return f"{row[measure]:.4g} mm2"
    if measure == "energy":
        return energy_in(row["energy_unit"], row[measure])
    return si(row[measure])


def _sensitivity(sweep: Sweep, measure: str) -> Iterator[RenderableType]:
    found = sweep.sensitivity(measure)
    if not found:
        return
    names = dict(zip(sweep.columns, short(sweep.columns), strict=True))
    unit = {"energy_unit": sweep.measured[0]["energy_unit"]}
    rows = [
        (
            names[one.column],
            _measured({measure: one.least, **unit}, measure),
            _said(one.least_at),
            _measured({measure: one.most, **unit}, measure),
            _said(one.most_at),
            percent(one.swing),
        )
        for one in found
    ]
    yield table((f"mean {measure} by", "least", "at", "most", "at", "%"), rows)
    yield ""


def _summary(sweep: Sweep) -> Facts:
    for measure in sweep.study.measures:
        if best := sweep.best(measure):
            where = ", ".join(f"{name} {_said(it)}" for name, it in varied_at(best, sweep.columns))
            told = f"{_measured(best, measure)} at point {best['point']}"
            yield f"best {measure}", f"{told}: {where}" if where else told
    unproven = [str(row["point"]) for row in sweep.measured if not row["proven"]]
    if unproven:
        yield "not proven", f"points {some(unproven)}"
    reasons = dict.fromkeys(row["reason"] for row in sweep.rows if row["reason"])
    if reasons:
        yield "no mapping", "\n".join([*reasons][:3])
