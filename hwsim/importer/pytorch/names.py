"""What an operation is called: by its module, the parameter it reads, or torch."""

from collections.abc import Mapping

from torch.fx import Node

from hwsim.importer.pytorch.nodes import operation
from hwsim.importer.pytorch.rewrite import STEP_OF
from hwsim.importer.pytorch.trace import Trace
from hwsim.importer.pytorch.vocabulary import PRICED


def module_of(node: Node) -> tuple[str, str, str]:
    """The innermost module at work: its qualified name, its class, and which call of it this is."""
    stack: Mapping[str, tuple[str, str | type]] = node.meta.get("nn_module_stack") or {"": ("", "")}
    call, (path, of) = list(stack.items())[-1]
    return path, of if isinstance(of, str) else f"{of.__module__}.{of.__qualname__}", call


def name_of(traced: Trace, node: Node, weights: Node | None = None) -> str:
    """The module's name if the operation is what torch's module of that name does; else that of the
    parameter, without `weight`; else the module's and the operation's, which a product that is a
    step of another operation has from that one.
    """
    path, of, _ = module_of(node)
    module = traced.model.get_submodule(path) if path else traced.model
    if path and of.startswith("torch.nn.modules.") and not any(module.children()):
        return path
    own = _parameter(traced, weights) if weights else ""
    stem = own.rpartition("weight")[0].rstrip("._") if "weight" in own else own
    if stem:
        return stem.removesuffix(".parametrizations")
    last = operation(node)
    if last in PRICED:
        last = node.meta.get(STEP_OF, last)
    return f"{path}.{last}" if path else last


def _parameter(traced: Trace, node: Node) -> str:
    """The qualified name of the first parameter that a constant is computed from, if it is one."""
    if node.name not in traced.constant:
        return ""
    while node.name not in traced.parameters and node.all_input_nodes:
        node = node.all_input_nodes[0]
    return traced.parameters.get(node.name, "")
