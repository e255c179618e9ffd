"""An ONNX file to a model whose every shape is known that onnx can infer."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsim.importer.errors import Fault, MissingPackage, NotImported
from hwsim.specification.files import neighbour

try:
    import onnx
except ModuleNotFoundError as error:
    if error.name != "onnx":
        raise
    raise MissingPackage("onnx", "onnx") from None

#: The extents of a value; names, or question marks, stand for those that a file leaves open.
Extents = tuple[int | str, ...]

#: Operators that yield something else each time.
_RANDOM = frozenset(
    ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model at a batch of `images`: its operators, and the shapes of the values between them.

    `constant` values do not depend on the `inputs`: weights, and what is computed from them.
    """

    file: str
    folder: str
    images: int
    proto: "onnx.ModelProto"
    inputs: tuple[str, ...]
    shapes: Mapping[str, Extents]
    weights: Mapping[str, "onnx.TensorProto"]
    makers: Mapping[str, "onnx.NodeProto"]
    constant: frozenset[str]

    def value(self, name: str) -> NDArray[Any]:
        """The constant of that name, computed if it must be."""
        if name in self.weights:
            return onnx.numpy_helper.to_array(self.weights[name], self.folder)
        node = self.makers[name]
        if node.op_type == "Shape":
            start, end = attribute(node, "start", 0), attribute(node, "end", None)
            return np.array(self.shapes[node.input[0]][start:end], dtype=np.int64)
        from onnx.reference import ReferenceEvaluator

        given = {each: self.value(each) for each in node.input if each}
        graph = onnx.helper.make_graph(
            [node],
            "constant",
            [onnx.helper.make_empty_tensor_value_info(each) for each in given],
            [onnx.helper.make_empty_tensor_value_info(name)],
        )
        small = onnx.helper.make_model(graph, opset_imports=self.proto.opset_import)
        (made,) = ReferenceEvaluator(small).run([name], given)
        return np.asarray(made)


def read(path: str | os.PathLike[str], batch: int | None) -> Model:
    """The model in a file, where it leaves the batch open at `batch` images, else at its own.

    Raises:
        NotImported: it is no file of ONNX, or has no input.
    """
    file = os.fspath(path)
    proto = _loaded(file)
    weights = {tensor.name: tensor for tensor in proto.graph.initializer}
    inputs = [value for value in proto.graph.input if value.name not in weights]
    images = _set_batch(proto, inputs, batch)
    if images is None:
        raise NotImported(file, [Fault("model", "has no input with a batch")])
    try:
        proto = onnx.shape_inference.infer_shapes(proto, data_prop=True)
    except Exception as error:  # noqa: BLE001  onnx raises its own, undocumented ones
        raise NotImported(file, [Fault("model", f"no shapes can be inferred: {error}")]) from None
    shapes = dict(_shapes(proto.graph))
    makers = {made: node for node in proto.graph.node for made in node.output if made}
    return Model(
        file=file,
        folder=str(Path(file).parent),
        images=images,
        proto=proto,
        inputs=tuple(value.name for value in inputs),
        shapes=shapes,
        weights={tensor.name: tensor for tensor in proto.graph.initializer},
        makers=makers,
        constant=frozenset(_constant(proto.graph, shapes)),
    )


def attribute(node: "onnx.NodeProto", name: str, default: Any) -> Any:
    """The value of an operator's attribute, or what it is where the file does not say."""
    for each in node.attribute:
        if each.name == name:
            return onnx.helper.get_attribute_value(each)
    return default


def _loaded(file: str) -> "onnx.ModelProto":
    try:
        proto = onnx.load(file, load_external_data=False)
    except FileNotFoundError:
        meant = neighbour(Path(file))
        what = "no such file" + (f"; did you mean {meant}?" if meant else "")
        raise NotImported(file, [Fault("model", what)]) from None
    except OSError as error:
        fault = Fault("model", f"cannot be read: {error.strerror or error}")
        raise NotImported(file, [fault]) from None
    except Exception:  # noqa: BLE001  protobuf's errors are not public
        raise NotImported(file, [Fault("model", "is no ONNX file")]) from None
    if not proto.graph.node:
        raise NotImported(file, [Fault("model", "is no ONNX file, or an empty one")])
    if proto.functions:
        from onnx.inliner import inline_local_functions

        return inline_local_functions(proto)
    return proto


def _set_batch(
    proto: "onnx.ModelProto", inputs: "list[onnx.ValueInfoProto]", batch: int | None
) -> int | None:
    """Let every batch that is open be `batch`, or 1; the images that the model then takes."""
    images = None
    for value in inputs:
        extents = value.type.tensor_type.shape.dim
        if not extents:
            continue
        first = extents[0]
        if not first.HasField("dim_value"):
            _close(proto.graph, first.dim_param, batch or 1)
            first.dim_value = batch or 1
        images = images or first.dim_value
    return images


def _close(graph: "onnx.GraphProto", open_: str, batch: int) -> None:
    """Write the batch wherever the file says its name."""
    for value in (*graph.input, *graph.output, *graph.value_info):
        for extent in value.type.tensor_type.shape.dim:
            if open_ and extent.dim_param == open_:
                extent.dim_value = batch


def _shapes(graph: "onnx.GraphProto") -> Iterator[tuple[str, Extents]]:
    for value in (*graph.input, *graph.value_info, *graph.output):
        if value.type.tensor_type.HasField("shape"):
            extents = value.type.tensor_type.shape.dim
            yield value.name, tuple(_extent(extent) for extent in extents)
    for tensor in graph.initializer:
        yield tensor.name, tuple(tensor.dims)


def _extent(extent: "onnx.TensorShapeProto.Dimension") -> int | str:
    return int(extent.dim_value) if extent.HasField("dim_value") else extent.dim_param or "?"


def _constant(graph: "onnx.GraphProto", shapes: Mapping[str, Extents]) -> Iterator[str]:
    """The values that depend on no input; on its shape they may, where that is known."""
    found = {"", *(tensor.name for tensor in graph.initializer)}
    yield from found
    for node in graph.node:
        of_shape = node.op_type == "Shape" and is_known(shapes.get(node.input[0]))
        if node.op_type not in _RANDOM and (of_shape or found.issuperset(node.input)):
            found.update(node.output)
            yield from node.output


def is_known(extents: Extents | None) -> bool:
    """Whether every extent is a number."""
    return extents is not None and all(isinstance(extent, int) for extent in extents)
