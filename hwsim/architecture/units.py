"""The units of energies, by the words of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of energies: how many make a joule, None where it is none of physics; `says` is what
    energies are in, in a report.
    """

    per_joule: int | None
    says: str


UNITS: Final[Mapping[str, Unit]] = {
    "mac": Unit(per_joule=None, says="in units of one MAC"),
    "pJ": Unit(per_joule=10**12, says="in joules, declared in pJ"),
}
