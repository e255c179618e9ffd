"""What a component is, to its energies, area and leakage, with a source, a range and a spread."""

from hwsim.estimators.estimate import (
    AREA,
    LEAKAGE,
    Action,
    CannotEstimate,
    Estimate,
    Estimator,
    NotInstalled,
    Value,
)
from hwsim.estimators.find import estimator_of, names, says_the_same_everywhere, whole

__all__ = [
    "AREA",
    "LEAKAGE",
    "Action",
    "CannotEstimate",
    "Estimate",
    "Estimator",
    "NotInstalled",
    "Value",
    "estimator_of",
    "names",
    "says_the_same_everywhere",
    "whole",
]
