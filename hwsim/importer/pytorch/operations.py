"""What torch's operations are to us: products that are priced, kinds that only pass shapes on."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Final

from torch._ops import OpOverload
from torch.fx import Node

from hwsim.importer.nests import (
    Extents,
    Unfit,
    convolution_of,
    lettered,
    letters_of_einsum,
    letters_of_matmul,
    product_of,
)
from hwsim.importer.pytorch.contents import (
    Contents,
    Windows,
    of_attention,
    of_convolution,
    of_operands,
)
from hwsim.importer.pytorch.nodes import is_known, operation, settings, shape
from hwsim.importer.pytorch.trace import Trace
from hwsim.importer.pytorch.vocabulary import ATTENTION, CONVOLUTIONS, PRODUCTS
from hwsim.vocabulary import INPUTS
from hwsim.workload.layer import Layer

#: Operations whose result is what they read.
SAME: Final = frozenset(
    ("detach", "alias", "clone", "contiguous", "to", "_to_copy", "lift_fresh_copy")
)
#: The kinds of other operations; those that are not here keep torch's name.
OPERATION_KINDS: Final = {
    "avg_pool": "average_pool",
    "cat": "concatenation",
    "concat": "concatenation",
    "feature_dropout": "dropout",
    "hardtanh": "relu",
    "permute": "transpose",
    "relu6": "relu",
    "squeeze": "reshape",
    "t": "transpose",
    "unflatten": "reshape",
    "unsqueeze": "reshape",
    "view": "reshape",
}
SCORES, CONTEXT = "scores", "context"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Multiplications and additions that an operation is made of: all of them, or a `part`.

    `left` yields the layer's inputs and `right` its weights; `layer` makes it, given its name. If
    both are `constant`, it is computed before any image. What a part yields is of this `shape`.
    `contents` counts what is in its tensors as the model runs; what is in its outputs is what the
    operation yields, if it `yields` them.
    """

    left: Node
    right: Node
    layer: Callable[[str], Layer]
    contents: Contents
    part: str = ""
    yields: bool = True
    shape: tuple[int, ...] = ()
    constant: bool = False


def kind(node: Node, sources: int) -> str:
    """The kind of an operation that is not priced."""
    name = operation(node)
    stem = re.sub("[123]d$", "", name.removesuffix("_with_indices"))
    if stem == "add" and sources > 1:
        return "addition"
    if stem == "adaptive_avg_pool":
        whole = is_known(node) and prod(shape(node)[2:]) == 1
        return "global_average_pool" if whole else "adaptive_average_pool"
    if stem == "hardtanh" and settings(node)["min_val"] != 0:
        return stem
    return OPERATION_KINDS.get(stem, stem)


def products(node: Node, trace: Trace) -> Iterator[Product]:
    """What is priced of the operation: nothing of those that are not `PRICED`.

    Raises:
        Unfit: its loops are none of ours.
    """
    name = operation(node)
    if name in CONVOLUTIONS:
        yield _convolution(node, trace)
    elif name in PRODUCTS:
        given = settings(node)
        left, right = (given[operand] for operand in PRODUCTS[name])
        of_left, of_right, summed = _letters(node, left, right)
        operands = [lettered(shape(left), of_left), lettered(shape(right), of_right)]
        yield _product(trace, (left, right), operands, {*of_left, *of_right} - summed)
    elif name == "einsum":
        yield from _einsum(node, trace)
    elif name in ATTENTION:
        yield from _attention(node, trace)


def _letters(
    node: Node, left: Node, right: Node
) -> tuple[tuple[str, ...], tuple[str, ...], set[str]]:
    """The letters of both operands of a matrix product, and those that it sums over."""
    name = operation(node)
    ranks = len(shape(left)), len(shape(right))
    of_left, of_right = letters_of_matmul(*ranks)
    if name == "addbmm":
        return of_left, of_right, {"2", "k"}
    if name == "linalg_vecdot":
        of_left, of_right = (tuple(map(str, range(-rank, 0))) for rank in ranks)
        return of_left, of_right, {str(min(settings(node)["dim"], -1))}
    turned = name in ("linear", "_weight_int8pack_mm")
    return of_left, tuple(reversed(of_right)) if turned else of_right, {"k"}


def _convolution(node: Node, trace: Trace) -> Product:
    given = settings(node)
    inputs, weights = given["input" if "input" in given else "self"], given["weight"]
    kernel, transposed = shape(weights)[2:], is_transposed(node)
    axes = len(kernel)
    stride, dilation = each(given["stride"], axes), each(given.get("dilation", 1), axes)

    def layer(name: str) -> Layer:
        return convolution_of(
            name,
            inputs=_with_images(shape(inputs), axes),
            weights=shape(weights),
            outputs=_with_images(shape(node), axes),
            stride=stride,
            dilation=dilation,
            groups=given.get("groups", 1),
            transposed=transposed,
        )

    windows = Windows(
        positions=shape(node)[-axes:],
        kernel=kernel,
        stride=stride,
        dilation=dilation,
        padding=_padding(given["padding"], kernel, dilation),
    )
    contents = of_convolution(
        inputs, None if transposed else windows, lambda: layer("").words(INPUTS)
    )
    constant = trace.constant.issuperset((inputs.name, weights.name))
    return Product(left=inputs, right=weights, layer=layer, contents=contents, constant=constant)


