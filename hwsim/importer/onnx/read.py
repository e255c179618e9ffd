"""An ONNX file to a model whose every shape is known that can be inferred."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

import onnx
from onnx import GraphProto, NodeProto, TypeProto, helper

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.onnx.branches import chosen_branch, renamed_branch
from hwsim.importer.onnx.file import load_proto
from hwsim.importer.onnx.inferred import inferred
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import body, operand, operators, own_names, reads
from hwsim.importer.onnx.sizes import GivenSizes, close, is_known

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


def read(file: str, sizes: GivenSizes) -> Model:
    """The model in a file, whose open sizes are those that are given.

    Raises:
        NotImported: it is no file of ONNX, or has no input, or none for these sizes.
    """
    proto = load_proto(file)
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


def model_within(model: Model, graph: GraphProto, types: Mapping[str, TypeProto]) -> Model:
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
    return model_within(model, held, types), list(zip(before, after, strict=False))


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
    branch = chosen_branch(model, node)
    if branch is None:
        model.nodes.append(node)
        model.makers.update(dict.fromkeys(filter(None, node.output), node))
        for each in reads(node):
            model.readers.setdefault(each, []).append(node)
        _settle(model, node)
        return
    _hold(model, renamed_branch(model, branch, node.output))


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
        model.types.update(inferred(model, node))
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


def _types(graph: GraphProto) -> Iterator[tuple[str, TypeProto]]:
    for value in (*graph.input, *graph.value_info, *graph.output):
        yield value.name, value.type
    for tensor in graph.initializer:
        yield tensor.name, helper.make_tensor_type_proto(tensor.data_type, tensor.dims)
