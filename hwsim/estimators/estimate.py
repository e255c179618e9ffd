"""What estimators are asked, what they answer, and what they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from reprlib import repr as shown
from sys import float_info
from typing import Final, Protocol

from hwsim.errors import Error

#: What a component is asked for beside its actions: mm2, and mW whatever it does.
AREA: Final = "area"
LEAKAGE: Final = "leakage"
#: Of what adds up the products of integers.
ACCUMULATOR_BITS: Final = 32
#: Where what CACTI says goes on from one node to the next, and so what is fitted to it.
CACTI_NODES: Final[Mapping[str, tuple[float, float]]] = {"technology_nm": (22, 90)}

Value = int | float | str | bool


class CannotEstimate(Error):
    """An estimator has no figure for what it is asked, because of a `reason`."""

    reason: str

    def __str__(self) -> str:
        return self.reason


class NotInstalled(CannotEstimate):
    """What an estimator asks is not to be had on this machine; the reason says what would help."""


def no_such_word(name: str, said: str, known: Iterable[str]) -> CannotEstimate:
    """What to raise for a property that says none of the `known` words, or "", nothing."""
    what = f"knows no {name} '{said}'" if said else f"needs {name}, which is not said"
    return CannotEstimate(f"{what}; it has {', '.join(known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What an estimator is asked: an action, `name`, of a component of a `kind`, on one word.

    `kind` is "storage", "network" or "compute", and `name` one of its actions in a file, as "read";
    or it is "area" or "leakage", which are those of the component.
    `properties` are what the file says of the component. `word_bits` is always there. A storage has
    `access_bits`, those of one word unless the file says others, and, if its capacity is limited,
    `capacity_bytes` and `entries`, its words. `technology_nm`, `voltage_v`, `transistors`, `dram`,
    `length_mm`, `arithmetic` and what stands under `attributes` are there if the file says them.
    """

    kind: str
    name: str
    properties: Mapping[str, Value]

    @property
    def figure(self) -> str:
        """What the answer is: an energy, or the area or the leakage."""
        return "energy" if self.of_a_word else self.name

    @property
    def of_a_word(self) -> bool:
        """Whether it is something that is done, with a word."""
        return self.name not in (AREA, LEAKAGE)

    def number(self, name: str) -> float:
        """The property; raises `CannotEstimate` where it is not said, or is no positive number."""
        value = self._said(name)
        if isinstance(value, bool | str) or value <= 0:
            raise CannotEstimate(f"needs a positive number for {name}, not {value}")
        return value

    def count(self, name: str) -> int:
        """How many there are of something: the property, 1 where it is not said."""
        return int(self.number(name)) if name in self.properties else 1

    def share(self, width: float) -> float:
        """What a word pays of an access of so many bits; all of what is not done with a word."""
        return self.number("word_bits") / width if self.of_a_word else 1.0

    def word(self, name: str) -> str:
        """The property; raises `CannotEstimate` where it is not said."""
        return str(self._said(name))

    def _said(self, name: str) -> Value:
        if name not in self.properties:
            raise CannotEstimate(f"needs {name}, which is not said")
        return self.properties[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The `value` that is asked for, and how far it can be trusted.

    That is the energy of an action on one word in the estimator's unit, an area in mm2, or a
    leakage in mW.

    `formula` is the law, or the row of a table, that gave it, and `source` where that is from. It
    holds where each property is in its `valid` range, both ends included. What it was made from
    differs from it by at most the factor `spread`, None if nobody knows; `basis` says what that is.
    """

    value: float
    formula: str
    source: str
    valid: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    spread: float | None = None
    basis: str = ""

    def __post_init__(self) -> None:
        """Refuse what reports could not say: estimators may be of a package."""
        fits = {
            "value": _is_number(self.value),
            "formula": isinstance(self.formula, str),
            "source": isinstance(self.source, str),
            "valid": _is_ranges(self.valid),
            "spread": self.spread is None or (_is_number(self.spread) and self.spread >= 1),
            "basis": isinstance(self.basis, str),
        }
        for name in (name for name, does in fits.items() if not does):
            raise CannotEstimate(f"gives an estimate whose {name} is {shown(getattr(self, name))}")


def _is_number(value: object) -> bool:
    """Whether it is a number, and a float has room for it."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= float_info.max
    return isinstance(value, float)


def _is_ranges(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_is_range, value.values()))


def _is_range(value: object) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2 and all(map(_is_number, value))


class Estimator(Protocol):
    """Gives energies of actions, in its `unit`, "pJ" or "mac"; areas and leakages, if it has them.

    `takes` are the names of all properties that a figure depends on, `word_bits` aside. Where a
    published figure is scaled by two estimates, `cancels` has a value for each property that need
    not be said, because it makes no difference to their quotient.
    """

    @property
    def name(self) -> str:
        """What files call it."""

    @property
    def unit(self) -> str:
        """Of its energies."""

    @property
    def takes(self) -> tuple[str, ...]:
        """The properties that its figures depend on."""

    @property
    def cancels(self) -> Mapping[str, float]:
        """The properties that its quotients do not depend on if they stay the same."""

    def estimate(self, action: Action) -> Estimate:
        """What the action asks for; raises `CannotEstimate` where it has no figure of that."""
