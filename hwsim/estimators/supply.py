"""The voltage of a supply: figures that hold at one, to what they are at another.

Energies are of charges that are moved, C V^2, and a leakage is a current times V. Both are simple:
the current itself falls with the voltage, too, which is left out, so that less is said of how a
leakage falls than there is. How fast a chip is at a voltage is not said at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from hwsim.estimators.estimate import AREA, LEAKAGE, Action, CannotEstimate, Estimate, Estimator

VOLTAGE: Final = "voltage_v"
#: The power of the voltage that an energy is in proportion to, and a leakage.
OF_ENERGY: Final = 2
OF_LEAKAGE: Final = 1
SOURCE: Final = (
    "C V^2 of an energy, I V of a leakage with the same I, as textbooks have them and the models of"
    " hwcomponents"
)


def follows_voltage(figure: str) -> bool:
    """Whether the figure changes with the voltage: energies and leakages do."""
    return figure != AREA


def proportion(action: Action) -> Estimate:
    """What an energy or a leakage is in proportion to, which is no figure by itself."""
    if not follows_voltage(action.name):
        raise CannotEstimate(f"says nothing of an {action.name}: it is the same at any")
    power = OF_LEAKAGE if action.name == LEAKAGE else OF_ENERGY
    formula = VOLTAGE if power == 1 else f"{VOLTAGE}^{power}"
    return Estimate(value=action.number(VOLTAGE) ** power, formula=formula, source=SOURCE)


def at_voltage(estimator: Estimator, figure: str) -> Estimator:
    """The estimator, with the law of the voltage beside it if it has none of such a figure."""
    if VOLTAGE in estimator.takes or not follows_voltage(figure):
        return estimator
    return AtVoltage(plain=estimator)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtVoltage:
    """An estimator that knows no voltage, and the law of it beside: for quotients only, as its
    figures hold at a voltage that is usual.
    """

    plain: Estimator

    @property
    def name(self) -> str:
        """As the plain one."""
        return self.plain.name

    @property
    def unit(self) -> str:
        """As the plain one."""
        return self.plain.unit

    @property
    def takes(self) -> tuple[str, ...]:
        """What the plain one takes, and the voltage."""
        return (*self.plain.takes, VOLTAGE)

    @property
    def cancels(self) -> Mapping[str, float]:
        """As the plain one."""
        return self.plain.cancels

    def estimate(self, action: Action) -> Estimate:
        """What the plain one says, times what the voltage does, if one is said."""
        plain = self.plain.estimate(action)
        if VOLTAGE not in action.properties or not isinstance(plain, Estimate):
            return plain
        supply = proportion(action)
        return replace(
            plain,
            value=plain.value * supply.value,
            formula=f"({plain.formula}) {supply.formula}",
            source=f"{plain.source}; {supply.source}",
        )
