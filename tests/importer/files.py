"""Small ONNX files, operator by operator."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from hwsim.workload import Layer


def model(
    folder: Path,
    nodes: Sequence[NodeProto],
    inputs: Mapping[str, Sequence[int | str]],
    weights: Mapping[str, Any] | None = None,
    domain: str = "",
    opset: int = 17,
) -> Path:
    """A file of these operators, the last of which yields the output; weights are arrays, or
    tensors as ONNX has them.
    """
    given = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, each)
        for name, each in inputs.items()
    ]
    graph = body(nodes, given, weights)
    opsets = [helper.make_opsetid("", opset)]
    opsets += [helper.make_opsetid(domain, 1)] if domain else []
    path = folder / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), path)
    return path


def body(
    nodes: Sequence[NodeProto],
    inputs: Sequence[onnx.ValueInfoProto] = (),
    weights: Mapping[str, Any] | None = None,
    outputs: Sequence[str] = (),
) -> GraphProto:
    """A graph of these operators, which yields these values, or the last operator's."""
    return helper.make_graph(
        nodes,
        "graph",
        inputs,
        [helper.make_empty_tensor_value_info(name) for name in outputs or nodes[-1].output[:1]],
        [_tensor(name, value) for name, value in (weights or {}).items()],
    )


def _tensor(name: str, value: Any) -> TensorProto:
    if isinstance(value, TensorProto):
        value.name = name
        return value
    return numpy_helper.from_array(np.asarray(value), name)


def operator(kind: str, *inputs: str, to: str = "y", **attributes: Any) -> NodeProto:
    """An operator that yields `to`."""
    return helper.make_node(kind, inputs, [to], **attributes)


def zeros(*shape: int) -> np.ndarray:
    """An array of one 1, the rest zeros."""
    array = np.zeros(shape, np.float32)
    array.flat[0] = 1
    return array


def bounds(layer: Layer) -> dict[str, int]:
    """The bounds that are more than one."""
    return {name: bound for name, bound in layer.bounds.items() if bound > 1}
