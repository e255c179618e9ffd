"""What an action of a component is, to its energy, with a source, a range and a spread."""

from hwsim.estimators.estimate import Action, CannotEstimate, Estimate, Estimator, Value
from hwsim.estimators.find import estimator_of, names, whole

__all__ = [
    "Action",
    "CannotEstimate",
    "Estimate",
    "Estimator",
    "Value",
    "estimator_of",
    "names",
    "whole",
]
