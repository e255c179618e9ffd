"""Limits that nothing meets to what can be reached instead."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache
from hwsim.cost import Cost
from hwsim.mapper import NO_LIMITS, Limits, NoMapping, Options, OutOfReach
from hwsim.result import LayerResult
from hwsim.solve import solve
from hwsim.vocabulary import Objective
from hwsim.within import busy_cycles
from hwsim.workload.layer import Layer

#: Energy and cycles of what has the least of an objective within limits, if there is anything.
Least = Callable[[Objective, Limits], tuple[Fraction, int] | None]


def out_of_reach(limits: Limits, busy: Fraction, least: Least) -> tuple[str, ...]:
    """Why nothing is within the limits: each that is out of reach alone, or both together. In no
    fewer than `busy` cycles all of the array works.
    """
    return tuple(_alone(limits, busy, least)) or tuple(_both(limits, least))


def within_reach(
    architecture: Architecture,
    layers: Sequence[Layer],
    each: Iterable[LayerResult | NoMapping],
    limits: Mapping[str, Limits],
    options: Options,
    cache: Cache | None,
) -> Iterator[LayerResult | NoMapping]:
    """Yield the layers, but of each that is not within its limits what can be reached."""
    for layer, one in zip(layers, each, strict=True):
        within = limits[layer.name]
        if isinstance(one, OutOfReach):
            yield explained(architecture, layer, within, options, cache)
        elif isinstance(one, LayerResult) and not (one.derived or within.met(*_figures(one.cost))):
            needs = f"{one.cycles} cycles and an energy of {one.energy}"
            yield OutOfReach({one.name: (f"the mapping that is given needs {needs}",)})
        else:
            yield one


def explained(
    architecture: Architecture,
    layer: Layer,
    limits: Limits,
    options: Options,
    cache: Cache | None,
) -> OutOfReach:
    """Why no mapping of the layer is within limits of all its runs, though some fit."""

    def least(objective: Objective, within: Limits) -> tuple[Fraction, int] | None:
        asked = replace(options, objective=objective, within=within.of_one(layer.times))
        (found,) = solve(architecture, [layer], asked, cache=cache)
        return None if isinstance(found, NoMapping) else _figures(found.price.cost)

    return OutOfReach({layer.name: out_of_reach(limits, busy_cycles(architecture, [layer]), least)})


def _figures(cost: Cost) -> tuple[Fraction, int]:
    return cost.energy, cost.cycles


def _alone(limits: Limits, busy: Fraction, least: Least) -> Iterator[str]:
    fastest = least(Objective.cycles, NO_LIMITS) if limits.cycles is not None else None
    if fastest and not replace(limits, energy=None).met(*fastest):
        utilized = f"at a utilization of {float(busy / fastest[1]):.4f}"
        yield f"the limit is {limits.cycles} cycles, the fewest are {fastest[1]}, {utilized}"
    leanest = least(Objective.energy, NO_LIMITS) if limits.energy is not None else None
    if leanest and not replace(limits, cycles=None).met(*leanest):
        yield f"the limit is an energy of {limits.energy}, the least is {float(leanest[0])}"


def _both(limits: Limits, least: Least) -> Iterator[str]:
    fastest = least(Objective.cycles, replace(limits, cycles=None))
    leanest = least(Objective.energy, replace(limits, energy=None))
    if fastest and leanest:
        yield (
            f"with an energy of at most {limits.energy} the fewest cycles are {fastest[1]}, in at"
            f" most {limits.cycles} cycles the least energy is {float(leanest[0])}"
        )
