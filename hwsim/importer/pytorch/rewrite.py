"""A traced graph to one whose operations we know: calls of other graphs become what these hold, and
operations that hide products become the steps that torch makes of them.
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch._ops import OpOverload
from torch.fx import Graph, Node
from torch.utils import _pytree as pytree

from hwsim.importer.nests import lettered, letters_of_einsum
from hwsim.importer.pytorch.hidden import Content, content, traced
from hwsim.importer.pytorch.nodes import graphs_of, is_known, is_tensor, operation, settings, shape
from hwsim.importer.pytorch.vocabulary import PRICED

#: Operations that call a graph once, and yield what it yields.
CALLS: Final = frozenset(
    (
        "invoke_subgraph",
        "tag_activation_checkpoint",
        "wrap_with_autocast",
        "wrap_with_set_grad_enabled",
    )
)
#: By this key a node says of which operation it is a step.
STEP_OF: Final = "hwsim: step of"


def rewrite(graph: Graph) -> None:
    """Rewrite a graph in place, and all graphs that its operations hold."""
    pending = list(reversed(graph.nodes))
    while pending:
        node = pending.pop()
        if node.op != "call_function":
            continue
        for inner in graphs_of(node):
            rewrite(inner)
        if operation(node) in CALLS:
            pending += reversed(_inline(node))
        elif isinstance(node.target, OpOverload) and _hides(node):
            pending += reversed(_expand(node))


def _hides(node: Node) -> bool:
    """Whether an operation is none that is priced, and holds products."""
    known = all(is_tensor(one) and is_known(one) for one in node.all_input_nodes)
    if not known or node.meta.get(STEP_OF) == operation(node):
        return False
    if operation(node) in PRICED:
        return operation(node) == "einsum" and not _is_product(node)
    return content(node) is Content.PRODUCTS


def _is_product(node: Node) -> bool:
    """Whether an Einstein sum is a product of two tensors: it sums what both have, and no more."""
    given = settings(node)
    operands = given["tensors"]
    if len(operands) < 2:
        return True
    *terms, kept = letters_of_einsum(given["equation"], [len(shape(one)) for one in operands])
    extents = [lettered(shape(one), term) for one, term in zip(operands, terms, strict=True)]
    once = {letter for one in extents for letter in one if sum(letter in it for it in extents) < 2}
    repeats = any(len(set(term)) < len(term) for term in terms)
    sums = any(letter not in kept for one in extents for letter in one)
    return len(terms) == 2 and sums and not repeats and once <= set(kept)


def _inline(node: Node) -> list[Node]:
    """Put the operations of the graph that is called in the place of its call."""
    (inner,) = graphs_of(node)
    places = [one for one in inner.nodes if one.op == "placeholder"]
    operands = node.args[len(node.args) - len(places) :] if places else ()
    return _splice(node, inner, operands)


def _expand(node: Node) -> list[Node]:
    """Put the steps that torch makes of an operation in its place."""
    leaves = pytree.tree_leaves((node.args, dict(node.kwargs)))
    operands = [leaf for leaf in leaves if isinstance(leaf, Node)]
    return _splice(node, traced(node).graph, operands, step_of=operation(node))


def _splice(node: Node, inner: Graph, operands: Sequence[Any], step_of: str = "") -> list[Node]:
    """Copy a graph, whose inputs are the operands, before a node, which then goes."""
    copies = list[Node]()
    known = dict(
        zip((one for one in inner.nodes if one.op == "placeholder"), operands, strict=True)
    )
    with node.graph.inserting_before(node):
        for one in inner.nodes:
            if one.op == "output":
                results = torch.fx.map_arg(one.args[0], known.__getitem__)
            elif one.op != "placeholder":
                known[one] = _copy(node, one, known, step_of)
                copies.append(known[one])
    if isinstance(results, Node):
        _replace(node, results, own=results in copies)
    else:
        for user in list(node.users):
            assert operation(user) == "getitem"
            made = results[user.args[1]]
            _replace(user, made, own=made in copies)
            node.graph.erase_node(user)
    node.graph.erase_node(node)
    return copies


def _replace(node: Node, made: Node, *, own: bool) -> None:
    """Let all read what is `made` in the place of the node; it lies where the node's result lay."""
    if own:
        made.meta["val"] = node.meta["val"]
    node.replace_all_uses_with(made)


def _copy(node: Node, one: Node, known: dict[Node, Any], step_of: str) -> Node:
    """A copy of an operation of another graph, in the node's module."""
    copy = node.graph.node_copy(one, known.__getitem__)
    if one.op == "get_attr":
        owner = node.graph.owning_module
        copy.target = name = f"{copy.name}_of_{node.name}"
        setattr(owner, name, getattr(one.graph.owning_module, str(one.target)))
    if step_of:
        copy.meta["nn_module_stack"] = node.meta.get("nn_module_stack")
        copy.meta[STEP_OF] = step_of
    return copy
