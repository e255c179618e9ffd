"""An ONNX file to a network: the graph of its operators, and a nest for each that is priced."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from onnx import GraphProto, NodeProto

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.graph import Graph
from hwsim.importer.nests import (
    Unfit,
    convolution_of,
    lettered,
    letters_of_einsum,
    letters_of_matmul,
    product_of,
)
from hwsim.importer.onnx.model import Extents, Model, attribute, is_known, read
from hwsim.importer.onnx.recurrent import RECURRENT, recurrent
from hwsim.vocabulary import LARGEST_BATCH, WEIGHTS
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network

#: The kinds of operators that are not priced; those that are not here keep ONNX's name.
KINDS: Final = {
    "Add": "addition",
    "AveragePool": "average_pool",
    "BatchNormalization": "batch_norm",
    "Concat": "concatenation",
    "GlobalAveragePool": "global_average_pool",
    "LRN": "lrn",
    "LayerNormalization": "layer_norm",
    "MaxPool": "max_pool",
    "Squeeze": "reshape",
    "Sum": "addition",
    "Unsqueeze": "reshape",
}
CONVOLUTIONS: Final = frozenset(("Conv", "ConvTranspose"))
_WEIGHT: Final = re.compile(r"(?P<layer>.+)[._/](weight|w|W|kernel)(_\d+|:\d+)?")
PRICED: Final = frozenset((*CONVOLUTIONS, "Einsum", "Gemm", "MatMul"))


def from_onnx(path: str | os.PathLike[str], batch: int | None = None) -> Network:
    """The network in an ONNX file, at `batch` images, or where it does not say how many, at one.

    Layers have the names of their weights, which are those of the modules that they come from, or
    of the operators, or of what they yield; and the density of their weights. Operators that are
    not priced pass shapes on, as onnx infers them.

    Raises:
        NotImported: it is no ONNX file, or all priced operators whose shapes are not known or do
            not fit a loop nest.
        ValueError: `batch` is not from 1 to `LARGEST_BATCH`.
    """
    if batch is not None and not 1 <= batch <= LARGEST_BATCH:
        raise ValueError(f"a batch has from 1 to {LARGEST_BATCH} images, not {batch}")
    model = read(path, batch)
    images = batch or model.images
    graph = Graph(batch=model.images)
    graph.enter(model.inputs)
    faults = list[Fault]()
    for node in model.proto.graph.node:
        if model.constant.issuperset(node.output):
            continue
        try:
            _enter(graph, model, node, images)
        except Unfit as error:
            faults.append(Fault(_name(model, node), str(error)))
    if faults:
        raise NotImported(model.file, faults)
    name = Path(model.file).stem
    source = ", written by ".join(filter(None, (Path(model.file).name, model.proto.producer_name)))
    return replace(graph.network(name, f"{name}, from ONNX", source), batch=images)


def _enter(graph: Graph, model: Model, node: NodeProto, images: int) -> None:
    """Enter an operator, priced at so many images or not."""
    if node.op_type == "Identity":
        graph.made |= dict(zip(node.output, graph.sources(node.input), strict=False))
        return
    inside = sorted({one for one in _operators_inside(node) if one in PRICED | RECURRENT})
    if inside:
        raise Unfit(f"{node.op_type} holds {', '.join(inside)}, which cannot be read there")
    if node.op_type in RECURRENT:
        extents = [_known(model, operand) for operand in node.input[:3]]
        recurrent(graph, model, node, _name(model, node), extents, images)
        return
    layer = _layer(model, node, "") if node.op_type in PRICED else None
    name = graph.name(_name(model, node))
    sources = tuple(dict.fromkeys(graph.sources(node.input)))
    made = model.shape(node.output[0])
    known = tuple(int(extent) for extent in made or ()) if is_known(made) else ()
    if layer:
        layer = _rebatched(replace(layer, name=name), model.images, images)
        graph.price(replace(layer, data=_weights(model, node, layer)), sources, known)
    else:
        graph.add(name, _kind(node, sources), sources, known, name)
    graph.made |= dict.fromkeys(filter(None, node.output), name)


def _name(model: Model, node: NodeProto) -> str:
    """What the operator is called.

    A weight `conv1.weight` (PyTorch), `conv1_w_0` (Caffe2) or `conv1/kernel` is conv1's.
    """
    for operand in node.input[:2] if node.op_type in PRICED else ():
        for weight in _ancestors(model, operand):
            if named := _WEIGHT.fullmatch(weight):
                return named.group("layer")
    return node.name or next(filter(None, map(str, node.output)), "")


def _ancestors(model: Model, operand: str) -> Iterator[str]:
    """The weight that an operand is, or is made of, as one that is turned or reshaped."""
    while operand in model.constant and operand:
        yield operand
        maker = model.makers.get(operand)
        operand = maker.input[0] if maker and maker.input else ""


def _kind(node: NodeProto, sources: tuple[str, ...]) -> str:
    if node.op_type in ("Add", "Sum") and len(sources) < 2:
        return "add"
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", node.op_type).lower()
    return KINDS.get(node.op_type, snake)


def _operators_inside(node: NodeProto) -> Iterator[str]:
    """The operators of the graphs that an operator takes, as loops and branches do."""
    for one in node.attribute:
        graphs: Sequence[GraphProto] = (one.g, *one.graphs)
        for graph in graphs:
            for inner in graph.node:
                yield inner.op_type
                yield from _operators_inside(inner)


def _rebatched(layer: Layer, images: int, wanted: int) -> Layer:
    """The layer for so many images, of a file that fixes how many there are."""
    dimension = "N" if layer.trained else "G"
    extent = layer.bounds[dimension] * wanted
    if extent % images:
        raise Unfit(f"the file fixes {images} images, which cannot become {wanted}")
    return replace(layer, bounds={**layer.bounds, dimension: extent // images})


def _weights(model: Model, node: NodeProto, layer: Layer) -> Data:
    """What the file says of the layer's tensors: the share of its weights that are not zero."""
    for name in reversed(node.input[:2]):
        if layer.trained and name in model.constant:
            with suppress(Exception):  # what the reference implementation lacks stays unknown
                weights = model.value(name)
                return Data(
                    densities={WEIGHTS: Fraction(int(np.count_nonzero(weights)), weights.size)}
                )
    return Data()


