"""An operator to the name of its layer: its weights', its module's, or its own."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from onnx import NodeProto

from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import yielded
from hwsim.importer.onnx.operators import MULTIPLYING, PRICED, SIGNATURES, kind
from hwsim.importer.onnx.recurrent import RECURRENT

#: What is behind the name of a parameter: numbers, and what was made of it.
_TAIL: Final = r"(_\d+|:\d+)?(_[Tt]ransposed|_quantized|_Q\d\w*|_Dequant\w+)*"
#: A weight `conv1.weight` (PyTorch), `conv1_w_0` (Caffe2) or `conv1/kernel` is conv1's.
_WEIGHT: Final = re.compile(rf"(?P<layer>.+)[._/](weight|w|W|kernel){_TAIL}")
_BIAS: Final = re.compile(rf"(?P<layer>.+)[._/](bias|b|B){_TAIL}")
#: So far may a bias be behind a product of integers: a cast, a scale, an addition.
_STEPS: Final = 3
#: What torch.onnx writes beside an operator: the modules that it is in, by their names and classes.
_SCOPES: Final = "pkg.torch.onnx.name_scopes"
_CLASSES: Final = "pkg.torch.onnx.class_hierarchy"
#: So torch's older exporter calls an operator: by the module that it is in, the module's by those
#: that hold it; and ONNX Runtime one that it has quantised.
_PATH: Final = re.compile(r"/(?P<modules>.+)/[A-Z][A-Za-z]*(_\d+)?(_quant)?")
#: Modules of torch that compute in several steps.
_MANY: Final = re.compile(r"\.(MultiheadAttention|Transformer\w*)$")


def name_of(model: Model, node: NodeProto) -> str:
    """What the operator is called."""
    return (
        _of_weights(model, node)
        or _of_module(node)
        or _of_path(model, node)
        or _of_bias(model, node)
        or node.name
        or yielded(node)
    )


def _of_weights(model: Model, node: NodeProto) -> str | None:
    if node.op_type not in PRICED:
        return None
    right = SIGNATURES[node.op_type].right if node.op_type in SIGNATURES else 1
    operands = (*node.input[:1], *node.input[right : right + 1])
    return _whose(_WEIGHT, model, operands)


def _of_bias(model: Model, node: NodeProto) -> str | None:
    """After the modules, as exporters keep biases that are equal only once."""
    if node.op_type not in PRICED:
        return None
    return _whose(_BIAS, model, (*node.input[2:], *_added(model, node)))


def _whose(pattern: re.Pattern[str], model: Model, operands: Iterable[str]) -> str | None:
    """The layer of the parameter that an operand is, or is made of, as one that is turned."""
    for operand in operands:
        if operand not in model.constant:
            continue
        before = (each for node in model.behind(operand) for each in node.input[:1])
        for parameter in (operand, *before):
            if named := pattern.fullmatch(parameter):
                return named.group("layer")
    return None


def _added(model: Model, node: NodeProto) -> Iterator[str]:
    """What is added to what a product yields, perhaps after it is made a number of its scale."""
    for _ in range(_STEPS):
        readers = model.readers.get(yielded(node), ())
        if len(readers) != 1:
            return
        (node,) = readers
        if node.op_type == "Add":
            yield from node.input
        if node.op_type not in ("Cast", "Mul"):
            return


def _of_module(node: NodeProto) -> str | None:
    """The qualified name of the innermost module; of what is not all that torch's module computes,
    with the operation behind it.
    """
    said = {each.key: each.value for each in node.metadata_props}
    scopes, classes = _listed(said.get(_SCOPES, "")), _listed(said.get(_CLASSES, ""))
    if len(scopes) < 2 or not scopes[-2]:
        return None
    of = classes[-2] if len(classes) == len(scopes) else ""
    whole = of.startswith("torch.nn.modules") and not _MANY.search(of)
    return scopes[-2] if whole else f"{scopes[-2]}.{kind(node)}"


def _of_path(model: Model, node: NodeProto) -> str | None:
    """The module that is the product alone, or the layers of the recurrent one; a bias may say of
    which other modules it is a part.
    """
    path, within = _path(node), _products_by_path(model).get(_path(node), [])
    if not any(each is node for each in within):
        return None
    if len(within) > 1:
        layered = all(each.op_type in RECURRENT for each in within)
        numbers = [at for at, each in enumerate(within) if each is node]
        return f"{path}.{numbers[0]}" if layered else None
    if node.op_type in PRICED and model.constant.isdisjoint(node.input):
        return f"{path}.{kind(node)}"
    biased = _of_bias(model, node) or ""
    return biased if biased.endswith(f".{path}") else path


def _path(node: NodeProto) -> str:
    """The qualified name of the module in an operator's name; a module among several of one
    container has the container's name before its own.

    >>> _path(NodeProto(name="/body/layer1/layer1.0/conv/Conv_2"))
    'body.layer1.0.conv'
    """
    named, path = _PATH.fullmatch(node.name), list[str]()
    for module in named["modules"].split("/") if named else ():
        if path and module.startswith(f"{path[-1]}."):
            path.pop()
        path.append(module)
    return ".".join(path)


def _products_by_path(model: Model) -> dict[str, list[NodeProto]]:
    """The operators that multiply, by the module that they are in."""
    if not model.modules:
        for node in model.nodes:
            if node.op_type in PRICED | MULTIPLYING | RECURRENT and (path := _path(node)):
                model.modules.setdefault(path, []).append(node)
    return model.modules


def _listed(text: str) -> list[str]:
    """A list of texts as Python writes it, empty for anything else."""
    try:
        items = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []
