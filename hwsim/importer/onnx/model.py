"""An ONNX file to a model whose every shape is known that can be inferred."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, TypeProto, helper, numpy_helper

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.onnx.file import load
from hwsim.importer.onnx.nodes import (
    attribute,
    bodies,
    body,
    operand,
    operators,
    own_names,
    reads,
    yielded,
)
from hwsim.importer.onnx.sizes import Extents, Sizes, close, extent_of, is_known
from hwsim.importer.onnx.stand_ins import own_shape, stand_in
from hwsim.importer.onnx.tensors import Absent, find, quantised_width

#: Operators that yield something else each time.
_RANDOM: Final = frozenset(
    (
        "Bernoulli",
        "Multinomial",
        "RandomNormal",
        "RandomNormalLike",
        "RandomUniform",
        "RandomUniformLike",
    )
)
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
_SIZES: Final = 2**10


class Unknown(Exception):
    """A constant that is not computed; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model at a batch of `images`: its operators, and the types of the values between them.

    `constant` values do not depend on the `inputs`: weights, and what is computed from them.
    Branches that constants decide are written out; `values` are constants that were computed, and
    `modules` have the operators that multiply, once somebody asked which do in a module.
    """

    file: str
    images: int
    proto: onnx.ModelProto
    inputs: tuple[str, ...]
    outputs: frozenset[str]
    weights: dict[str, TensorProto]
    types: dict[str, TypeProto]
    constant: set[str]
    nodes: list[NodeProto] = field(default_factory=list)
    makers: dict[str, NodeProto] = field(default_factory=dict)
    readers: dict[str, list[NodeProto]] = field(default_factory=dict)
    values: dict[str, NDArray[Any]] = field(default_factory=dict)
    modules: dict[str, list[NodeProto]] = field(default_factory=dict)

    def shape(self, name: str) -> Extents | None:
        """The shape of a value, None where it is not known."""
        if name not in self.types or not self.types[name].tensor_type.HasField("shape"):
            return None
        return tuple(extent_of(extent) for extent in self.types[name].tensor_type.shape.dim)

    def data_type(self, name: str) -> int:
        """ONNX's number for the type of a value's elements, 0 where it is not known."""
        return int(self.types[name].tensor_type.elem_type) if name in self.types else 0

    def behind(self, value: str) -> Iterator[NodeProto]:
        """The operators that a value comes from, one after the other by their first inputs."""
        passed = set[str]()
        while value in self.makers and value not in passed:
            passed.add(value)
            yield self.makers[value]
            value = operand(self.makers[value], 0)

    def value(self, name: str) -> NDArray[Any]:
        """The constant of that name, computed if it must be.

        Raises:
            Absent: the file does not hold what it is made of.
            Unknown: it cannot be computed, or would take too much.
        """
        made = dict(self.values)
        for each in _made_before(self, name, made):
            made[each] = _computed(self, each, made)
            if made[each].size <= _SIZES:
                self.values[each] = made[each]
        return made[name]


def read(file: str, sizes: Sizes) -> Model:
    """The model in a file, whose open sizes are those that are given.

    Raises:
        NotImported: it is no file of ONNX, or has no input, or none for these sizes.
    """
    proto = load(file)
    inputs, images = close(file, proto.graph, sizes)
    try:
        proto = onnx.shape_inference.infer_shapes(proto, data_prop=True)
    except Exception as error:  # noqa: BLE001  onnx raises its own, undocumented ones
        raise NotImported(file, [Fault("model", f"no shapes can be inferred: {error}")]) from None
    model = Model(
        file=file,
        images=images,
        proto=proto,
        inputs=inputs,
        outputs=frozenset(value.name for value in proto.graph.output),
        weights={},
        types={},
        constant={""},
    )
    _hold(model, proto.graph)
    return model


def within(model: Model, graph: GraphProto, types: Mapping[str, TypeProto]) -> Model:
    """A graph that an operator of the model holds, as a model: what it reads has these types."""
    own = own_names(graph)
    inner = replace(
        model,
        outputs=frozenset(value.name for value in graph.output),
        weights=dict(model.weights),
        types=dict(model.types),
        constant=model.constant - own,
        nodes=[],
        makers=dict(model.makers),
        readers={},
        values={name: value for name, value in model.values.items() if name not in own},
        modules={},
    )
    _hold(inner, graph, types)
    return inner


def _hold(model: Model, graph: GraphProto, types: Mapping[str, TypeProto] | None = None) -> None:
    """Enter what a graph holds: its weights, and its operators one by one."""
    model.weights.update((tensor.name, tensor) for tensor in graph.initializer)
    model.types.update(_types(graph))
    model.types.update(types or {})
    model.constant.update(tensor.name for tensor in graph.initializer)
    for node in graph.node:
        _enter(model, node)


def _enter(model: Model, node: NodeProto) -> None:
    """Enter an operator, or those of the branch that constants choose for it."""
    branch = _chosen(model, node)
    if branch is None:
        model.nodes.append(node)
        model.makers.update(dict.fromkeys(filter(None, node.output), node))
        for each in reads(node):
            model.readers.setdefault(each, []).append(node)
        _settle(model, node)
        return
    _hold(model, _renamed(model, branch, node.output))


def _chosen(model: Model, node: NodeProto) -> GraphProto | None:
    """The branch that is always taken, if it reads what is computed."""
    if node.op_type != "If" or model.constant.issuperset(reads(node)):
        return None
    if operand(node, 0) not in model.constant:
        return None
    with suppress(Absent, Unknown):
        wanted = "then_branch" if model.value(operand(node, 0)).all() else "else_branch"
        branch = body(node, wanted)
        if branch and node.output and len(branch.output) == len(node.output):
            return branch
    return None


def _renamed(model: Model, graph: GraphProto, outputs: Sequence[str]) -> GraphProto:
    """The graph, whose outputs have these names, and whose values none that the model has."""
    made = own_names(graph)
    new = {name: f"{outputs[0]}/{name}" for name in made if name in model.types}
    passed = list[tuple[str, str]]()
    for value, output in zip(graph.output, outputs, strict=True):
        if value.name in made and new.get(value.name) not in outputs:
            new[value.name] = output
        else:
            passed.append((value.name, output))
    renamed = GraphProto()
    renamed.CopyFrom(graph)
    _rename(renamed, new)
    renamed.node.extend(
        helper.make_node("Identity", [new.get(value, value)], [output]) for value, output in passed
    )
    return renamed


def _rename(graph: GraphProto, new: Mapping[str, str]) -> None:
    """Rename values, in inner graphs too, unless these have their own of that name."""
    for value in (*graph.value_info, *graph.output, *graph.initializer):
        value.name = new.get(value.name, value.name)
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [new.get(name, name) for name in names]
        for inner in bodies(node):
            _rename(inner, {name: to for name, to in new.items() if name not in own_names(inner)})


def is_random(node: NodeProto) -> bool:
    """Whether an operator yields something else each time."""
    return any(each.op_type in _RANDOM for each in operators([node]))


def _settle(model: Model, node: NodeProto) -> None:
    """Find out whether an operator is constant, and the shapes of what it yields.

    A shape is constant where it is known: what is computed from it, as the sizes that a reshape is
    told, is followed farther here than onnx does by itself.
    """
    of_shape = node.op_type in ("Shape", "Size") and is_known(model.shape(operand(node, 0)))
    if of_shape or (model.constant.issuperset(reads(node)) and not is_random(node)):
        model.constant.update(node.output)
    if all(is_known(model.shape(made)) for made in node.output if made):
        return
    with suppress(Exception):  # an operator that onnx does not know, or cannot infer, stays open
        model.types.update(_inferred(model, node))
    for made in node.output:
        if made in model.constant and made and not is_known(model.shape(made)):
            with suppress(Exception):  # what cannot be computed, or is no tensor, stays open
                value = model.value(made)
                data_type = helper.np_dtype_to_tensor_dtype(value.dtype)
                model.types[made] = helper.make_tensor_type_proto(data_type, value.shape)


def _inferred(model: Model, node: NodeProto) -> dict[str, TypeProto]:
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
        if len(extents) < 2 and prod(map(int, extents)) <= _SIZES:
            yield name, numpy_helper.from_array(model.value(name), name)


def _domain(opset: onnx.OperatorSetIdProto) -> str:
    """The domain, of ONNX's own operators the shorter of its two names."""
    return "" if opset.domain == "ai.onnx" else opset.domain


