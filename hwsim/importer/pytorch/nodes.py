"""What a node of torch's graphs says of itself."""

from collections.abc import Iterator
from typing import Any

from torch import SymInt, Tensor
from torch._ops import OpOverload
from torch.fx import Graph, GraphModule, Node
from torch.utils import _pytree as pytree

from hwsim.importer.nests import Unfit


def operation(node: Node) -> str:
    """Torch's name of the operation, the same whether it works in place."""
    if isinstance(node.target, OpOverload):
        return plain_name(node.target)
    return str(getattr(node.target, "__name__", node.target))


def plain_name(target: OpOverload) -> str:
    """Torch's name of an operation, the same whether it works in place.

    >>> import torch
    >>> plain_name(torch.ops.aten.relu_.default)
    'relu'
    """
    return str(target._schema.name.partition("::")[2].rstrip("_"))


def settings(node: Node) -> dict[str, Any]:
    """The operation's arguments by name, with the defaults of its schema."""
    assert isinstance(node.target, OpOverload)
    declared = node.target._schema.arguments
    given = {one.name: one.default_value for one in declared if one.has_default_value()}
    return given | dict(zip((one.name for one in declared), node.args, strict=False)) | node.kwargs


def written_arguments(node: Node) -> Iterator[Any]:
    """The arguments that the operation writes to."""
    if isinstance(node.target, OpOverload):
        given = settings(node)
        for one in node.target._schema.arguments:
            if one.alias_info and one.alias_info.is_write:
                yield from pytree.tree_leaves(given.get(one.name))


def graphs_of(node: Node) -> Iterator[Graph]:
    """The graphs that an operation takes, as loops and branches do, without those in them."""
    for source in node.all_input_nodes:
        inner = getattr(node.graph.owning_module, str(source.target), None)
        if source.op == "get_attr" and isinstance(inner, GraphModule):
            yield inner.graph


def is_transform(node: Node) -> bool:
    """Whether the node begins or ends a transform of `torch.func`, as `vmap`: operations between
    see tensors that lack a rank, or have tangents.
    """
    return getattr(node.target, "__module__", "") == "torch._functorch.predispatch"


def is_tensor(node: Node) -> bool:
    """Whether the node yields a single tensor."""
    return isinstance(node.meta.get("val"), Tensor)


def yields_tensors(node: Node) -> bool:
    """Whether there are tensors among what the node yields."""
    return any(isinstance(leaf, Tensor) for leaf in pytree.tree_leaves(node.meta.get("val")))


def is_known(node: Node) -> bool:
    """Whether the sizes of what the node yields are known before the model runs."""
    return all(isinstance(extent, int) for extent in _sizes(node))


def shape(node: Node) -> tuple[int, ...]:
    """The shape of what the node yields, of several tensors the first.

    Raises:
        Unfit: it is known only as the model runs.
    """
    if not is_known(node):
        sizes = (str(size) if isinstance(size, int) else "?" for size in _sizes(node))
        what = f"the shape of {node.name} is known only as the model runs"
        raise Unfit(f"{what}: {' x '.join(sizes)}")
    return _sizes(node)


def _sizes(node: Node) -> tuple[Any, ...]:
    """The shape of the first tensor that a node yields, or the number that it yields."""
    leaves = pytree.tree_leaves(node.meta.get("val"))
    tensors = (tuple(leaf.shape) for leaf in leaves if isinstance(leaf, Tensor))
    return next(tensors, tuple(leaf for leaf in leaves if isinstance(leaf, SymInt)))
