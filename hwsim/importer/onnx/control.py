"""Branches and loops to the multiplications in them, which run as often as the model decides."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from onnx import GraphProto, NodeProto, TypeProto, helper

from hwsim.importer.graph import Graph
from hwsim.importer.nests import Unfit
from hwsim.importer.onnx.constants import Unknown
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import attribute, bodies, body, operand, operators
from hwsim.importer.onnx.operators import MULTIPLYING, PRICED, products
from hwsim.importer.onnx.product import known
from hwsim.importer.onnx.read import model_within, repeated, stays
from hwsim.importer.onnx.recurrent import RECURRENT, recurrent
from hwsim.importer.onnx.tensors import Absent
from hwsim.importer.reasons import BRANCH, LOOP

#: Why what an operator holds has no price.
WHY: Final = {"If": BRANCH, "Loop": LOOP, "Scan": LOOP}


def multiplies(node: NodeProto) -> bool:
    """Whether the graphs that an operator holds multiply."""
    inside = {each.op_type for graph in bodies(node) for each in operators(graph.node)}
    return bool(inside & (PRICED | MULTIPLYING | RECURRENT))


def macs(model: Model, node: NodeProto) -> int | None:
    """The MACs of an operator, None if they are not known: of a branch those of the dearest, of a
    loop those of its body, as often as it runs.
    """
    try:
        if any(True for _ in bodies(node)):
            return _of_bodies(model, node) if multiplies(node) else 0
        if node.op_type in RECURRENT:
            return _of_recurrent(model, node)
        return None if node.op_type in MULTIPLYING else _of_products(model, node)
    except Unfit:
        return None


def _of_products(model: Model, node: NodeProto) -> int:
    return sum(each.layer("").macs for each in products(model, node) if not each.constant)


def _of_recurrent(model: Model, node: NodeProto) -> int:
    graph, extents = Graph(batch=1), [known(model, each) for each in node.input[:3]]
    recurrent(graph, model, node, "", extents, model.images)
    return sum(layer.macs for layer in graph.layers)


def _of_bodies(model: Model, node: NodeProto) -> int | None:
    match node.op_type:
        case "If":
            branches = [_of_all(model_within(model, each, {})) for each in bodies(node)]
            return None if None in branches else max(filter(None, branches), default=0)
        case "Loop" if held := body(node):
            return _of_loop(model, node, held)
        case "Scan" if held := body(node):
            return _of_scan(model, node, held)
        case _:
            return None


def _of_all(model: Model) -> int | None:
    """The MACs of all operators that depend on what the graph is given."""
    found = [
        macs(model, node) for node in model.nodes if not model.constant.issuperset(node.output)
    ]
    return None if None in found else sum(filter(None, found))


def _of_loop(model: Model, node: NodeProto, held: GraphProto) -> int | None:
    """Its body reads the number of the step, whether it goes on, and what the last one left."""
    inside, carried = repeated(model, node, held)
    return _times(_steps(model, node, held, inside), inside, carried)


def _of_scan(model: Model, node: NodeProto, held: GraphProto) -> int | None:
    """Its body reads what the last step left, and a slice of each of the values that it scans."""
    states = len(node.input) - attribute(node, "num_scan_inputs", 0)
    axes, types = attribute(node, "scan_input_axes", [0] * len(node.input)), dict[str, TypeProto]()
    steps = set[int | str]()
    for at, (inner, outer) in enumerate(zip(held.input, node.input, strict=False)):
        extents = model.shape(outer)
        if at < states and outer in model.types:
            types[inner.name] = model.types[outer]
        elif at >= states and extents is not None:
            axis = _axis(axes, at - states, len(extents))
            steps.add(extents[axis])
            slice_ = (*extents[:axis], *extents[axis + 1 :])
            types[inner.name] = helper.make_tensor_type_proto(model.data_type(outer), slice_)
    inside = model_within(model, held, types)
    names = [each.name for each in held.input[: max(0, states)]], [it.name for it in held.output]
    (number,) = steps if len(steps) == 1 else (None,)
    return _times(number if isinstance(number, int) else None, inside, zip(*names, strict=False))


def _axis(axes: list[int], at: int, ranks: int) -> int:
    """The axis along which a value of so many ranks is scanned."""
    axis = axes[at] if at < len(axes) else 0
    if not -ranks <= axis < ranks:
        raise Unfit(f"a value of {ranks} ranks has no axis {axis}")
    return axis % ranks


def _times(steps: int | None, inside: Model, carried: Iterable[tuple[str, str]]) -> int | None:
    """The MACs of a body at so many steps, if what it carries from one to the next keeps its
    shape.
    """
    each = _of_all(inside)
    if steps is None or each is None:
        return None
    return steps * each if stays(inside, carried) else None


def _steps(model: Model, node: NodeProto, held: GraphProto, inside: Model) -> int | None:
    """How often a loop runs, if that is constant and its body cannot end it."""
    most, begins = [*node.input, "", ""][:2]
    if len(held.input) < 2 or not held.output:
        return None
    ends = held.output[0].name
    for each in inside.behind(ends):
        if each.op_type != "Identity":
            break
        ends = operand(each, 0)
    with suppress(Absent, Unknown):
        goes_on = ends == held.input[1].name or bool(inside.value(ends).all())
        if most and goes_on and (not begins or model.value(begins).all()):
            return max(0, int(model.value(most).item()))
    return None