def _made_before(model: Model, name: str, known: Mapping[str, Any]) -> Iterator[str]:
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


def _operands(model: Model, name: str) -> Sequence[str]:
    """The values that a constant is computed from."""
    if name in model.weights:
        return ()
    node = model.makers.get(name)
    if node is None or name not in model.constant:
        raise Unknown("it is no constant")
    return () if node.op_type in ("Shape", "Size") else tuple(reads(node))


def _computed(model: Model, name: str, given: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """A constant, of those that it is made of."""
    if name in model.weights:
        tensor, folder = model.weights[name], str(Path(model.file).parent)
        find(tensor, folder)
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


def _sizes(model: Model, node: NodeProto) -> NDArray[Any]:
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
    model: Model, node: NodeProto, name: str, operands: Mapping[str, NDArray[Any]]
) -> None:
    """Raise `Unknown` for what would take time or memory without bound."""
    inside = {each.op_type for each in operators([node])}
    read, extents = sum(each.size for each in operands.values()), model.shape(name)
    if extents is not None and is_known(extents):
        bounded = prod(map(int, extents)) <= max(read, _MOST_COMPUTED)
    else:
        bounded = read <= _SIZES and not inside & _GROWING
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


def _types(graph: GraphProto) -> Iterator[tuple[str, TypeProto]]:
    for value in (*graph.input, *graph.value_info, *graph.output):
        yield value.name, value.type
    for tensor in graph.initializer:
        yield tensor.name, helper.make_tensor_type_proto(tensor.data_type, tensor.dims)
