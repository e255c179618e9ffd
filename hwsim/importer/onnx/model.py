"""An ONNX file to a model whose every shape is known that can be inferred."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, Final

import onnx
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, TypeProto, helper, numpy_helper

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.onnx.constants import SIZES, Unknown, computed, made_before
from hwsim.importer.onnx.file import load
from hwsim.importer.onnx.nodes import (
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
from hwsim.importer.onnx.tensors import Absent, quantised_width

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
        for each in made_before(self, name, made):
            made[each] = computed(self, each, made)
            if made[each].size <= SIZES:
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


def repeated(
    model: Model, node: NodeProto, held: GraphProto
) -> tuple[Model, list[tuple[str, str]]]:
    """The body of a loop at its first step, and what it carries from one step to the next: by
    which names it reads it, and leaves it behind the number of the step and whether it goes on.
    """
    before = [each.name for each in held.input[2:]]
    given = zip(before, node.input[2:], strict=False)
    types = {inner: model.types[outer] for inner, outer in given if outer in model.types}
    after = (each.name for each in held.output[1:])
    return within(model, held, types), list(zip(before, after, strict=False))


def stays(inside: Model, carried: Iterable[tuple[str, str]]) -> bool:
    """Whether all that a body carries from one step to the next keeps its shape."""
    return all(inside.shape(before) == inside.shape(after) for before, after in carried)


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
    model.types.update(_left_behind(model, node))
    for made in node.output:
        if made in model.constant and made and not is_known(model.shape(made)):
            with suppress(Exception):  # what cannot be computed, or is no tensor, stays open
                value = model.value(made)
                data_type = helper.np_dtype_to_tensor_dtype(value.dtype)
                model.types[made] = helper.make_tensor_type_proto(data_type, value.shape)


def _left_behind(model: Model, node: NodeProto) -> dict[str, TypeProto]:
    """The types of what a loop carries and yields after its last step, if their shapes stay."""
    held = body(node) if node.op_type == "Loop" else None
    if held is None:
        return {}
    inside, carried = repeated(model, node, held)
    if not stays(inside, carried):
        return {}
    return {
        made: inside.types[before]
        for made, (before, _) in zip(node.output, carried, strict=False)
        if is_known(inside.shape(before))
    }


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
        if len(extents) < 2 and prod(map(int, extents)) <= SIZES:
            yield name, numpy_helper.from_array(model.value(name), name)


def _domain(opset: onnx.OperatorSetIdProto) -> str:
    """The domain, of ONNX's own operators the shorter of its two names."""
    return "" if opset.domain == "ai.onnx" else opset.domain


def _types(graph: GraphProto) -> Iterator[tuple[str, TypeProto]]:
    for value in (*graph.input, *graph.value_info, *graph.output):
        yield value.name, value.type
    for tensor in graph.initializer:
        yield tensor.name, helper.make_tensor_type_proto(tensor.data_type, tensor.dims)