def _padding(padding: str | int | list[int], kernel: Iterable[int], gaps: list[int]) -> list[int]:
    """Zeros before the first element of each axis; of "same", the smaller half."""
    if isinstance(padding, str):
        spans = [gap * (k - 1) for gap, k in zip(gaps, kernel, strict=True)]
        return [span // 2 if padding == "same" else 0 for span in spans]
    return each(padding, len(gaps))


def is_transposed(node: Node) -> bool:
    """Whether a convolution is a transposed one."""
    return operation(node).startswith("conv_transpose") or bool(settings(node).get("transposed"))


def _with_images(extents: tuple[int, ...], axes: int) -> tuple[int, ...]:
    return extents if len(extents) == axes + 2 else (1, *extents)


def each(value: int | list[int], axes: int) -> list[int]:
    """The value of each axis."""
    many = [value] if isinstance(value, int) else list(value)
    return many * axes if len(many) == 1 else many


def _product(
    trace: Trace,
    operands: Sequence[Node],
    extents: Sequence[Extents],
    kept: Collection[str],
    *,
    attention: Node | None = None,
    part: str = "",
    constant: Sequence[bool] = (),
) -> Product:
    """The product of tensors of these extents; weights become its right operand."""
    (left, right), (of_left, of_right) = operands, extents
    before = constant or [one.name in trace.constant for one in operands]
    if before[0]:
        left, right, of_left, of_right = right, left, of_right, of_left
    trained = any(before)

    def layer(name: str) -> Layer:
        return product_of(name, of_left, of_right, kept, batch=trace.batch, trained=trained)

    if attention:
        contents = of_attention(attention, left, right, scores=part == SCORES)
    else:
        contents = of_operands(left, None if trained else right)
    return Product(
        left=left,
        right=right,
        layer=layer,
        contents=contents,
        part=part,
        yields=part != SCORES,
        constant=all(before),
    )


def _einsum(node: Node, trace: Trace) -> Iterator[Product]:
    given = settings(node)
    operands = given["tensors"]
    if len(operands) == 1:
        return
    if len(operands) > 2:
        raise Unfit(f"einsum multiplies {len(operands)} tensors at once")
    *terms, kept = letters_of_einsum(given["equation"], [len(shape(one)) for one in operands])
    extents = [lettered(shape(one), term) for one, term in zip(operands, terms, strict=True)]
    yield _product(trace, operands, extents, kept)


def _attention(node: Node, trace: Trace) -> Iterator[Product]:
    """Scores, queries (m x k) times keys (n x k) of each head, and their product with values.

    Heads that share keys and values are rows of one product: `h` counts keys' heads, `g` queries'
    heads of each. Masks save nothing. Queries, keys or values that are constant are weights.
    """
    query, key, value, share = _operands(node)
    heads = _heads(query)
    shared = heads // _heads(key) if share else 1
    queries = lettered(
        (*shape(query)[:-3], shared, heads // shared, *shape(query)[-2:]),
        (*_batch(query), "g", "h", "m", "k"),
    )
    keys, values = (
        lettered(shape(one), (*_batch(one), "h", *ranks)[-len(shape(one)) :])
        for one, ranks in ((key, "nk"), (value, "ne"))
    )
    scores = {letter: of for letter, of in {**queries, **keys}.items() if letter != "k"}
    tokens = (*shape(node)[:-1], shape(key)[-2])
    product = _product(trace, (query, key), (queries, keys), scores, attention=node, part=SCORES)
    yield replace(product, shape=tokens)
    yield _product(
        trace,
        (node, value),
        (scores, values),
        {*scores, *values} - {"n"},
        attention=node,
        part=CONTEXT,
        constant=[is_attention_constant(node, trace), value.name in trace.constant],
    )


def is_attention_constant(node: Node, trace: Trace) -> bool:
    """Whether no input reaches what an operation of attention multiplies its values by."""
    query, key, value, _ = _operands(node)
    others = (one for one in node.all_input_nodes if one is not value)
    return trace.constant.issuperset(one.name for one in (query, key, *others))


def _batch(node: Node) -> tuple[str, ...]:
    """The letters of the ranks before that of heads."""
    return tuple(str(rank) for rank in range(len(shape(node)), 3, -1))


def _operands(node: Node) -> tuple[Node, Node, Node, bool]:
    """Queries, keys and values, and whether heads of queries may share the others."""
    if not isinstance(node.target, OpOverload):
        query, key, value = node.args[:3]
        return query, key, value, True  # type: ignore[return-value] # as its users must call it
    given = settings(node)
    return given["query"], given["key"], given["value"], given.get("enable_gqa", False)


def _heads(node: Node) -> int:
    return shape(node)[-3] if len(shape(node)) > 2 else 1
