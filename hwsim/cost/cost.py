"""The cost of a layer: what it spends where, and how long it takes. Costs add up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from hwsim.architecture.architecture import Architecture
from hwsim.vocabulary import TENSORS, Objective

Key = TypeVar("Key")
Summand = TypeVar("Summand", int, Fraction)

#: The column of the MAC itself, beside the tensors.
COMPUTE = "compute"
#: The column of what is spent whatever is done, in proportion to time.
STATIC = "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a layer spends where, and how long it takes; costs add up.

    `energies` are exact, by component and tensor (or "compute", or "static": what leaks, and the
    clock), in the architecture's unit. `cycles` are those of computing, those of filling and
    draining the arrays and the MAC, and those in which the MACs wait for a component
    (`stall_cycles`). `cycles_by_component` are those that each component needs by itself. The
    cycles of several layers add up.
    """

    energies: Mapping[tuple[str, str], Fraction]
    cycles: int
    compute_cycles: int
    fill_cycles: int
    stall_cycles: Mapping[str, int]
    cycles_by_component: Mapping[str, int]

    @property
    def energy(self) -> Fraction:
        """The energy of all components together."""
        return sum(self.energies.values(), Fraction(0))

    @property
    def by_component(self) -> dict[str, Fraction]:
        """Energy of each component; sums to `energy` exactly."""
        return _sums(
            ((component, energy) for (component, _), energy in self.energies.items()), Fraction(0)
        )

    @property
    def by_tensor(self) -> dict[str, Fraction]:
        """Energy of moving each tensor, and of computing; sums to `energy` exactly."""
        return _sums(
            ((tensor, energy) for (_, tensor), energy in self.energies.items()), Fraction(0)
        )

    @property
    def bound_by(self) -> str:
        """The component that takes the longest."""
        return max(self.cycles_by_component, key=lambda name: self.cycles_by_component[name])

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            energies=_sums([*self.energies.items(), *other.energies.items()], Fraction(0)),
            cycles=self.cycles + other.cycles,
            compute_cycles=self.compute_cycles + other.compute_cycles,
            fill_cycles=self.fill_cycles + other.fill_cycles,
            stall_cycles=_sums([*self.stall_cycles.items(), *other.stall_cycles.items()], 0),
            cycles_by_component=_sums(
                [*self.cycles_by_component.items(), *other.cycles_by_component.items()], 0
            ),
        )


def spent_on(architecture: Architecture) -> tuple[str, ...]:
    """What energy is spent on: each tensor, computing, and time where it costs any."""
    return (*TENSORS, COMPUTE, *([STATIC] if architecture.static else []))


def value(cost: Cost, objective: Objective) -> Fraction:
    """Return the number that the objective wants least."""
    return objective.of(cost.energy, Fraction(cost.cycles))


def _sums(entries: Iterable[tuple[Key, Summand]], zero: Summand) -> dict[Key, Summand]:
    """The sum of the entries of each key, in order of appearance."""
    sums: dict[Key, Summand] = {}
    for key, number in entries:
        sums[key] = sums.get(key, zero) + number
    return sums
