"""An architecture to the changes that are tried on it, each of one number alone."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hwsim import specification
from hwsim.vocabulary import Objective
from hwsim.within import ANYTHING, Limited, Within

DOUBLED = Fraction(2)
HALVED = Fraction(1, 2)
CUT = Fraction(9, 10)

Number = int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Another value for the number at a dotted path of an architecture."""

    path: str
    old: Number
    new: Number

    def __str__(self) -> str:
        """As `--set` takes it.

        >>> str(Change(path="components.dram.energy.read", old=200, new=180))
        'components.dram.energy.read=180'
        """
        return f"{self.path}={self.new}"


def changes_to_try(
    name_or_path: str | os.PathLike[str],
    overrides: Sequence[str],
    objective: Objective,
    within: Within = ANYTHING,
) -> Iterator[Change]:
    """Each capacity doubled and halved, each axis doubled, each energy and leakage cut by a tenth
    and, where cycles count, each bandwidth doubled, of the architecture with these overrides.

    Energies are left alone where only cycles count; what is limited counts. What has to be whole is
    rounded down; what would then be nothing, or what it was, is left out.
    """
    limited = {limit.what for limit in within.limits}
    spends = bool(objective.energy_power or Limited.energy in limited)
    lasts = bool(objective.cycles_power or limited - {Limited.energy})
    data = specification.load("architecture", name_or_path, overrides).data
    for name, part in data["components"].items():
        for key, value in part.items():
            for path, old in _numbers(f"components.{name}.{key}", value):
                for factor in _factors(key, spends, lasts):
                    new = _times(old, factor)
                    if new not in (0, old):
                        yield Change(path=path, old=old, new=new)


def _numbers(path: str, value: Any) -> Iterator[tuple[str, Number]]:
    """The number at the path, or those right below; deeper is where a figure holds."""
    below = value.items() if isinstance(value, dict) else ()
    for at, number in ((path, value), *((f"{path}.{key}", inner) for key, inner in below)):
        if isinstance(number, int | float):
            yield at, number


def _factors(key: str, spends: bool, lasts: bool) -> tuple[Fraction, ...]:
    """What the numbers of a component under that key are multiplied by, where energy counts, and
    where cycles do.
    """
    match key:
        case "capacity_words" | "capacity_bytes":
            return DOUBLED, HALVED
        case "axes":
            return (DOUBLED,)
        case "energy" | "leakage_mw" if spends:
            return (CUT,)
        case "bandwidth_words_per_cycle" | "bandwidth_gb_per_s" | "ports" if lasts:
            return (DOUBLED,)
        case _:
            return ()


def _times(old: Number, factor: Fraction) -> Number:
    """The product in decimal, as a person would write it.

    >>> _times(162.5, CUT), _times(200, CUT), _times(7, HALVED)
    (146.25, 180, 3)
    """
    exact = Fraction(str(old)) * factor
    if factor is HALVED:
        return int(exact)
    return int(exact) if exact.denominator == 1 else float(exact)
