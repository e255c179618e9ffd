"""Small real nouns for tests, from few words: layers, components, architectures and nests.

>>> chip = architecture(
...     storage("dram"), array("pes", x=3), storage("spad"), compute(), operands="latched"
... )
>>> layer = convolution(P=3, R=2)
>>> nest = mapping(chip, {"dram": {"R": 1}, "pes.x": {"P": 1}})
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict, Unpack

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import (
    Array,
    Bandwidth,
    Compartment,
    Component,
    Compute,
    Interconnect,
    Storage,
)
from hwsim.architecture.dataflow import Dataflow
from hwsim.mapping.nest import Nest, nest
from hwsim.vocabulary import DIMENSIONS, INPUTS, OUTPUTS, TENSORS, WEIGHTS, exact
from hwsim.workload.layer import Layer, Rank

# --- Layers ----------------------------------------------------------------------------------


def convolution(
    *,
    stride: int = 1,
    dilation: int = 1,
    **bounds: int,
) -> Layer:
    """A convolution; dimensions that are not named have extent 1: `convolution(P=3, R=2)`."""
    assert bounds.keys() <= DIMENSIONS.keys(), bounds
    rows = Rank(terms=(("P", stride), ("R", dilation)))
    columns = Rank(terms=(("Q", stride), ("S", dilation)))
    return Layer(
        name="layer",
        kind="convolution",
        bounds={dimension: bounds.get(dimension, 1) for dimension in DIMENSIONS},
        tensors={
            WEIGHTS: _ranks("GMCRS"),
            INPUTS: (*_ranks("NGC"), rows, columns),
            OUTPUTS: _ranks("NGMPQ"),
        },
    )


def depthwise(*, G: int, stride: int = 1, dilation: int = 1, **bounds: int) -> Layer:
    """A depthwise convolution: `G` groups of one input and one output channel."""
    layer = convolution(stride=stride, dilation=dilation, G=G, **bounds)
    return replace(layer, kind="depthwise_convolution")


def fully_connected(*, M: int, C: int, N: int = 1) -> Layer:
    """A fully connected layer from `C` to `M` features, for `N` images."""
    return replace(convolution(N=N, M=M, C=C), kind="fully_connected")


def scattered(layer: Layer) -> Layer:
    """The layer with its window over the outputs, each input pixel spread by the filter."""
    images, group, channels, rows, columns = layer.tensors[INPUTS]
    _, _, filters, down, across = layer.tensors[OUTPUTS]
    tensors = {
        INPUTS: (images, group, channels, down, across),
        OUTPUTS: (images, group, filters, rows, columns),
    }
    return replace(layer, tensors={**layer.tensors, **tensors})


def _ranks(dimensions: str) -> tuple[Rank, ...]:
    return tuple(Rank(terms=((dimension, 1),)) for dimension in dimensions)


# --- Components ------------------------------------------------------------------------------


class OfZeros(TypedDict, total=False):
    """What a storage or a network does with zeros, as in a file."""

    formats: Mapping[str, str]
    zeros: Mapping[str, str]


def limited(number: float | Bandwidth | None, *, apart: bool) -> Bandwidth:
    """The bandwidth of so many words a cycle, each way if they are `apart`."""
    if isinstance(number, Bandwidth):
        return number
    words = None if number is None else exact(number)
    return Bandwidth(read=words, write=words) if apart else Bandwidth(both=words)


def storage(
    name: str,
    *holds: str,
    capacity_words: int | None = None,
    compartments: tuple[Compartment, ...] | None = None,
    word_bits: int = 16,
    read: float = 1.0,
    write: float = 1.0,
    bandwidth: float | Bandwidth | None = None,
    charging: Charging | None = None,
    may_bypass: tuple[str, ...] = (),
    buffers: int | None = None,
    **of_zeros: Unpack[OfZeros],
) -> Storage:
    """A storage that holds these tensors, all of them if none is named; the others bypass it.

    They share `capacity_words`, unless `compartments` says otherwise.
    """
    shared = Compartment(tensors=holds or TENSORS, capacity_words=capacity_words)
    return Storage(
        name=name,
        compartments=(shared,) if compartments is None else compartments,
        word_bits=word_bits,
        energies={"read": read, "write": write},
        bandwidth=limited(bandwidth, apart=False),
        charging=charging or Charging(),
        may_bypass=may_bypass,
        buffers=buffers,
        **of_zeros,
    )


def network(
    name: str,
    *,
    deliver: float = 0.0,
    collect: float = 0.0,
    reduce: float = 0.0,
    bandwidth: float | Bandwidth | None = None,
    word_bits: int = 16,
    **of_zeros: Unpack[OfZeros],
) -> Interconnect:
    """A network; every tensor crosses it unless `routes` say otherwise."""
    return Interconnect(
        name=name,
        energies={"deliver": deliver, "collect": collect, "reduce": reduce},
        bandwidth=limited(bandwidth, apart=True),
        word_bits=word_bits,
        **of_zeros,
    )


def array(
    name: str,
    *,
    multicast: tuple[str, ...] = TENSORS,
    reduces_along: tuple[str, ...] | None = None,
    **axes: int,
) -> Array:
    """An array with these axes, `array("pes", x=3, y=4)`; it reduces along all by default."""
    reducing = tuple(axes) if reduces_along is None else reduces_along
    return Array(name=name, axes=axes, multicast=multicast, reduces_along=reducing)


def compute(
    name: str = "mac",
    *,
    energy: float = 1.0,
    word_bits: int = 16,
    energy_by_bits: str = "product",
    zeros: Mapping[str, str] | None = None,
    cycles_per_mac: int = 1,
    latency_cycles: int | None = None,
) -> Compute:
    """The MAC."""
    return Compute(
        name=name,
        energies={"compute": energy},
        word_bits=word_bits,
        energy_by_bits=energy_by_bits,
        zeros=zeros or {},
        cycles_per_mac=cycles_per_mac,
        latency_cycles=latency_cycles or cycles_per_mac,
    )


# --- Architectures and nests -----------------------------------------------------------------


def architecture(
    *components: Component,
    operands: str = "every_mac",
    charge_by: str = "action",
    energy_unit: str = "pJ",
    clock_mhz: float | None = None,
    routes: Mapping[str, tuple[str, ...]] | None = None,
    dataflow: Dataflow | None = None,
    name: str = "chip",
) -> Architecture:
    """The architecture of these components, outermost first.

    A tensor's route runs through all components but the storages that do not hold it; `routes`
    replaces those of the tensors it names.
    """
    derived = {tensor: _route(components, tensor) for tensor in TENSORS}
    return Architecture(
        name=name,
        title=name,
        source="a test",
        energy_unit=energy_unit,
        clock_mhz=clock_mhz,
        charge_by=charge_by,
        operands=operands,
        components={part.name: part for part in components},
        routes={**derived, **(routes or {})},
        dataflow=dataflow or Dataflow(name="any", constraints={}),
    )


def _route(components: tuple[Component, ...], tensor: str) -> tuple[str, ...]:
    return tuple(
        part.name for part in components if not isinstance(part, Storage) or tensor in part.holds
    )


def mapping(chip: Architecture, tiles: Mapping[str, Mapping[str, int]]) -> Nest:
    """The nest on `chip` with `tiles[place] = {dimension: tile, ...}`, outermost loop first."""
    places = tuple(place.name for place in chip.places)
    assert tiles.keys() <= set(places), f"{set(tiles) - set(places)} not among {places}"
    return nest(places, tiles)
