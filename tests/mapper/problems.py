"""Hypothesis strategies for small problems of the mapper: a layer and an architecture."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import (
    Array,
    Compartment,
    Component,
    Compute,
    Interconnect,
    Mover,
    Storage,
)
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.vocabulary import DIMENSIONS, INPUTS, OUTPUTS, TENSORS, WEIGHTS
from hwsim.workload.layer import Layer
from tests.build import architecture, compute, network, storage
from tests.generate import CHARGING, HELD, SPLIT, layers
from tests.mapper.alike import as_one
from tests.mapper.space import Enclosing, balanced_multiples, places_of, size

#: Energies: exact in decimal, and far enough apart that no choice is a matter of rounding.
ENERGIES = st.sampled_from([0.0, 0.5, 1.0, 1.3, 2.0, 6.0, 10.7, 50.0, 200.0])


@dataclass(frozen=True)
class Problem:
    """A layer to be mapped on an architecture, shown as the code that builds it."""

    layer: Layer
    architecture: Architecture

    def __repr__(self) -> str:
        """The problem in the words of `tests/build.py`."""
        return f"\n{_layer_code(self.layer)}\n{_chip_code(self.architecture)}\n"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # What hypothesis shows.


def any_layers(*, macs: int = 150, most: int = 6) -> st.SearchStrategy[Layer]:
    """Convolutions with stride and dilation, grouped, depthwise, fully connected; of few loops."""
    return st.one_of(
        layers(among="MCPR", macs=macs, most=most),
        layers(among="CPR", always="PR", macs=macs, most=most),
        layers(among="PQRS", always="PR", strides=(1, 2), dilations=(1, 2), macs=macs, most=3),
        layers(among="GPRN", macs=macs, most=most),
        layers(among="MPQN", macs=macs, most=most),
        layers(among="NMC", macs=4 * macs, most=9),
    )


# --- Components ------------------------------------------------------------------------------


@st.composite
def storages(draw: st.DrawFn, name: str, *holds: str) -> Storage:
    """A storage whose tensors share a small capacity, or have one each, or none."""
    held = holds or draw(st.sampled_from(HELD))
    words = st.one_of(st.none(), st.integers(2, 12), st.integers(8, 80))
    parts = [(tensor,) for tensor in held] if draw(st.booleans()) else [held]
    return storage(
        name,
        compartments=tuple(
            Compartment(tensors=part, capacity_words=_room_for(part, draw(words))) for part in parts
        ),
        read=draw(ENERGIES),
        write=draw(ENERGIES),
        charging=draw(st.sampled_from(CHARGING)),
    )


def _room_for(tensors: tuple[str, ...], words: int | None) -> int | None:
    """The capacity, but no less than one element of each tensor: the specification's rule."""
    return None if words is None else max(words, len(tensors))


@st.composite
def components(draw: st.DrawFn) -> tuple[Component, ...]:
    """From the DRAM to the MAC: two to four storages on a tensor's way, networks, arrays."""
    inner: list[Component] = [
        draw(storages(name)) for name in ("buffer", "cache")[: draw(st.integers(0, 2))]
    ]
    if draw(st.booleans()):
        inner += [
            draw(storages(name, tensor)) for name, tensor in draw(st.permutations(SPLIT_ITEMS))
        ]
    else:
        inner.append(draw(storages("spad")))
    if draw(st.booleans()):
        deliver, collect, reduce = (draw(ENERGIES) for _ in range(3))
        wires = network("wires", deliver=deliver, collect=collect, reduce=reduce)
        inner.insert(draw(st.integers(0, len(inner))), wires)
    for name in ("pes", "lanes")[: draw(st.sampled_from([0, 1, 1, 2]))]:
        served = tuple(tensor for tensor in (WEIGHTS, INPUTS) if draw(st.booleans()))
        axes = {axis: draw(st.integers(1, 6)) for axis in "xy"[: draw(st.integers(1, 2))]}
        along = tuple(axis for axis in axes if draw(st.booleans()))
        made = Array(name=name, axes=axes, multicast=(*served, OUTPUTS), reduces_along=along)
        inner.insert(draw(st.integers(0, len(inner))), made)
    return (*draw(homes()), *inner, compute(energy=draw(ENERGIES)))


@st.composite
def homes(draw: st.DrawFn) -> tuple[Storage, ...]:
    """A DRAM without limit; or, now and then, one of some tensors, and a memory on the chip, large
    enough or not, in which the others live and these come by.
    """
    here = draw(st.sampled_from([*[TENSORS] * 6, *HELD]))
    home = storage(
        "dram",
        *here,
        read=draw(ENERGIES),
        write=draw(ENERGIES),
        charging=draw(st.sampled_from(CHARGING)),
    )
    if len(here) == len(TENSORS):
        return (home,)
    room = draw(st.sampled_from([None, 20, 40, 80, 200]))
    memory = storage(
        "memory",
        capacity_words=room,
        read=draw(ENERGIES),
        write=draw(ENERGIES),
        charging=draw(st.sampled_from(CHARGING)),
    )
    return home, memory


SPLIT_ITEMS = list(SPLIT.items())

# --- Dataflows -------------------------------------------------------------------------------


