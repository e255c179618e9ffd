"""What a study says of an axis to the values along it."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

#: An axis has no more values.
MOST_VALUES: Final = 10_000
#: Sizes of memories are counted in these.
SUFFIXES: Final = {"": 1, "k": 2**10, "M": 2**20, "G": 2**30}
_NUMBER = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)([kMG]?)")
_RANGE = re.compile(
    r"(?P<from>[^.:]+(?:\.[0-9]+)?)\.\.(?P<to>[^:]+?)(?::(?P<by>x|\+)?(?P<step>.+))?"
)

AxisValue = int | float | str | bool | None | list[Any] | dict[str, Any]


class NoValues(ValueError):
    """What is said has no values along it; the text says why."""


def values(said: Any) -> tuple[AxisValue, ...]:
    """Return the values that a list, a range or its short form names, each once.

    A range is a mapping with `from`, `to`, and a `factor` or a `step`. Its short form is a text,
    `8k..512k:x2` or `8..64:+8`, and `8,12,16` is a list. In these k, M and G are powers of 1024.

    >>> values("8k..32k:x2"), values({"from": 2, "to": 6, "step": 2}), values([1, "x", 1])
    ((8192, 16384, 32768), (2, 4, 6), (1, 'x'))

    Raises:
        NoValues: there are none, or too many.
    """
    if isinstance(said, Mapping):
        found = _ranged(said)
    elif isinstance(said, str) and (match := _RANGE.fullmatch(said)):
        by = "factor" if match["by"] == "x" else "step"
        found = _ranged({"from": match["from"], "to": match["to"], by: match["step"] or "1"})
    elif isinstance(said, str):
        found = [_number(text.strip()) for text in said.split(",")]
    elif isinstance(said, Sequence):
        found = [_number(one) if isinstance(one, str) else one for one in said]
    else:
        found = [said]
    once = [one for at, one in enumerate(found) if not _among(one, found[:at])]
    if not once:
        raise NoValues("has no values")
    return tuple(once)


def _among(one: AxisValue, others: Sequence[AxisValue]) -> bool:
    """Whether it is one of the others; True is not 1."""
    return any(one == other and type(one) is type(other) for other in others)


def _ranged(said: Mapping[str, Any]) -> list[AxisValue]:
    first, last = _exact(said["from"], "from"), _exact(said["to"], "to")
    if "factor" in said:
        factor = _exact(said["factor"], "factor")
        if factor <= 1 or first <= 0:
            raise NoValues("a factor is more than 1, and begins above 0")
        return _until(first, last, lambda value: value * factor)
    step = _exact(said.get("step", 1), "step")
    if step <= 0:
        raise NoValues("a step is more than 0")
    return _until(first, last, lambda value: value + step)


def _until(value: Fraction, last: Fraction, following: Any) -> list[AxisValue]:
    found: list[AxisValue] = []
    while value <= last:
        if len(found) == MOST_VALUES:
            raise NoValues(f"has more than {MOST_VALUES} values")
        found.append(_plain(value))
        value = following(value)
    if not found:
        raise NoValues("ends before it begins")
    return found


def _exact(said: object, what: str) -> Fraction:
    number = _number(said) if isinstance(said, str) else said
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise NoValues(f"{what} is no number: {said}")
    return Fraction(str(number))


def _number(text: str) -> AxisValue:
    """Return the number that a text is, else the text."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return {"true": True, "false": False, "null": None}.get(text, text)
    return _plain(Fraction(match[1]) * SUFFIXES[match[2]])


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
