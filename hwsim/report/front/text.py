"""A front to one screen: what less energy costs in cycles, and fewer cycles in energy."""

from collections.abc import Sequence
from fractions import Fraction

from rich.table import Table

from hwsim.fronts import Front, Point
from hwsim.report.figures import DASH, percent, si
from hwsim.report.layout import (
    Facts,
    Row,
    aim,
    facts,
    in_seconds,
    in_unit,
    printed,
    some,
    table,
)
from hwsim.report.limits import told_limits
from hwsim.report.omissions import missing_warning
from hwsim.report.text import inputs

#: Points that are shown; of more, some are left out.
SHOWN = 40


def render(front: Front, *, colour: bool = False) -> str:
    """The front as text, with the escape codes of a terminal only if `colour`."""
    numbers = points_shown(len(front))
    points, summary = _points(front, numbers), facts(_summary(front))
    return printed([facts(_heading(front)), "", points, "", summary], colour=colour)


def points_shown(points: int) -> list[int]:
    """The numbers of the points that are shown: evenly among them, with the first and the last.

    >>> points_shown(3), len(points_shown(3063)), points_shown(3063)[-1]
    ([0, 1, 2], 40, 3062)
    """
    if points <= SHOWN:
        return [*range(points)]
    return [number * (points - 1) // (SHOWN - 1) for number in range(SHOWN)]


def _heading(front: Front) -> Facts:
    yield from inputs(front.architecture, front.network)
    if front.within.limits:
        yield "within", told_limits(front.within)


def _points(front: Front, numbers: Sequence[int]) -> Table:
    """What each point costs, beside the least energy and the fewest cycles."""
    heads = ("point", "energy", "more\n%", "cycles", "more\n%", "time", "utilized\n%")
    leanest, fastest = front[0], front[len(front) - 1]
    rows = [_row(front, number + 1, front[number], leanest, fastest) for number in numbers]
    return table(heads, rows)


def _row(front: Front, number: int, point: Point, leanest: Point, fastest: Point) -> Row:
    return (
        str(number),
        in_unit(front.architecture, point.energy),
        _more(point.energy, leanest.energy),
        si(point.cycles),
        _more(point.cycles, fastest.cycles),
        in_seconds(front.architecture, point.cycles),
        percent(front.utilization(point)),
    )


def _more(one: Fraction | int, least: Fraction | int) -> str:
    """By how much it is more; a dash where it is not."""
    return f"{float(100 * (one - least) / least):.2f}" if one > least else DASH


def _summary(front: Front) -> Facts:
    numbers = len(points_shown(len(front)))
    if numbers < len(front):
        yield "points", f"{numbers} of {len(front)} are shown; --format csv and json have all"
    of_each = [f"{one.name} {len(one.points)}" for one in front.layers if len(one.points) > 1]
    if len(front.layers) > 1:
        yield "of layers", some(of_each) or "one point each"
    known = [one.certificate for each in front.layers for one in each.points if one.certificate]
    if known:
        how = aim(front.architecture, known[0])
        yield "mappings", f"derived: {how.removeprefix(known[0].objective.aim).strip()}"
    yield "front", _proof(front)
    if front.unmapped:
        yield "no mapping", some(list(front.unmapped))
    if lacking := missing_warning(front.network):
        yield "missing", lacking


def _proof(front: Front) -> str:
    if front.proven:
        return "proven: no other mappings have less energy in as few cycles"
    return (
        "not proven: mappings may have less energy and fewer cycles than any point, by at most"
        f" {percent(front.gap)} % of both"
    )
