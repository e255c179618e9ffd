"""An operation to what it multiplies: products under another name, nothing, or nobody knows what.

Torch is asked: the operation runs on shapes alone, and each step that torch makes of it is seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from math import inf, prod
from typing import Any, Final

import torch
from torch import Tensor
from torch._decomp import decomposition_table
from torch._ops import OpOverload
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx import Node
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.experimental.symbolic_shapes import ShapeEnv
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode, flop_registry

from hwsim.importer.pytorch.nodes import (
    graphs_of,
    is_known,
    operation,
    plain_name,
    settings,
    shape,
    yields_tensors,
)
from hwsim.importer.pytorch.vocabulary import CORE_PRODUCTS, HARMLESS, OURS, PRICED, RECURRENT

#: Tags of operations without products; an older torch lacks some, and asks its steps instead.
_TAGS: Final = tuple(
    getattr(torch.Tag, name)
    for name in ("core", "pointwise", "reduction", "view_copy")
    if hasattr(torch.Tag, name)
)
#: Products of rows with one of several matrices each; the other one is that of transformers.
_GROUPED: Final = ("_grouped_mm", "grouped_mm_fallback")
_DISTANCES: Final = ("_cdist_forward", "_pdist_forward", "cdist", "pdist")
#: Why operations whose products we know have no price.
_WHY: Final = {
    **dict.fromkeys(_GROUPED, "which rows meet which matrix is known only as the model runs"),
    **dict.fromkeys(
        _DISTANCES, "it sums powers of differences, which is no product of two tensors"
    ),
    **dict.fromkeys(RECURRENT, "how long each sequence is is known only as the model runs"),
}


class Content(Enum):
    """What an operation holds."""

    NOTHING = "no product"
    PRODUCTS = "products that are priced"
    UNKNOWN = "perhaps products"


#: An operation and its arguments, tensors as shapes and kinds of numbers.
Call = tuple[OpOverload, tuple[object, ...], Any]


@dataclass(frozen=True, slots=True)
class _Shape:
    """A tensor without its elements."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: torch.dtype

    def tensor(self) -> Tensor:
        """Such a tensor."""
        return torch.empty_strided(self.sizes, self.strides, dtype=self.dtype)


def unread(node: Node) -> str:
    """Why an operation, which is not priced and takes no graph that multiplies, may multiply all
    the same; nothing if it does not.
    """
    name = operation(node)
    if isinstance(node.target, OpOverload):
        known = content(node) is Content.NOTHING
    else:
        known = any(graphs_of(node)) or name == "getitem" or not yields_tensors(node)
    return "" if known else _WHY.get(name, f"what {name} multiplies is not known")


def counted(node: Node) -> int | None:
    """The MACs of an operation that is not priced, if they are known without running it."""
    if not isinstance(node.target, OpOverload) or not all(map(is_known, node.all_input_nodes)):
        return None
    name = operation(node)
    if name not in (*_GROUPED, *_DISTANCES):
        return _macs(node)
    left, right = node.args[0], node.args[1] if len(node.args) > 1 else None
    assert isinstance(left, Node)
    if name in _DISTANCES:
        return prod(shape(node)) * shape(left)[-1]
    assert isinstance(right, Node)
    return prod(shape(left)) * shape(right)[-1]


def content(node: Node) -> Content:
    """What an operation of torch holds."""
    assert isinstance(node.target, OpOverload)
    name = plain_name(node.target)
    if name in PRICED:
        return Content.PRODUCTS
    if name in RECURRENT:
        return Content.UNKNOWN
    if name in _DISTANCES and settings(node)["p"] in (0, 1, inf):
        return Content.NOTHING  # it adds or compares differences, and multiplies none
    return Content.NOTHING if _is_harmless(node.target) else _content(*_call(node))


def _macs(node: Node) -> int | None:
    """The MACs that torch's counter finds in an operation, if it knows any."""
    target, leaves, spec = _call(node)
    counter = FlopCounterMode(display=False)
    try:
        with torch.no_grad(), FakeTensorMode(), counter:
            _apply(target, leaves, spec)
    except Exception:  # noqa: BLE001 - torch cannot run it on shapes, in whatever words
        return None
    return counter.get_total_flops() // 2 or None


