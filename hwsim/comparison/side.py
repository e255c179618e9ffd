"""A result to one side of a comparison: its totals, and those of its layers with their loops."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hwsim.architecture.architecture import Architecture
from hwsim.cost import Cost, spent_on
from hwsim.mapping.build import BYPASS
from hwsim.mapping.nest import Nest
from hwsim.result import LayerResult, Result

#: The loops of a place as a mapping file has them: the extent that each leaves, and what bypasses.
LoopsAt = Mapping[str, int | Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What is spent on a layer or on all: energy in the architecture's unit, and cycles."""

    energy: Fraction
    cycles: int
    by_component: Mapping[str, Fraction]
    by_tensor: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSide:
    """What is spent on a layer, and its loops at each place in words, as "M 20, C 1"."""

    spent: Spent
    loops: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSide:
    """One of the results that are compared.

    `declared` is the architecture's document after all overrides.
    """

    name: str
    architecture: str
    network: str
    batch: int
    energy_unit: str
    clock_mhz: float | None
    declared: Mapping[str, Any]
    totals: Spent
    layers: Mapping[str, LayerSide]


def side(name: str, result: Result) -> ComparedSide:
    """Return the side of this result, called `name`."""
    architecture, network = result.architecture, result.network
    return ComparedSide(
        name=name,
        architecture=architecture.name,
        network=network.name,
        batch=network.batch,
        energy_unit=architecture.energy_unit,
        clock_mhz=architecture.clock_mhz,
        declared=architecture.declared,
        totals=_spent(architecture, result.cost),
        layers={each.name: _layer(architecture, each) for each in result.layers},
    )


def spelt(loops: LoopsAt) -> str:
    """Return the loops of a place, outermost first.

    >>> spelt({"M": 20, "C": 1, "bypass": ["inputs"]})
    'M 20, C 1, without inputs'
    """
    said = [f"{name} {extent}" for name, extent in loops.items() if name != BYPASS]
    bypassed = loops.get(BYPASS, ())
    if not isinstance(bypassed, int) and (names := " and ".join(bypassed)):
        said.append(f"without {names}")
    return ", ".join(said)


def _layer(architecture: Architecture, each: LayerResult) -> LayerSide:
    return LayerSide(spent=_spent(architecture, each.cost), loops=_loops(each.nest))


def _spent(architecture: Architecture, cost: Cost) -> Spent:
    nothing = Fraction(0)
    return Spent(
        energy=cost.energy,
        cycles=cost.cycles,
        by_component={name: cost.by_component.get(name, nothing) for name in architecture.spenders},
        by_tensor={name: cost.by_tensor.get(name, nothing) for name in spent_on(architecture)},
    )


def _loops(nest: Nest) -> dict[str, str]:
    return {
        place: spelt(
            {
                **{loop.dimension: loop.tile for loop in loops},
                BYPASS: nest.bypassed.get(place, ()),
            }
        )
        for place, loops in nest.loops_at.items()
    }
