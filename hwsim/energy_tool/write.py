"""A network to a file of the energy estimation tool.

What 25 numbers cannot say is left out: names, nodes without energy, and on which side padding is.
"""

from fractions import Fraction
from math import prod
from typing import Final

from hwsim.energy_tool.columns import (
    COLUMNS,
    MAPS,
    SHAPE_COLUMNS,
    SIDE_COLUMNS,
    SideColumns,
    touched,
)
from hwsim.errors import Error
from hwsim.vocabulary import INPUTS, OUTPUTS
from hwsim.workload.layer import Layer, Rank
from hwsim.workload.network import Network, Shape

#: Bits of a value, where nothing is said of them.
WORD_BITS: Final = 16


class NotDescribed(Error):
    """25 numbers do not describe these `layers` of a network."""

    network: str
    layers: tuple[str, ...]

    def __str__(self) -> str:
        what = "convolutions without dilation, and fully connected layers, that run once"
        return f"{self.network}: 25 numbers describe {what}, not {', '.join(self.layers)}"


def render(network: Network) -> str:
    """The network as such a file; raises `NotDescribed` with every layer that does not fit it."""
    odd = tuple(layer.name for layer in network.layers if not _is_described(layer))
    if odd:
        raise NotDescribed(network.name, odd)
    nodes = {node.name: node for node in network.nodes}
    lines = []
    for number, layer in enumerate(network.layers, start=1):
        source = nodes.get(nodes[layer.name].sources[0])
        numbers = _numbers(layer, source.shape if source else ())
        lines.append(",".join(str({"layer": number, **numbers}[name]) for name in COLUMNS))
    return "\n".join(lines) + "\n"


def _is_described(layer: Layer) -> bool:
    sliding = [_sliding(layer, side) for side in SIDE_COLUMNS]
    return (
        layer.trained
        and layer.times == 1
        and all(rank.slides and rank.terms[1][1] == 1 for rank in sliding)
        and not any(rank.slides for rank in layer.tensors[OUTPUTS])
    )


def _numbers(layer: Layer, source: Shape) -> dict[str, int]:
    """What the columns say of a layer, which reads a map of that shape, if it is known."""
    of, outputs = layer.bounds, layer.bounds["G"] * layer.bounds["M"]
    numbers = {
        "input channels": of["G"] * of["C"],
        "filter channels": of["C"],
        "filter images": outputs,
        "output channels": outputs,
        "input images": of["N"],
        "output images": of["N"],
    }
    for number, side in enumerate(SIDE_COLUMNS):
        have = source[1 + number] if len(source) == 3 and source[0] == of["G"] * of["C"] else None
        numbers |= _of_side(layer, side, have)
    if layer.kind == "fully_connected" and prod(source) == of["C"] and len(source) == 3:
        for map_ in ("input", "filter"):
            numbers |= {
                f"{map_} {size}": extent for size, extent in zip(SHAPE_COLUMNS, source, strict=True)
            }
    return numbers | _contents(layer, numbers)


def _of_side(layer: Layer, side: SideColumns, have: int | None) -> dict[str, int]:
    """The height or the width: of maps, filters, strides and padding."""
    rank = _sliding(layer, side)
    stride, tap = rank.terms
    needed = 1 + sum(factor * (layer.bounds[name] - 1) for name, factor in rank.terms)
    padding = max(0, needed - (have or needed))
    return {
        f"input {side.size}": have or needed,
        f"filter {side.size}": layer.bounds[tap[0]],
        f"output {side.size}": layer.bounds[stride[0]],
        side.stride: stride[1],
        side.before: padding - padding // 2,
        side.after: padding // 2,
    }


def _sliding(layer: Layer, side: SideColumns) -> Rank:
    """The rank of the inputs along a side: terms of the output and of the filter."""
    return layer.tensors[INPUTS][-2 if side.size == "height" else -1]


def _contents(layer: Layer, numbers: dict[str, int]) -> dict[str, int]:
    """Zeros and bits of each map; padding is not part of the input maps."""
    said = dict[str, int]()
    for tensor, map_ in MAPS.items():
        size = prod(numbers[f"{map_} {of}"] for of in ("height", "width", "channels", "images"))
        share = layer.data.density(tensor)
        if tensor == INPUTS:
            share *= Fraction(layer.words(INPUTS), touched(numbers))
        said[f"{map_} zeros"] = size - min(size, round(size * share))
        said[f"{map_} bits"] = layer.data.bits.get(tensor, WORD_BITS)
    return said
