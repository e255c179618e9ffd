"""Hypothesis strategies for small cases: a layer, an architecture, and a nest that fits both.

A case is drawn in the order layer, components, tiles at each place, sizes of the axes: the axes are
as large as the loops need, since capacity is no part of counting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import ceil, prod
from typing import Any

from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import DRAINS, FILLS, FIRST_READS, Charging
from hwsim.architecture.components import Array, Component, Storage
from hwsim.cost.energy import CHARGE_BY
from hwsim.mapping.nest import Nest
from hwsim.vocabulary import INPUTS, OUTPUTS, TENSORS, WEIGHTS
from hwsim.workload.layer import Layer
from hwsim.workload.merge import merged
from tests.build import architecture, compute, convolution, mapping, storage

Tiles = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Case:
    """A layer, an architecture, and a nest of the layer on it, shown as the code that builds it."""

    layer: Layer
    architecture: Architecture
    nest: Nest
    recipe: str

    def __repr__(self) -> str:
        """The case in the words of `tests/build.py`."""
        return self.recipe

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.recipe)  # What hypothesis shows.


#: Every combination of the conventions that a storage can declare. Counting looks at none of them.
CHARGING = tuple(
    Charging(fills=fills, first_reads=first_reads, drains=drains)
    for fills, first_reads, drains in product(FILLS, FIRST_READS, DRAINS)
)
SPLIT = {"weight_spad": WEIGHTS, "input_spad": INPUTS, "output_spad": OUTPUTS}
HELD = (TENSORS, *((tensor,) for tensor in TENSORS), *combinations(TENSORS, 2))


# --- Layers ----------------------------------------------------------------------------------


@st.composite
def layers(
    draw: st.DrawFn,
    *,
    among: str = "NGMCPQRS",
    always: str = "",
    strides: tuple[int, int] = (1, 4),
    dilations: tuple[int, int] = (1, 3),
    most: int = 5,
    macs: int = 100,
) -> Layer:
    """Layers of at most `macs` MACs whose dimensions `among` these have extents of 1 to `most`.

    Those in `always` have more than one. Without C and with G it is a depthwise convolution, with
    N, M and C alone it is fully connected.
    """
    bounds: dict[str, int] = {}
    for dimension in (*always, *draw(st.permutations([d for d in among if d not in always]))):
        room = min(most, macs // prod(bounds.values()))
        bounds[dimension] = draw(st.integers(min(room, 2 if dimension in always else 1), room))
    stride, dilation = draw(st.integers(*strides)), draw(st.integers(*dilations))
    return convolution(stride=stride, dilation=dilation, **bounds)


def any_layers(*, macs: int = 100) -> st.SearchStrategy[Layer]:
    """Convolutions, plain, depthwise and pointwise, and fully connected layers."""
    return st.one_of(
        layers(macs=macs),
        layers(among="CPR", macs=macs),
        layers(among="MPQRS", macs=macs),
        layers(among="NGPQRS", macs=macs),
        layers(among="NMCPQ", macs=macs),
        layers(among="NMC", macs=macs),
    )


# --- Architectures ---------------------------------------------------------------------------


@st.composite
def skeletons(
    draw: st.DrawFn,
    *,
    arrays: tuple[int, int] = (0, 2),
    multicast: st.SearchStrategy[bool] | None = None,
) -> tuple[Component, ...]:
    """Components from the DRAM to the MAC, with axes of size 1: a few storages, some arrays.

    Tensors bypass storages; innermost may stand a scratchpad for each. `multicast` says, of
    weights and inputs in each array, whether it has it.
    """
    multicast = st.booleans() if multicast is None else multicast
    inner: list[Component] = [
        storage(name, *draw(st.sampled_from(HELD)), charging=draw(st.sampled_from(CHARGING)))
        for name in ("buffer", "cache")[: draw(st.integers(0, 2))]
    ]
    if draw(st.booleans()):
        names = draw(st.permutations(list(SPLIT)))
        inner += [
            storage(name, SPLIT[name], charging=draw(st.sampled_from(CHARGING))) for name in names
        ]
    else:
        inner.append(storage("spad", *draw(st.sampled_from(HELD))))
    for name in ("pes", "lanes")[: draw(st.integers(*arrays))]:
        served = tuple(tensor for tensor in (WEIGHTS, INPUTS) if draw(multicast))
        axes = dict.fromkeys("xy"[: draw(st.integers(1, 2))], 1)
        place = draw(st.integers(0, len(inner)))
        reduces = tuple(axes)
        inner.insert(
            place, Array(name=name, axes=axes, multicast=(*served, OUTPUTS), reduces_along=reduces)
        )
    return (storage("dram", charging=draw(st.sampled_from(CHARGING))), *inner, compute())


def chip(*inside: Component) -> st.SearchStrategy[tuple[Component, ...]]:
    """Always the same components: a DRAM, those `inside`, and the MAC."""
    return st.just((storage("dram"), *inside, compute()))


def _sized(
    components: tuple[Component, ...], layer: Layer, tiles: Tiles, slack: int
) -> tuple[Component, ...]:
    """The components, with every axis as large as the loops on it need, and `slack` larger."""
    extents = dict(layer.bounds)
    sized: list[Component] = []
    for part in components:
        names = (
            [f"{part.name}.{axis}" for axis in part.axes]
            if isinstance(part, Array)
            else [part.name]
        )
        sizes = []
        for name in names:
            here = tiles.get(name, {})
            sizes.append(prod(ceil(extents[d] / tile) for d, tile in here.items()) + slack)
            extents |= {d: min(extents[d], tile) for d, tile in here.items()}
        if isinstance(part, Array):
            part = replace(part, axes=dict(zip(part.axes, sizes, strict=True)))
        sized.append(part)
    return tuple(sized)


# --- Nests -----------------------------------------------------------------------------------


@st.composite
def tilings(
    draw: st.DrawFn, layer: Layer, places: tuple[str, ...], required: Mapping[str, tuple[str, ...]]
) -> Tiles:
    """Tiles at each place: every dimension at some places, in random order at each of them.

    Tiles need not divide, may be as large as what encloses them or larger, and end with 1. A
    dimension stands at the places that are `required` of it; where there are three dots, or none
    are required, also at others.
    """
    at: dict[str, dict[str, int]] = {place: {} for place in places}
    for dimension in draw(st.permutations([d for d in layer.bounds if layer.bounds[d] > 1])):
        wanted = required.get(dimension, ("...",))
        where = set(wanted) - {"..."}
        if "..." in wanted:
            fewest = 0 if where else 1
            where |= draw(st.sets(st.sampled_from(places), min_size=fewest, max_size=3))
        extent = layer.bounds[dimension]
        steps = st.integers(1, extent + 1)
        tiles = sorted((draw(steps) for _ in range(len(where) - 1)), reverse=True)
        for place, tile in zip(sorted(where, key=places.index), [*tiles, 1], strict=True):
            at[place][dimension] = tile
    return {
        place: {d: here[d] for d in (draw(st.permutations(list(here))) if len(here) > 1 else here)}
        for place, here in at.items()
        if here
    }


# --- Cases -----------------------------------------------------------------------------------


@st.composite
def cases(
    draw: st.DrawFn,
    layer: st.SearchStrategy[Layer] | None = None,
    components: st.SearchStrategy[tuple[Component, ...]] | None = None,
    *,
    operands: tuple[str, ...] = ("every_mac", "latched"),
    required: Mapping[str, tuple[str, ...]] | None = None,
    joint: bool = False,
) -> Case:
    """A layer, an architecture of `components`, and a nest with loops where they are `required`; if
    `joint`, over several dimensions at a time that no window slides over.
    """
    shape = draw(any_layers() if layer is None else layer)
    parts = draw(skeletons() if components is None else components)
    places = tuple(place.name for place in architecture(*parts).places)
    walked = merged(shape) if joint else shape
    tiles = draw(tilings(walked, places, required or {}))
    parts = _sized(parts, walked, tiles, slack=draw(st.integers(0, 1)))
    whole = architecture(
        *parts,
        operands=draw(st.sampled_from(operands)),
        charge_by=draw(st.sampled_from([*CHARGE_BY])),
    )
    return Case(shape, whole, mapping(whole, tiles), _recipe(shape, whole, tiles))


def _recipe(layer: Layer, whole: Architecture, tiles: Tiles) -> str:
    """The case as code of `tests/build.py`, without what counting does not look at."""
    ranks = (*layer.tensors[INPUTS], *layer.tensors[OUTPUTS])
    (_, stride), (_, dilation) = next(rank.terms for rank in ranks if rank.slides)
    bounds = "".join(f", {d}={extent}" for d, extent in layer.bounds.items() if extent > 1)
    parts = []
    for part in whole.components.values():
        if isinstance(part, Storage):
            held = (
                "" if len(part.holds) == len(TENSORS) else "".join(f", {t!r}" for t in part.holds)
            )
            parts.append(f"storage({part.name!r}{held})")
        elif isinstance(part, Array):
            axes = "".join(f", {axis}={size}" for axis, size in part.axes.items())
            parts.append(f"array({part.name!r}, multicast={part.multicast}{axes})")
        else:
            parts.append("compute()")
    return (
        f"\n  layer = convolution(stride={stride}, dilation={dilation}{bounds})"
        f"\n  chip = architecture({', '.join(parts)}, operands={whole.operands!r})"
        f"\n  nest = mapping(chip, {tiles})\n"
    )
