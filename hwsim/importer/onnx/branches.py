"""The branch that constants choose, with names of its own for what it makes."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from onnx import GraphProto, NodeProto, helper

from hwsim.importer.onnx.constants import Unknown
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import bodies, body, operand, own_names, reads
from hwsim.importer.onnx.tensors import Absent


def chosen_branch(model: Model, node: NodeProto) -> GraphProto | None:
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


def renamed_branch(model: Model, graph: GraphProto, outputs: Sequence[str]) -> GraphProto:
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
