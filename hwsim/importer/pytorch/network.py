"""A PyTorch module to a network: the graph of its operations, and a nest for each that is priced.

torch.export traces it: of all of torch's tracers it alone follows plain Python code, and gives the
shape, the module and the parameters of every operation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from torch import nn
from torch.fx import Node

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.graph import Graph
from hwsim.importer.nests import Unfit
from hwsim.importer.pytorch.operations import (
    PRICED,
    SAME,
    SCORES,
    Product,
    is_tensor,
    kind,
    operation,
    products,
    shape,
)
from hwsim.importer.pytorch.recurrent import RECURRENT, recurrent
from hwsim.importer.pytorch.trace import Inputs, Trace, trace
from hwsim.vocabulary import LARGEST_BATCH, WEIGHTS
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network

#: Modules that are one node, though torch computes them in many steps.
WHOLE = {"torch.nn.modules.normalization.LocalResponseNorm": "lrn"}


def from_torch(
    model: nn.Module, example_inputs: Inputs, *, batch: int | None = None, name: str | None = None
) -> Network:
    """The network of a PyTorch module, in evaluation, at the batch of the example or another one.

    Layers have the qualified names of their modules, and the density of their weights; what no
    module of its own computes has its module's name and the operation's. The batch is the first
    rank of the inputs. The model is traced by torch.export, not run.

    Raises:
        NotImported: torch cannot trace it, or all priced operations that do not fit a loop nest.
        ValueError: `batch` is not from 1 to `LARGEST_BATCH`.
    """
    if batch is not None and not 1 <= batch <= LARGEST_BATCH:
        raise ValueError(f"a batch has from 1 to {LARGEST_BATCH} images, not {batch}")
    traced = trace(model, example_inputs, batch, name or "")
    network, priced = read(traced)
    return network.containing({one.layer.name: weights(traced, one) for one in priced})


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A priced layer, and the operation, or the part of one, that it is."""

    layer: Layer
    node: Node
    product: Product


def weights(traced: Trace, priced: Priced) -> Data:
    """What is known of a layer without running it: the share of its weights that are not zero."""
    if priced.product.right.name not in traced.constant:
        return Data()
    tensor = traced.value(priced.product.right)
    return Data(densities={WEIGHTS: Fraction(int(tensor.count_nonzero()), tensor.numel())})


def read(traced: Trace) -> tuple[Network, list[Priced]]:
    """The network of a trace, and what is priced of it.

    Raises:
        NotImported: all priced operations that do not fit a loop nest.
    """
    graph = Graph(batch=traced.batch)
    graph.enter(traced.inputs)
    priced, faults = list[Priced](), list[Fault]()
    for node in traced.nodes:
        if node.name in traced.constant:
            continue
        try:
            found = list(products(node, traced))
            if operation(node) in RECURRENT:
                made = recurrent(graph, _name(traced, node), node)
                priced += [Priced(layer=layer, node=node, product=one) for layer, one in made]
            elif found:
                priced += _priced(graph, traced, node, found)
            else:
                _pass(graph, traced, node)
        except Unfit as error:
            faults.append(Fault(_name(traced, node), str(error)))
    if faults:
        raise NotImported(traced.name, faults)
    title = f"{traced.name}, from PyTorch"
    return graph.network(traced.name, title, type(traced.model).__qualname__), priced


def _priced(graph: Graph, traced: Trace, node: Node, found: Sequence[Product]) -> Iterator[Priced]:
    """Enter the products of an operation, and what stands between them."""
    path = _module(node)[0]
    of_parts = f"{path}." if path else "attention."
    stem = of_parts if found[0].part else _name(traced, node, found[0].right)
    for product in found:
        name = graph.name(stem + product.part)
        layer = product.layer(name)
        operands = (product.left, product.right)
        sources = tuple(dict.fromkeys(graph.sources(one.name for one in operands)))
        graph.price(layer, sources, _rows_by_columns(node, product))
        graph.made[node.name] = name
        yield Priced(layer=layer, node=node, product=product)
        if product.part == SCORES:
            softmax = graph.name(f"{stem}softmax")
            graph.add(softmax, "softmax", (name,), _rows_by_columns(node, product), node.name)


def _rows_by_columns(node: Node, product: Product) -> tuple[int, ...]:
    """What the product yields: what the operation does, or the scores of tokens by tokens."""
    if product.part != SCORES:
        return shape(node)
    return (*shape(product.left)[:-1], shape(product.right)[-2])


def _pass(graph: Graph, traced: Trace, node: Node) -> None:
    """Enter an operation that is not priced; parts of what yields several tensors stand for it."""
    inside = [name for name in _operations_inside(node) if name in PRICED | RECURRENT]
    if inside:
        raise Unfit(f"{operation(node)} holds {', '.join(inside)}, which cannot be read there")
    made = node.args[0] if operation(node) == "getitem" else node
    assert isinstance(made, Node)
    if not is_tensor(node) or not (made is node or node.users):
        return
    if made is not node and made.name in graph.made:
        graph.made[node.name] = graph.made[made.name]
        return
    sources = graph.sources(source.name for source in made.all_input_nodes)
    _, of, call = _module(node)
    if operation(node) in SAME:
        graph.made |= dict(zip([node.name], sources, strict=False))
    elif of in WHOLE and _module(node.prev)[2] == call and node.prev.name in graph.made:
        graph.extend(shape(node), node.name)
    else:
        name = graph.name(_name(traced, made))
        what = WHOLE.get(of) or kind(made, len(sources))
        graph.add(name, what, sources, shape(node), node.name)


def _operations_inside(node: Node) -> Iterator[str]:
    """The operations of the graphs that an operation takes, as loops and branches do."""
    for source in node.all_input_nodes:
        inner = getattr(node.graph.owning_module, str(source.target), None)
        if source.op == "get_attr" and isinstance(inner, nn.Module):
            for module in inner.modules():
                for one in getattr(getattr(module, "graph", None), "nodes", ()):
                    yield operation(one)


def _module(node: Node) -> tuple[str, str, str]:
    """The innermost module at work: its qualified name, its class, and which call of it this is."""
    stack: Mapping[str, tuple[str, str | type]] = node.meta.get("nn_module_stack") or {"": ("", "")}
    call, (path, of) = list(stack.items())[-1]
    return path, of if isinstance(of, str) else f"{of.__module__}.{of.__qualname__}", call


def _name(traced: Trace, node: Node, weights: Node | None = None) -> str:
    """The module's name if the operation is what torch's module of that name does; else that of the
    parameter, without `weight`; else the module's and the operation's.
    """
    path, of, _ = _module(node)
    module = traced.model.get_submodule(path) if path else traced.model
    if path and of.startswith("torch.nn.modules.") and not any(module.children()):
        return path
    own = _parameter(traced, weights) if weights else ""
    stem = own.rpartition("weight")[0].rstrip("._") if "weight" in own else own
    if stem:
        return stem.removesuffix(".parametrizations")
    return f"{path}.{operation(node)}" if path else operation(node)


def _parameter(traced: Trace, node: Node) -> str:
    """The qualified name of the first parameter that a constant is computed from, if it is one."""
    if node.name not in traced.constant:
        return ""
    while node.name not in traced.parameters and node.all_input_nodes:
        node = node.all_input_nodes[0]
    return traced.parameters.get(node.name, "")
