"""An energy that a file does not say itself: where it comes from, and how far to trust it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from hwsim.estimators import Estimate, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """The energy of an action that an estimator gave, or scaled.

    `estimate` is what it says of the component as it is, from those of its properties that matter.
    A `figure` of the file, where there is one, holds `at` other values of them, and is scaled by
    `factor`, the quotient of two estimates. `outside` are the properties for which the estimator's
    law or table was not made, now or at the figure's.
    """

    component: str
    action: str
    energy: float
    estimator: str
    estimate: Estimate
    properties: Mapping[str, Value]
    figure: float | None = None
    at: Mapping[str, Value] = field(default_factory=dict)
    factor: Fraction = Fraction(1)
    outside: tuple[str, ...] = ()

    @property
    def as_said(self) -> bool:
        """Whether the figure of the file holds as it is: nothing is estimated."""
        return self.figure is not None and self.factor == 1 and self.at == self.properties

    @property
    def path(self) -> str:
        """Where a file would say it.

        >>> nothing = Estimate(energy=1, formula="", source="")
        >>> Derived(component="buffer", action="read", energy=1, estimator="sram",
        ...         estimate=nothing, properties={}).path
        'components.buffer.energy.read'
        """
        return f"components.{self.component}.energy.{self.action}"