@st.composite
def dataflows(draw: st.DrawFn, layer: Layer, places: tuple[str, ...]) -> Dataflow:
    """Each dimension at a few places; at some of them an order or what stays innermost."""
    allowed: dict[str, list[str]] = {place: [] for place in places}
    for name in DIMENSIONS:
        if layer.bounds[name] > 1:
            at = draw(st.sets(st.sampled_from(places), min_size=1, max_size=4))
            if draw(st.integers(0, 9)):  # Mostly at the home, too: most problems have a mapping.
                at |= {places[0]}
            for place in sorted(at, key=places.index):
                allowed[place].append(name)
    constraints = {}
    for place, names in allowed.items():
        shuffled = tuple(draw(st.permutations(names)))
        kind = draw(st.sampled_from(["free", "free", "innermost", "order"]))
        constraints[place] = Constraint(
            dimensions=tuple(names),
            innermost=shuffled[: draw(st.integers(0, len(names)))] if kind == "innermost" else (),
            order=shuffled if kind == "order" else None,
        )
    return Dataflow(name="drawn", constraints=constraints)


def _trimmed(problem: Problem, most: int, enclosing: Enclosing) -> Problem:
    """The problem with places taken from the dimensions that have the most, until it is small."""
    while size(problem.architecture, problem.layer, enclosing) > most:
        at = places_of(problem.architecture, problem.layer)
        name = max(at, key=lambda name: (len(at[name]), problem.layer.bounds[name]))
        problem = without(problem, name, at[name][len(at[name]) // 2])
    return problem


def without(problem: Problem, dimension: str, place: str) -> Problem:
    """The problem whose dataflow does not allow the dimension at the place."""
    dataflow = problem.architecture.dataflow
    rule = dataflow.at(place)

    def less(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name != dimension)

    fewer = Constraint(
        dimensions=less(rule.dimensions),
        innermost=less(rule.innermost),
        order=None if rule.order is None else less(rule.order),
    )
    constraints = {**dataflow.constraints, place: fewer}
    chip = replace(problem.architecture, dataflow=replace(dataflow, constraints=constraints))
    return replace(problem, architecture=chip)


# --- Problems --------------------------------------------------------------------------------


@st.composite
def problems(
    draw: st.DrawFn,
    layer: st.SearchStrategy[Layer] | None = None,
    parts: st.SearchStrategy[tuple[Component, ...]] | None = None,
    *,
    most: int = 600,
    enclosing: Enclosing = balanced_multiples,
) -> Problem:
    """A problem whose space has at most `most` mappings; its layer has one dimension for all that
    no window slides over (`test_alike.py` is about the others).
    """
    shape = as_one(draw(any_layers() if layer is None else layer))
    made = draw(components() if parts is None else parts)
    places = tuple(place.name for place in architecture(*made).places)
    chip = architecture(
        *made,
        operands=draw(st.sampled_from(["every_mac", "latched"])),
        charge_by=draw(st.sampled_from(["action", "transfer"])),
        dataflow=draw(dataflows(shape, places)),
    )
    return _trimmed(Problem(shape, chip), most, enclosing)


# --- Shown as code ---------------------------------------------------------------------------


def _layer_code(layer: Layer) -> str:
    (_, stride), (_, dilation) = layer.tensors[INPUTS][3].terms
    bounds = "".join(f", {name}={extent}" for name, extent in layer.bounds.items() if extent > 1)
    return f"layer = convolution(stride={stride}, dilation={dilation}{bounds})"


def _chip_code(chip: Architecture) -> str:
    parts = "".join(f"    {_part_code(part)},\n" for part in chip.components.values())
    rules = "".join(
        f"        {place!r}: {rule},\n"
        for place, rule in chip.dataflow.constraints.items()
        if rule.dimensions
    )
    return (
        f"chip = architecture(\n{parts}"
        f"    operands={chip.operands!r}, charge_by={chip.charge_by!r},\n"
        f"    dataflow=Dataflow(name='drawn', constraints={{\n{rules}    }}),\n)"
    )


def _part_code(part: Component) -> str:
    match part:
        case Storage():
            default = part.charging == Charging()
            charging = "" if default else f", charging={part.charging}"
            charging += f", may_bypass={part.may_bypass}" if part.may_bypass else ""
            return f"storage({part.name!r}{_held_code(part)}, {_spent_code(part)}{charging})"
        case Array():
            axes = "".join(f", {axis}={extent}" for axis, extent in part.axes.items())
            along = f"reduces_along={part.reduces_along}"
            return f"array({part.name!r}, multicast={part.multicast}, {along}{axes})"
        case Interconnect():
            return f"network({part.name!r}, {_spent_code(part)})"
        case Compute():
            return f"compute(energy={part.energies['compute']})"
        case _:
            raise AssertionError(part)


def _spent_code(part: Mover) -> str:
    return ", ".join(f"{action}={energy}" for action, energy in part.energies.items())


def _held_code(part: Storage) -> str:
    if len(part.compartments) > 1:
        return f", compartments={part.compartments}"
    (only,) = part.compartments
    held = "" if len(part.holds) == len(TENSORS) else "".join(f", {t!r}" for t in part.holds)
    return held + ("" if only.capacity_words is None else f", capacity_words={only.capacity_words}")
