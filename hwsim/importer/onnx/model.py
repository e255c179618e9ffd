"""An ONNX file to a model whose every shape is known that onnx can infer."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from hwsim.importer.errors import Fault, NotImported
from hwsim.specification.files import neighbour

#: The extents of a value; names, or question marks, stand for those that a file leaves open.
Extents = tuple[int | str, ...]

#: Operators that yield something else each time.
_RANDOM = frozenset(
    ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model at a batch of `images`: its operators, and the types of the values between them.

    `constant` values do not depend on the `inputs`: weights, and what is computed from them.
    """

    file: str
    folder: str
    images: int
    proto: onnx.ModelProto
    inputs: tuple[str, ...]
    weights: Mapping[str, onnx.TensorProto]
    makers: Mapping[str, onnx.NodeProto]
    types: dict[str, onnx.TypeProto]
    constant: set[str]

    def shape(self, name: str) -> Extents | None:
        """The shape of a value, None where it is not known."""
        if name not in self.types or not self.types[name].tensor_type.HasField("shape"):
            return None
        return tuple(_extent(extent) for extent in self.types[name].tensor_type.shape.dim)

    def value(self, name: str) -> NDArray[Any]:
        """The constant of that name, computed if it must be."""
        if name in self.weights:
            return onnx.numpy_helper.to_array(self.weights[name], self.folder)
        node = self.makers[name]
        if node.op_type == "Shape":
            start, end = attribute(node, "start", 0), attribute(node, "end", None)
            return np.array((self.shape(node.input[0]) or ())[start:end], dtype=np.int64)
        given = {each: self.value(each) for each in node.input if each}
        return computed(self.proto, node, name, given)


def computed(
    proto: onnx.ModelProto, node: onnx.NodeProto, name: str, given: Mapping[str, NDArray[Any]]
) -> NDArray[Any]:
    """What an operator yields under that name, by ONNX's reference implementation."""
    from onnx.reference import ReferenceEvaluator

    graph = onnx.helper.make_graph(
        [node],
        "constant",
        [onnx.helper.make_empty_tensor_value_info(each) for each in given],
        [onnx.helper.make_empty_tensor_value_info(name)],
    )
    alone = onnx.helper.make_model(graph, opset_imports=proto.opset_import)
    (made,) = ReferenceEvaluator(alone).run([name], dict(given))
    return np.asarray(made)


def read(path: str | os.PathLike[str], batch: int | None) -> Model:
    """The model in a file, where it leaves the batch open at `batch` images, else at its own.

    Raises:
        NotImported: it is no file of ONNX, or has no input.
    """
    file = os.fspath(path)
    proto = _loaded(file)
    own = {tensor.name for tensor in proto.graph.initializer}
    inputs = [value for value in proto.graph.input if value.name not in own]
    images = _set_batch(proto, inputs, batch)
    if images is None:
        raise NotImported(file, [Fault("model", "has no input with a batch")])
    try:
        proto = onnx.shape_inference.infer_shapes(proto, data_prop=True)
    except Exception as error:  # noqa: BLE001  onnx raises its own, undocumented ones
        raise NotImported(file, [Fault("model", f"no shapes can be inferred: {error}")]) from None
    model = Model(
        file=file,
        folder=str(Path(file).parent),
        images=images,
        proto=proto,
        inputs=tuple(value.name for value in inputs),
        weights={tensor.name: tensor for tensor in proto.graph.initializer},
        makers={made: node for node in proto.graph.node for made in node.output if made},
        types=dict(_types(proto.graph)),
        constant={"", *own},
    )
    for node in proto.graph.node:
        _settle(model, node)
    return model


def _settle(model: Model, node: onnx.NodeProto) -> None:
    """Find out whether an operator is constant, and the shapes of what it yields.

    A shape is constant where it is known: what is computed from it, as the sizes that a reshape is
    told, is followed farther here than onnx does by itself.
    """
    of_shape = node.op_type == "Shape" and is_known(model.shape(node.input[0]))
    if node.op_type not in _RANDOM and (of_shape or model.constant.issuperset(node.input)):
        model.constant.update(node.output)
    if all(is_known(model.shape(made)) for made in node.output if made):
        return
    with suppress(Exception):  # an operator that onnx does not know, or cannot infer, stays open
        small = (each for each in node.input if each in model.constant and _is_small(model, each))
        model.types.update(
            onnx.shape_inference.infer_node_outputs(
                onnx.defs.get_schema(node.op_type, _version(model, node), node.domain),
                node,
                {each: model.types[each] for each in node.input if each},
                {each: onnx.numpy_helper.from_array(model.value(each), each) for each in small},
                opset_imports=list(model.proto.opset_import),
                ir_version=model.proto.ir_version,
            )
        )


def _version(model: Model, node: onnx.NodeProto) -> int:
    return next(int(one.version) for one in model.proto.opset_import if one.domain == node.domain)


def _is_small(model: Model, name: str) -> bool:
    """Whether a constant can be the sizes of something."""
    extents = model.shape(name)
    return bool(name) and is_known(extents) and len(extents or ()) < 2


def attribute(node: onnx.NodeProto, name: str, default: Any) -> Any:
    """The value of an operator's attribute, or what it is where the file does not say."""
    for each in node.attribute:
        if each.name == name:
            return onnx.helper.get_attribute_value(each)
    return default


def _loaded(file: str) -> onnx.ModelProto:
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
    proto: onnx.ModelProto, inputs: list[onnx.ValueInfoProto], batch: int | None
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


def _close(graph: onnx.GraphProto, open_: str, batch: int) -> None:
    """Write the batch wherever the file says its name."""
    for value in (*graph.input, *graph.output, *graph.value_info):
        for extent in value.type.tensor_type.shape.dim:
            if open_ and extent.dim_param == open_:
                extent.dim_value = batch


def _types(graph: onnx.GraphProto) -> Iterator[tuple[str, onnx.TypeProto]]:
    for value in (*graph.input, *graph.value_info, *graph.output):
        yield value.name, value.type
    for tensor in graph.initializer:
        yield tensor.name, onnx.helper.make_tensor_type_proto(tensor.data_type, tensor.dims)


def _extent(extent: onnx.TensorShapeProto.Dimension) -> int | str:
    return int(extent.dim_value) if extent.HasField("dim_value") else extent.dim_param or "?"


def is_known(extents: Extents | None) -> bool:
    """Whether every extent is a number."""
    return extents is not None and all(isinstance(extent, int) for extent in extents)
