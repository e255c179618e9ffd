"""A power law of properties, fitted to points, or through the points of a short table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import exp, log

from hwsim.estimators.estimate import Action, CannotEstimate, Estimate, no_such_word


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """The value `once` at the reference, times each property over its reference to an exponent.

    >>> Power(once=2, exponents={"capacity_bytes": 0.5}).formula({"capacity_bytes": 1024})
    '2 (capacity_bytes/1024)^0.5'
    """

    once: float
    exponents: Mapping[str, float]
    spread: float | None = None
    basis: str = ""

    def at(self, values: Mapping[str, float], reference: Mapping[str, float]) -> float:
        """The value there."""
        powers = (p * log(values[name] / reference[name]) for name, p in self.exponents.items())
        return self.once * exp(sum(powers))

    def formula(self, reference: Mapping[str, float]) -> str:
        """In the notation of a paper."""
        bases = ((_over(name, reference[name]), p) for name, p in self.exponents.items())
        return " ".join([f"{self.once:g}", *(b if p == 1 else f"({b})^{p:g}" for b, p in bases)])


def _over(name: str, reference: float) -> str:
    return name if reference == 1 else f"{name}/{reference:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """An estimator of one kind of components: power laws by action and by a word of the file.

    `laws` are of actions, of its area and of its leakage. An energy is that of an access of
    `access_bits`, of which a word pays its share. `by` names the property that chooses among the
    laws of an action; "" is the law where it is not said.
    """

    name: str
    kind: str
    laws: Mapping[str, Mapping[str, Power]]
    reference: Mapping[str, float]
    valid: Mapping[str, tuple[float, float]]
    source: str
    by: str | None = None
    unit: str = "pJ"

    @property
    def takes(self) -> tuple[str, ...]:
        """The properties of the laws, and the one that chooses among them."""
        return (*self.reference, *([self.by] if self.by else []))

    @property
    def cancels(self) -> Mapping[str, float]:
        """All of them: a law is a product."""
        return self.reference

    def estimate(self, action: Action) -> Estimate:
        """The figure by the law of the action."""
        if action.kind != self.kind or action.name not in self.laws:
            *others, last = self.laws
            actions = f"{', '.join(others)} and {last}" if others else last
            raise CannotEstimate(f"estimates {actions} of a {self.kind}")
        law = self._law(action)
        values = {name: action.number(name) for name in law.exponents}
        shared = action.of_a_word and "access_bits" in values
        share = action.share(values["access_bits"]) if shared else 1.0
        return Estimate(
            value=law.at(values, self.reference) * share,
            formula=law.formula(self.reference) + (PER_WORD if shared else ""),
            source=self.source,
            valid=self.valid,
            spread=law.spread,
            basis=law.basis,
        )

    def _law(self, action: Action) -> Power:
        laws = self.laws[action.name]
        said = action.word(self.by) if self.by and self.by in action.properties else ""
        if self.by and said not in laws:
            raise no_such_word(self.by, said, filter(None, laws))
        return laws[said]


PER_WORD = " word_bits/access_bits"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCurve:
    """Published points of one property, and between neighbours the power law through them."""

    of: str
    points: Sequence[tuple[float, float]]
    fixed: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def valid(self) -> dict[str, tuple[float, float]]:
        """From the first point to the last."""
        return {self.of: (self.points[0][0], self.points[-1][0]), **self.fixed}

    def at(self, value: float) -> float:
        """The value there; beyond the ends, by the law of the nearest two points."""
        pairs = list(pairwise(self.points))
        (x0, y0), (x1, y1) = next((pair for pair in pairs if value <= pair[1][0]), pairs[-1])
        return y0 * exp(log(value / x0) * log(y1 / y0) / log(x1 / x0))
