"""An ONNX file to its graph: read, with functions written out, and tensors of sane sizes."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, TensorProto

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.onnx.nodes import graphs, operators, yielded
from hwsim.importer.onnx.tensors import Misstated, check_extents
from hwsim.meant import did_you_mean
from hwsim.specification.files import neighbour

#: Sparse weights are made plain up to so many values.
MOST_VALUES: Final = 2**27
#: Settings of windows, by ONNX's names.
_OF_WINDOWS: Final = frozenset(("dilations", "kernel_shape", "strides"))
#: A file's functions may make so many operators.
MOST_OPERATORS: Final = 10**6


def load_proto(file: str) -> ModelProto:
    """The model in a file; its weights may stay in other files.

    Raises:
        NotImported: it is no file of ONNX, or all tensors whose sizes make no sense.
    """
    proto = _parsed(file)
    if not proto.graph.node:
        raise NotImported(file, [Fault("model", "is no ONNX file, or an empty one")])
    if not all(isinstance(text, str) for text in _texts(proto)):
        raise NotImported(file, [Fault("model", "is no ONNX file: not all of its names are text")])
    if proto.functions:
        proto = _written_out(file, proto)
    if faults := [*_misstated(proto.graph), *_steps_of_nothing(proto.graph)]:
        raise NotImported(file, faults)
    for graph in graphs(proto.graph):
        _fill(file, graph)
    return proto


def _parsed(file: str) -> ModelProto:
    path = Path(file)
    try:
        if path.exists() and not path.is_file():
            raise NotImported(file, [Fault("model", "is no file")])
        return onnx.load(path, format="protobuf", load_external_data=False)
    except FileNotFoundError:
        fault = Fault("model", f"no such file{did_you_mean(neighbour(path))}")
        raise NotImported(file, [fault]) from None
    except OSError as error:
        fault = Fault("model", f"cannot be read: {error.strerror or error}")
        raise NotImported(file, [fault]) from None
    except NotImported:
        raise
    except Exception:  # noqa: BLE001  protobuf's errors are not public
        raise NotImported(file, [Fault("model", "is no ONNX file")]) from None


def _texts(proto: ModelProto) -> Iterator[object]:
    """The names in a file; what is no text in UTF-8 protobuf hands over as bytes."""
    yield proto.producer_name
    yield from (opset.domain for opset in proto.opset_import)
    nodes = list(operators(proto.graph.node))
    for function in proto.functions:
        yield from (function.name, function.domain, *function.input, *function.output)
        nodes += operators(function.node)
    for node in nodes:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)
        yield from (text for each in node.metadata_props for text in (each.key, each.value))
    for graph in graphs(proto.graph):
        yield from (tensor.name for tensor in graph.initializer)
        for value in (*graph.input, *graph.output, *graph.value_info):
            yield value.name
            yield from (extent.dim_param for extent in value.type.tensor_type.shape.dim)


def _misstated(graph: GraphProto) -> Iterator[Fault]:
    """Tensors whose sizes are not those of what they hold."""
    for tensor in _tensors(graph):
        try:
            check_extents(tensor)
        except Misstated as error:
            yield Fault(tensor.name or "a constant", str(error))


def _steps_of_nothing(graph: GraphProto) -> Iterator[Fault]:
    """Windows without a size or a step: some versions of onnx divide by it, and end the process."""
    for node in operators(graph.node):
        for one in node.attribute:
            if one.name in _OF_WINDOWS and any(number < 1 for number in one.ints):
                numbers = ", ".join(map(str, one.ints))
                where = node.name or yielded(node) or node.op_type
                yield Fault(where, f"its {one.name} are {numbers}")


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """All tensors, in the order of the file."""
    for each in graphs(graph):
        yield from each.initializer
        for node in each.node:
            for one in node.attribute:
                if one.HasField("t"):
                    yield one.t
                yield from one.tensors


def _fill(file: str, graph: GraphProto) -> None:
    """Make sparse weights plain ones: what counts zeros sees them then."""
    for sparse in graph.sparse_initializer:
        name = sparse.values.name
        try:
            dense = _dense(sparse)
        except Exception:  # noqa: BLE001  whatever its parts may be, they do not fit each other
            raise NotImported(file, [Fault(name, "is no sparse tensor")]) from None
        graph.initializer.append(onnx.numpy_helper.from_array(dense, name))
    del graph.sparse_initializer[:]


def _dense(sparse: onnx.SparseTensorProto) -> NDArray[Any]:
    if prod(sparse.dims) > MOST_VALUES:
        raise ValueError
    values = onnx.numpy_helper.to_array(sparse.values)
    indices = onnx.numpy_helper.to_array(sparse.indices)
    dense = np.zeros(tuple(sparse.dims), values.dtype)
    if indices.ndim == 2:
        dense[tuple(indices.T)] = values
    else:
        dense.flat[indices] = values
    return dense


def _written_out(file: str, proto: ModelProto) -> ModelProto:
    """The model with each function's operators where it is called."""
    from onnx.inliner import inline_local_functions

    if _operators_of_all(file, proto) > MOST_OPERATORS:
        raise NotImported(file, [Fault("model", "its functions make too many operators")])
    try:
        return inline_local_functions(proto)
    except Exception as error:  # noqa: BLE001  onnx raises its own, undocumented ones
        what = f"its functions cannot be written out: {error}"
        raise NotImported(file, [Fault("model", what)]) from None


def _operators_of_all(file: str, proto: ModelProto) -> int:
    """How many operators the model has when its functions are written out."""
    calls = {
        (one.domain, one.name): [(each.domain, each.op_type) for each in operators(one.node)]
        for one in proto.functions
    }
    sizes = dict[tuple[str, str], int]()
    while len(sizes) < len(calls):
        ready = [
            key
            for key, called in calls.items()
            if key not in sizes and all(each in sizes for each in called if each in calls)
        ]
        if not ready:
            _, name = next(key for key in calls if key not in sizes)
            raise NotImported(file, [Fault(name, "is a function that calls itself")])
        for key in ready:
            sizes[key] = sum(sizes.get(each, 1) for each in calls[key])
    called = ((each.domain, each.op_type) for each in operators(proto.graph.node))
    return sum(sizes.get(each, 1) for each in called)