# --- Priced operators ------------------------------------------------------------------------


def _layer(model: Model, node: NodeProto, name: str) -> Layer:
    """The nest of a priced operator."""
    operands = [_known(model, operand) for operand in node.input[:2]]
    if node.op_type in CONVOLUTIONS:
        inputs, weights = operands
        axes = len(weights) - 2
        return convolution_of(
            name,
            inputs=inputs,
            weights=weights,
            outputs=_known(model, node.output[0]),
            stride=attribute(node, "strides", [1] * axes),
            dilation=attribute(node, "dilations", [1] * axes),
            groups=attribute(node, "group", 1),
            transposed=node.op_type == "ConvTranspose",
        )
    of_left, of_right, kept = _letters(node, [len(operand) for operand in operands])
    left, right = lettered(operands[0], of_left), lettered(operands[1], of_right)
    trained = [operand in model.constant for operand in node.input[:2]]
    if trained[0]:
        left, right = right, left
    return product_of(name, left, right, kept, batch=model.images, trained=any(trained))


def _letters(
    node: NodeProto, ranks: list[int]
) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """The letters of both operands' ranks, and those that are left in the result."""
    if node.op_type == "Gemm":
        of_left = "km" if attribute(node, "transA", 0) else "mk"
        of_right = "nk" if attribute(node, "transB", 0) else "kn"
        return of_left, of_right, "mn"
    if node.op_type == "MatMul":
        letters = letters_of_matmul(*ranks)
        return *letters, sorted({*letters[0], *letters[1]} - {"k"})
    if len(node.input) != 2:
        raise Unfit(f"Einsum of {len(node.input)} tensors at once")
    left, right, kept = letters_of_einsum(attribute(node, "equation", b"").decode(), ranks)
    return left, right, kept


def _known(model: Model, value: str) -> tuple[int, ...]:
    """The shape of what a priced operator reads or yields."""
    extents: Extents | None = model.shape(value)
    if extents is None:
        raise Unfit(f"the shape of {value} is not known: onnx cannot infer it")
    if not is_known(extents):
        shape = " x ".join(map(str, extents))
        what = f"the shape of {value} is not known: {shape}"
        raise Unfit(f"{what}; export the model with fixed sizes")
    return tuple(int(extent) for extent in extents)
