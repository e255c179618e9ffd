"""What a component is, to its energies, area and leakage, with a source, a range and a spread."""

from hwsim.estimators.estimate import (
    AREA,
    LEAKAGE,
    Action,
    CannotEstimate,
    Estimate,
    Estimator,
    Value,
)
from hwsim.estimators.find import estimator_of, names, whole

__all__ = [
    "AREA",
    "LEAKAGE",
    "Action",
    "CannotEstimate",
    "Estimate",
    "Estimator",
    "Value",
    "estimator_of",
    "names",
    "whole",
]
