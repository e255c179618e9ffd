"""The operands of a product, as the model runs, to how many of their elements are not zero."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.fx import Node
from torch.utils import _pytree as pytree

from hwsim.importer.pytorch.nodes import settings
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS

#: What operations have yielded.
Yielded = Mapping[Node, Any]
#: Elements that are not zero, and all elements, by tensor.
Nonzeros = dict[str, tuple[int, int]]
#: What the tensors of a layer hold that its operation reads, or makes and does not yield.
Contents = Callable[[Yielded], Nonzeros]

#: Attention in plain steps, which yields the weights of attention as well.
_PLAIN: Final = torch.ops.aten._scaled_dot_product_attention_math.default
#: Torch's names of what is added to the scores.
_MASKS: Final = ("attn_mask", "attn_bias")


def nonzeros(tensor: Tensor) -> tuple[int, int]:
    """How many elements are not zero, of how many, in numbers of any kind.

    >>> nonzeros(torch.tensor([0, 2]).to(torch.float8_e5m2))
    (1, 2)
    """
    countable = tensor if tensor.element_size() > 1 else tensor.bool()  # as floats of 8 bits
    return int(countable.count_nonzero()), tensor.numel()


def first_tensor(result: Any) -> Tensor:
    """Of what an operation yields, the first tensor."""
    tensor: Tensor = next(leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, Tensor))
    return tensor


def of_operands(left: Node | None, right: Node | None = None) -> Contents:
    """The contents of operands that are known only as the model runs."""
    named = {INPUTS: left, WEIGHTS: right}

    def count(values: Yielded) -> Nonzeros:
        return {tensor: nonzeros(values[one]) for tensor, one in named.items() if one is not None}

    return count


# --- Convolutions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Where the windows of a convolution lie, axis by axis: how many and how large they are, from
    one to the next, from one of its elements to the next, and zeros before the first element.
    """

    positions: Sequence[int]
    kernel: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]
    padding: Sequence[int]

    def touched(self, inputs: Tensor) -> Tensor:
        """The elements that are in a window, without padding."""
        axes = zip(
            *(self.positions, self.kernel, self.stride, self.dilation, self.padding), strict=True
        )
        for axis, (p, k, step, gap, pad) in enumerate(axes, inputs.ndim - len(self.kernel)):
            extent = inputs.shape[axis]
            indices = {step * at + gap * tap - pad for at, tap in product(range(p), range(k))}
            kept = sorted(index for index in indices if 0 <= index < extent)
            if len(kept) < extent:
                inputs = inputs.index_select(axis, torch.tensor(kept, device=inputs.device))
        return inputs


def of_convolution(inputs: Node, windows: Windows | None, words: Callable[[], int]) -> Contents:
    """The contents of a convolution's inputs, of so many words with the padding, or, of a
    transposed one, with the zeros between; that one has no windows.
    """

    def count(values: Yielded) -> Nonzeros:
        given = values[inputs]
        return {INPUTS: (nonzeros(windows.touched(given) if windows else given)[0], words())}

    return count


# --- Attention -------------------------------------------------------------------------------


def of_attention(
    node: Node, left: Node | None, right: Node | None, *, scores: bool = False
) -> Contents:
    """The contents of operands of a product of attention, among which the operation itself stands
    for the weights of attention, after softmax; these are what is stored for the scores.
    """
    count = of_operands(left, right)

    def count_with_weights(values: Yielded) -> Nonzeros:
        attention = _weights_of_attention(node, values)
        stored = {OUTPUTS: nonzeros(attention)} if scores else {}
        return {**count({**values, node: attention}), **stored}

    return count_with_weights


def _weights_of_attention(node: Node, values: Yielded) -> Tensor:
    if not isinstance(node.target, OpOverload):
        return _of_identity(node, values)
    given = dict(_given(settings(node), values))
    mask = next((given.pop(name) for name in _MASKS if name in given), None)
    given["attn_mask"] = _additive(mask, given["query"])
    known = {one.name for one in _PLAIN._schema.arguments}
    result = _PLAIN(**{name: each for name, each in given.items() if name in known})
    attention: Tensor = result[1]
    return attention


def _of_identity(node: Node, values: Yielded) -> Tensor:
    """The weights by which any attention, whatever its scores are, mixes values: what it yields
    for values that are the rows of the identity matrix.
    """
    assert callable(node.target)
    given, named = _given((node.args, node.kwargs), values)
    query, key, value, *others = given
    tokens = torch.eye(value.shape[-2], dtype=value.dtype, device=value.device)
    identity = tokens.expand(*value.shape[:-1], -1)
    return first_tensor(node.target(query, key, identity, *others, **named))


def _given(arguments: Any, values: Yielded) -> Any:
    """The arguments, with what the operations among them have yielded."""
    return torch.fx.map_arg(arguments, values.__getitem__)


def _additive(mask: Tensor | None, query: Tensor) -> Tensor | None:
    """A mask that is added to the scores."""
    if mask is None or mask.dtype is not torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=query.dtype).masked_fill(~mask, float("-inf"))
