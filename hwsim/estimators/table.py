"""Rows of published figures: each holds for what it says of a component, and for nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import geometric_mean
from typing import Final

from hwsim.estimators.estimate import Action, CannotEstimate, Estimate, Value

#: What a row says of a property: a value, both ends of a range, or None, that there is none.
Condition = Value | tuple[float, float] | None

#: So many rows are listed.
FEW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """The `figures` of a component of this `kind` of which all this `says` holds: the energies of
    its actions, its area, its leakage.

    Energies are of one word, unless `says` has `access_bits`: then of an access, of which a word
    pays its share. `source` is where in the table's source they are from.
    """

    kind: str
    says: Mapping[str, Condition]
    figures: Mapping[str, float]
    source: str

    def holds(self, action: Action) -> bool:
        """Whether this is a row of the action."""
        return self.knows(action) and self.misses(action) == 0

    def knows(self, action: Action) -> bool:
        """Whether it has such a figure of such a component."""
        return action.kind == self.kind and action.name in self.figures

    def misses(self, action: Action) -> int:
        """How much of what it says does not hold of the action's component."""
        of = action.properties
        return sum(not _fits(of.get(name), said) for name, said in self.says.items())

    def __str__(self) -> str:
        said = ", ".join(_phrase(name, value) for name, value in self.says.items())
        return f"{self.kind} of {said}" if said else self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureTable:
    """An estimator that knows rows. Where several hold, as several designs have the same part, it
    takes their geometric mean, and they are the spread.
    """

    name: str
    rows: tuple[FigureRow, ...]
    source: str
    unit: str = "pJ"
    cancels: Mapping[str, float] = field(default_factory=dict)

    @property
    def takes(self) -> tuple[str, ...]:
        """The properties that rows speak of."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.says))

    def estimate(self, action: Action) -> Estimate:
        """The figure of the rows that hold."""
        rows = [row for row in self.rows if row.holds(action)]
        if not rows:
            raise CannotEstimate(self._nearest(action))
        each = [row.figures[action.name] for row in rows]
        mean = geometric_mean(each) if all(each) and len(each) > 1 else each[0]
        several = len(rows) > 1
        return Estimate(
            value=mean * _share(action, rows[0]),
            formula=f"the row {rows[0]}",
            source=f"{self.source}: {'; '.join(dict.fromkeys(row.source for row in rows))}",
            spread=max(max(each) / mean, mean / min(each)) if several else None,
            basis=f"{len(rows)} designs" if several else "",
        )

    def _nearest(self, action: Action) -> str:
        """The rows that have the most in common with the action's component."""
        known = [row for row in self.rows if row.knows(action)]
        if not known:
            return f"has no {action.name} of a {action.kind}"
        nearest = sorted(known, key=lambda row: row.misses(action))
        told = list(dict.fromkeys(map(str, nearest)))
        more = f"; and {len(told) - FEW} more" if len(told) > FEW else ""
        return f"has no row for this {action.kind}; it has {'; '.join(told[:FEW])}{more}"


def _share(action: Action, row: FigureRow) -> float:
    in_accesses = "access_bits" in row.says and action.of_a_word
    return action.share(action.number("access_bits")) if in_accesses else 1.0


def _fits(value: Value | None, said: Condition) -> bool:
    if isinstance(said, tuple):
        low, high = said
        return isinstance(value, int | float) and low <= value <= high
    return value == said


def _phrase(name: str, said: Condition) -> str:
    """What a row says of a property, in a few words.

    >>> _phrase("word_bits", 16), _phrase("entries", (1, 8)), _phrase("entries", None)
    ('word_bits 16', 'entries 1 to 8', 'no entries')
    """
    if said is None:
        return f"no {name}"
    return f"{name} {said[0]:g} to {said[1]:g}" if isinstance(said, tuple) else f"{name} {said}"
