"""A figure that a file does not say itself: where it comes from, and how far to trust it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from hwsim.estimators import AREA, LEAKAGE, Estimate, Value

#: Under which keys of a component a file says figures: its energies by action, and these.
ENERGY: Final = "energy"
KEYS: Final = {AREA: "area_mm2", LEAKAGE: "leakage_mw"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """The `value` of an action's energy, an area or a leakage, that an estimator gave, or scaled.

    `estimate` is what it says of the component as it is, from those of its properties that matter.
    A `figure` of the file, where there is one, holds `at` other values of them, and is scaled by
    `factor`, the quotient of two estimates. `outside` are the properties for which the estimator's
    law or table was not made, now or at the figure's.
    """

    component: str
    action: str
    value: float
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
    def key(self) -> str:
        """Under which key of the component a file would say it."""
        return KEYS.get(self.action, ENERGY)

    @property
    def path(self) -> str:
        """Where a file would say it.

        >>> nothing = Estimate(value=1, formula="", source="")
        >>> said = dict(component="buffer", value=1, estimator="sram", estimate=nothing)
        >>> [Derived(action=of, properties={}, **said).path for of in ("read", "area")]
        ['components.buffer.energy.read', 'components.buffer.area_mm2']
        """
        under = f".{self.action}" if self.key == ENERGY else ""
        return f"components.{self.component}.{self.key}{under}"
