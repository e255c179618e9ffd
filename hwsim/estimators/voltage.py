"""The proportion of two voltages, for figures of any component that follow nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hwsim.estimators.estimate import Action, Estimate
from hwsim.estimators.supply import VOLTAGE, proportion


@dataclass(frozen=True, slots=True, kw_only=True)
class Voltage:
    """The estimator: no figure, only the proportion of two."""

    name: str = "voltage"
    unit: str = "no unit"
    takes: tuple[str, ...] = (VOLTAGE,)
    cancels: Mapping[str, float] = field(default_factory=dict)

    def estimate(self, action: Action) -> Estimate:
        """What an energy or a leakage is in proportion to."""
        return proportion(action)


ESTIMATOR: Final = Voltage()
