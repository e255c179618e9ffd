"""The types of what an operator yields, as far as they follow from what it reads."""

from collections.abc import Iterator
from math import prod

import onnx
from onnx import NodeProto, TensorProto, TypeProto, helper, numpy_helper

from hwsim.importer.onnx.constants import MOST_SIZES
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import yielded
from hwsim.importer.onnx.sizes import is_known
from hwsim.importer.onnx.stand_ins import own_shape, stand_in
from hwsim.importer.onnx.tensors import quantised_width


def inferred(model: Model, node: NodeProto) -> dict[str, TypeProto]:
    """The types of what an operator yields, as far as onnx can infer them."""
    shape = own_shape(node, [model.shape(each) for each in node.input])
    if shape is not None:
        return {yielded(node): helper.make_tensor_type_proto(0, shape)}
    alike, typed = stand_in(node)
    opsets = {_domain(one): int(one.version) for one in model.proto.opset_import}
    version = opsets.setdefault(alike.domain, int(onnx.defs.onnx_opset_version()))
    types = onnx.shape_inference.infer_node_outputs(
        onnx.defs.get_schema(alike.op_type, version, alike.domain),
        alike,
        {
            each: model.types[each] if alike is node else _as_numbers(model, each)
            for each in alike.input
            if each
        },
        dict(_small(model, alike)),
        opset_imports=[helper.make_opsetid(*one) for one in opsets.items()],
        ir_version=model.proto.ir_version,
    )
    if alike is not node:
        types[yielded(node)].tensor_type.elem_type = model.data_type(typed)
    return types


def _as_numbers(model: Model, name: str) -> TypeProto:
    """The type of a value; of a quantised one that of a number, which any operator reads."""
    data_type, extents = model.data_type(name), model.shape(name)
    if quantised_width(data_type) is None or extents is None:
        return model.types[name]
    return helper.make_tensor_type_proto(TensorProto.FLOAT, extents)


def _small(model: Model, node: NodeProto) -> Iterator[tuple[str, TensorProto]]:
    """The constants among what an operator reads that can be the sizes of something."""
    for name in node.input:
        extents = model.shape(name)
        if not name or name not in model.constant or extents is None or not is_known(extents):
            continue
        if len(extents) < 2 and prod(map(int, extents)) <= MOST_SIZES:
            yield name, numpy_helper.from_array(model.value(name), name)


def _domain(opset: onnx.OperatorSetIdProto) -> str:
    """The domain, of ONNX's own operators the shorter of its two names."""
    return "" if opset.domain == "ai.onnx" else opset.domain
