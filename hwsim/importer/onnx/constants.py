"""A constant of a model to its values, computed from what it is made of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

from hwsim.importer.onnx.nodes import attribute, operand, operators, reads
from hwsim.importer.onnx.sizes import is_known
from hwsim.importer.onnx.tensors import find_values

if TYPE_CHECKING:
    from hwsim.importer.onnx.model import Model

#: Operators that nothing is computed through: some repeat others as often as they are told, one
#: unpacks pictures.
_ENDLESS: Final = frozenset(("ImageDecoder", "Loop", "Scan", "SequenceMap"))
#: Operators that yield as much as they are told, however little they read.
_GROWING: Final = frozenset(
    (
        *("BlackmanWindow", "CenterCropPad", "ConstantOfShape", "Expand", "EyeLike"),
        *("HammingWindow", "HannWindow", "MelWeightMatrix", "OneHot", "Pad", "Range", "Resize"),
        *("Tile", "Upsample"),
    )
)
#: So many values are computed of fewer ones, and so many that all are one number.
_MOST_COMPUTED: Final = 2**24
_MOST_ALIKE: Final = 2**28
#: A constant of so many values at most can be the sizes of something.
MOST_SIZES: Final = 2**10


class Unknown(Exception):
    """A constant that is not computed; the text says why."""


def made_before(model: "Model", name: str, known: Mapping[str, Any]) -> Iterator[str]:
    """The constants that must be computed for one, and it, in the order of computing."""
    needs, waiting = dict[str, Sequence[str]](), [name]
    while waiting:
        each = waiting.pop()
        if each not in known and each not in needs:
            needs[each] = _operands(model, each)
            waiting += needs[each]
    try:
        order = tuple(TopologicalSorter(needs).static_order())
    except CycleError:
        raise Unknown("it is made of itself") from None
    return (each for each in order if each in needs)


def _operands(model: "Model", name: str) -> Sequence[str]:
    """The values that a constant is computed from."""
    if name in model.weights:
        return ()
    node = model.makers.get(name)
    if node is None or name not in model.constant:
        raise Unknown("it is no constant")
    return () if node.op_type in ("Shape", "Size") else tuple(reads(node))


def computed(model: "Model", name: str, given: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """A constant, of those that it is made of."""
    if name in model.weights:
        tensor, folder = model.weights[name], str(Path(model.file).parent)
        find_values(tensor, folder)
        return _array(lambda: numpy_helper.to_array(tensor, folder))
    node = model.makers[name]
    if node.op_type in ("Shape", "Size"):
        return _array(lambda: _sizes(model, node))
    operands = {each: given[each] for each in reads(node)}
    if node.op_type == "ConstantOfShape":
        return _array(lambda: _alike(node, operands[operand(node, 0)]))
    _check_cost(model, node, name, operands)
    return _array(lambda: _by_reference(model.proto, node, name, operands))


def _array(make: Callable[[], object]) -> NDArray[Any]:
    try:
        return np.asarray(make())
    except Exception as error:  # noqa: BLE001  numpy's, onnx's and those of what it computes by
        raise Unknown(f"onnx cannot compute it: {error}") from None


def _sizes(model: "Model", node: NodeProto) -> NDArray[Any]:
    """The shape of what an operator reads, or a part of it; or how many values that is."""
    extents = model.shape(operand(node, 0)) or ()
    start, end = attribute(node, "start", 0), attribute(node, "end", None)
    sizes = np.array(extents[start:end], dtype=np.int64)
    return np.asarray(sizes.prod()) if node.op_type == "Size" else sizes


def _alike(node: NodeProto, shape: NDArray[Any]) -> NDArray[Any]:
    """So many equal values, kept once."""
    extents = tuple(int(extent) for extent in shape.ravel())
    if prod(extents) > _MOST_ALIKE:
        raise Unknown("it is too large")
    value = attribute(node, "value", None)
    filled = numpy_helper.to_array(value) if value else np.zeros(1, np.float32)
    return np.broadcast_to(filled.reshape(()), extents)


def _check_cost(
    model: "Model", node: NodeProto, name: str, operands: Mapping[str, NDArray[Any]]
) -> None:
    """Raise `Unknown` for what would take time or memory without bound."""
    inside = {each.op_type for each in operators([node])}
    read, extents = sum(each.size for each in operands.values()), model.shape(name)
    if extents is not None and is_known(extents):
        bounded = prod(map(int, extents)) <= max(read, _MOST_COMPUTED)
    else:
        bounded = read <= MOST_SIZES and not inside & _GROWING
    if not bounded or inside & _ENDLESS:
        raise Unknown(f"{node.op_type} may make too much of it")


def _by_reference(
    proto: onnx.ModelProto, node: NodeProto, name: str, operands: Mapping[str, NDArray[Any]]
) -> object:
    """What an operator yields under that name, by ONNX's reference implementation."""
    from onnx.reference import ReferenceEvaluator

    graph = helper.make_graph(
        [node],
        "constant",
        [helper.make_empty_tensor_value_info(each) for each in operands],
        [helper.make_empty_tensor_value_info(name)],
    )
    alone = helper.make_model(graph, opset_imports=proto.opset_import)
    (made,) = ReferenceEvaluator(alone).run([name], dict(operands))
    return made
