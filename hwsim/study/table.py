"""Points and their outcomes to answers: the front, the best, and what matters most."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hwsim.study.study import CHOICES, LARGER_IS_BETTER, MEASURES, Study

PointRow = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How much a measure depends on a column: the least mean over the points of one of its values,
    the largest, and which values these are.
    """

    column: str
    least: float
    least_at: Any
    most: float
    most_at: Any

    @property
    def swing(self) -> float:
        """By what share of the least the measure grows."""
        return self.most / self.least - 1 if self.least else 0.0


@dataclass(frozen=True, kw_only=True, repr=False)
class Sweep:
    """The table of a study: what varies at each point, and what is measured there."""

    study: Study
    points: Sequence[Mapping[str, Any]]
    outcomes: Sequence[Mapping[str, Any]] = field(repr=False)

    def __repr__(self) -> str:
        return f"<Sweep {self.study.name}: {len(self.points)} points>"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What varies."""
        return tuple(
            name
            for name in self.study.columns
            if len({repr(point.get(name)) for point in self.points}) > 1
        )

    @cached_property
    def rows(self) -> list[PointRow]:
        """A row for each point, in order: its settings, its measures, or why it has none."""
        return [
            {
                "point": number,
                **{name: _said(point.get(name)) for name in self.study.columns},
                **{name: outcome.get(name) for name in (*MEASURES, "energy_unit", "proven")},
                "meets": self._meets(point, outcome),
                "reason": outcome.get("reason"),
            }
            for number, (point, outcome) in enumerate(
                zip(self.points, self.outcomes, strict=True), start=1
            )
        ]

    @cached_property
    def measured(self) -> list[PointRow]:
        """The rows that have measures and meet all conditions."""
        return [row for row in self.rows if row["meets"]]

    def front(self, *measures: str) -> list[PointRow]:
        """Return the rows that no other is as good as in all measures and better in one; of rows
        that are equal in all, the first.

        `measures` are those of the study where none is given. Rows where one of them is not known
        are left out.
        """
        asked = measures or self.study.measures
        rows = [row for row in self.measured if all(row[name] is not None for name in asked)]
        costs = [tuple(_cost(row, measure) for measure in asked) for row in rows]
        front, least = list[int](), list[tuple[float, ...]]()
        for at in sorted(range(len(rows)), key=lambda at: (costs[at], at)):
            rest = costs[at][1:]  # none before it costs more in the first measure
            if not any(_as_good(other, rest) for other in least):
                front.append(at)
                least = [other for other in least if not _as_good(rest, other)] + [rest]
        return [rows[at] for at in front]

    def best(self, measure: str) -> PointRow | None:
        """Return the best row in a measure, the first of several; None where there is none."""
        known = (row for row in self.measured if row[measure] is not None)
        return min(known, key=lambda row: _cost(row, measure), default=None)

    def sensitivity(self, measure: str) -> list[Sensitivity]:
        """Return how much the measure depends on each column, the largest swing first."""
        found = [one for name in self.columns if (one := self._sensitivity(name, measure))]
        return sorted(found, key=lambda one: -one.swing)

    def to_pandas(self) -> Any:
        """Return the rows as a table of pandas, which has to be installed."""
        from importlib import import_module

        return import_module("pandas").DataFrame(self.rows)

    def _meets(self, point: Mapping[str, Any], outcome: Mapping[str, Any]) -> bool:
        row = {**point, **outcome}
        return "reason" not in outcome and all(one.holds(row) for one in self.study.conditions)

    def _sensitivity(self, column: str, measure: str) -> Sensitivity | None:
        by_value = dict[str, tuple[Any, list[float]]]()
        for row in self.measured:
            if row[measure] is None:
                continue
            by_value.setdefault(repr(row[column]), (row[column], []))[1].append(row[measure])
        means = [(sum(each) / len(each), value) for value, each in by_value.values()]
        if len(means) < 2:
            return None
        least, most = (pick(means, key=lambda mean: mean[0]) for pick in (min, max))
        return Sensitivity(
            column=column, least=least[0], least_at=least[1], most=most[0], most_at=most[1]
        )


def _as_good(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True))


def _cost(row: Mapping[str, Any], measure: str) -> float:
    return -float(row[measure]) if measure in LARGER_IS_BETTER else float(row[measure])


def _said(value: Any) -> Any:
    """A cell of the table: several texts as one."""
    return " ".join(value) if isinstance(value, tuple) else value


def varied_at(row: Mapping[str, Any], columns: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield what a row says in these columns, by the shortest names that tell them apart."""
    yield from zip(short(columns), (row[name] for name in columns), strict=True)


def short(columns: Sequence[str]) -> list[str]:
    """Return the ends of paths that tell them from each other.

    >>> short(["a.buffer.size", "a.spad.size", "a.axes.rows", "batch"])
    ['buffer.size', 'spad.size', 'rows', 'batch']
    """
    found = []
    for name in columns:
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            end = ".".join(parts[-length:])
            if sum(other == end or other.endswith(f".{end}") for other in columns) == 1:
                break
        found.append(name if name in CHOICES else end)
    return found