def traced(node: Node) -> torch.fx.GraphModule:
    """The operation as a graph of torch's own steps, whose inputs are its tensors in order."""
    target, leaves, spec = _call(node)
    places = [at for at, leaf in enumerate(leaves) if isinstance(leaf, _Shape)]

    def run(*tensors: Tensor) -> Any:
        given = list(leaves)
        for at, tensor in zip(places, tensors, strict=True):
            given[at] = tensor
        return _run(target, given, spec)

    with torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True):
        tensors = [leaf.tensor() for leaf in leaves if isinstance(leaf, _Shape)]
        return make_fx(run, {target: known} if (known := _made_of(target)) else {})(*tensors)


def _call(node: Node) -> Call:
    """The operation and its arguments; sizes that are open are some size."""
    leaves, spec = pytree.tree_flatten((node.args, dict(node.kwargs)))
    return node.target, tuple(_known(leaf) for leaf in leaves), spec  # type: ignore[return-value]


def _known(leaf: object) -> object:
    if isinstance(leaf, Node):
        leaf = leaf.meta.get("val")
    if isinstance(leaf, Tensor):
        sizes = tuple(_size(size) for size in leaf.shape)
        return _Shape(sizes, tuple(_size(one) for one in leaf.stride()), leaf.dtype)
    if isinstance(leaf, torch.SymInt):
        return _size(leaf)
    if isinstance(leaf, torch.SymFloat):
        return 1.0
    return True if isinstance(leaf, torch.SymBool) else leaf


def _size(size: int | torch.SymInt) -> int:
    """A size, or eight for each number in it that is known only as the model runs."""
    if isinstance(size, int):
        return size
    expression = size.node.expr
    return int(expression.xreplace(dict.fromkeys(expression.free_symbols, 8)))


@cache
def _content(target: OpOverload, leaves: tuple[object, ...], spec: Any) -> Content:
    steps = _Steps()
    try:
        with torch.no_grad(), FakeTensorMode(shape_env=ShapeEnv()), steps:
            _apply(target, leaves, spec)
    except Exception:  # noqa: BLE001 - torch cannot run it on shapes, in whatever words
        return Content.UNKNOWN
    if steps.unknown:
        return Content.UNKNOWN
    return Content.PRODUCTS if steps.products else Content.NOTHING


def _apply(target: OpOverload, leaves: tuple[object, ...], spec: Any) -> None:
    _run(target, [one.tensor() if isinstance(one, _Shape) else one for one in leaves], spec)


def _run(target: OpOverload, leaves: list[object], spec: Any) -> Any:
    args, kwargs = pytree.tree_unflatten(leaves, spec)
    function: Callable[..., Any] = OURS.get(plain_name(target), target)
    return function(*args, **kwargs)


class _Steps(TorchDispatchMode):  # type: ignore[no-untyped-call] # torch's own metaclass
    """Sees the steps that torch makes of an operation."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # nor is it annotated
        self.products = set[str]()
        self.unknown = set[str]()

    def __torch_dispatch__(
        self, func: OpOverload, types: object, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Make the step, or those that it is made of."""
        kwargs = kwargs or {}
        if plain_name(func) in PRICED:
            self.products.add(plain_name(func))
        elif not _is_harmless(func):
            if steps := _made_of(func):
                with self:
                    return steps(*args, **kwargs)
            self.unknown.add(plain_name(func))
        return func(*args, **kwargs)


def _made_of(target: OpOverload) -> Callable[..., Any] | None:
    """What computes an operation from others."""
    return target.decompose if target._can_decompose() else decomposition_table.get(target)


@cache
def _is_harmless(target: OpOverload) -> bool:
    """Whether torch's tags, or our list, say that an operation multiplies no matrices: it moves
    elements, computes each by itself, or reduces them.
    """
    name = plain_name(target)
    if target.namespace not in ("aten", "prim", "prims") or "backward" in name:
        return False
    packet = getattr(torch.ops.aten, name, target._overloadpacket)
    if packet in flop_registry or name in CORE_PRODUCTS:
        return False
    return (
        name in HARMLESS
        or target.is_view
        or not any("Tensor" in str(one.type) for one in target._schema.returns)
        or any(tag in getattr(packet, one).tags for one in packet.overloads() for tag in _TAGS)
    )
