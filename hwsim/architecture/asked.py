"""Questions about a component to the answers of estimators, their quotients, and their limits."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from hwsim.errors import Error
from hwsim.estimators import Action, CannotEstimate, Estimate, Estimator, Value
from hwsim.specification.accepted import SMALLEST_NUMBER

#: Significant digits of an estimate, and of a quotient of two.
DIGITS: Final = 3
#: As for numbers in a file.
LARGEST: Final = 1e12


def asked(estimator: Estimator, action: Action) -> Estimate:
    """What the estimator says; raises `Error` for whatever keeps it from a figure."""
    try:
        estimate: object = estimator.estimate(action)
    except Error:
        raise
    except Exception as error:
        raise CannotEstimate(f"fails: {type(error).__name__}: {error}") from error
    if not isinstance(estimate, Estimate):
        raise CannotEstimate("gives no estimate")
    value = estimate.value
    if not (value == 0 or SMALLEST_NUMBER <= value <= LARGEST):  # nor is NaN
        raise CannotEstimate(f"gives {value:g}, which is no {action.figure}")
    return estimate


def quotient(here: Estimate, there: Estimate) -> Fraction:
    """By what a figure is scaled; equal estimates leave it as it is."""
    if here.value == there.value:
        return Fraction(1)
    if there.value == 0:
        raise CannotEstimate("gives nothing where the figure holds: there is no proportion to it")
    return rounded(here.value / there.value)


def rounded(number: float) -> Fraction:
    """The number in so many digits as an estimate has.

    >>> rounded(0.67449), rounded(1234.5)
    (Fraction(337, 500), Fraction(1230, 1))
    """
    return Fraction(f"{number:.{DIGITS - 1}e}")


def that_matter(estimator: Estimator, about: Mapping[str, Value]) -> dict[str, Value]:
    """The properties that the estimator takes."""
    return {name: about[name] for name in estimator.takes if name in about}


def outside(estimate: Estimate, about: Mapping[str, Value]) -> tuple[str, ...]:
    """The properties that are not where the estimate holds."""
    return tuple(
        f"{name} {_figure(value)}, not {_range(low, high)}"
        for name, (low, high) in estimate.valid.items()
        if isinstance(value := about.get(name), int | float) and not low <= value <= high
    )


def outside_between(
    estimator: Estimator, *ends: tuple[Estimate, Mapping[str, Value]]
) -> tuple[str, ...]:
    """As `outside`, of a quotient: what cancels from it may be anywhere."""
    (_, now), (_, then) = ends
    if now == then:
        return ()
    same = {name for name in estimator.cancels if now.get(name) == then.get(name)}
    found = (
        told
        for estimate, about in ends
        for told in outside(estimate, {k: v for k, v in about.items() if k not in same})
    )
    return tuple(dict.fromkeys(found))


def _range(low: float, high: float) -> str:
    """Both ends, or the one value that there is.

    >>> _range(22, 90), _range(45, 45)
    ('22 to 90', '45')
    """
    return _figure(low) if low == high else f"{_figure(low)} to {_figure(high)}"


def _figure(number: float) -> str:
    """The number without an exponent where it is whole."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:g}"
