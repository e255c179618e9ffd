"""The units of energies, by the words of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of energies: how many `joules` it is, None where it is none of physics; `says` is what
    energies are in, in a report.
    """

    joules: Fraction | None
    says: str


UNITS: Final[Mapping[str, Unit]] = {
    "mac": Unit(joules=None, says="in units of one MAC"),
    "pJ": Unit(joules=Fraction(1, 10**12), says="in joules, declared in pJ"),
}
