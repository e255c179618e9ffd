"""What ONNX's operators are to us: products that are priced, and kinds that only pass shapes on."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import prod
from typing import Final, NamedTuple

from onnx import NodeProto

from hwsim.importer.nests import (
    Unfit,
    convolution_of,
    lettered,
    letters_of_einsum,
    letters_of_matmul,
    product_of,
)
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import attribute, operand, yielded
from hwsim.importer.onnx.sizes import is_known, shown
from hwsim.vocabulary import INPUTS, WEIGHTS
from hwsim.workload.convolution import matrix_product
from hwsim.workload.layer import Layer

#: The kinds of operators that are not priced; those that are not here keep ONNX's name.
KINDS: Final = {
    "Add": "addition",
    "AveragePool": "average_pool",
    "BatchNormalization": "batch_norm",
    "Concat": "concatenation",
    "GlobalAveragePool": "global_average_pool",
    "LRN": "lrn",
    "LayerNormalization": "layer_norm",
    "MatMul": "matmul",
    "MaxPool": "max_pool",
    "Squeeze": "reshape",
    "Sum": "addition",
    "Unsqueeze": "reshape",
}


#: As large as a rank of a tensor can be: frameworks count with 32 bits.
LARGEST_SIZE: Final = 2**31 - 1


class Open(Unfit):
    """An operator of sizes that the file leaves open."""


class Form(NamedTuple):
    """An operator that has the loops of one of ONNX's: which of its inputs is the right operand,
    and which are the zero points of both.
    """

    like: str
    right: int = 1
    zeros: tuple[int | None, int | None] = (None, None)


#: Operators of two operands.
FORMS: Final = {
    "Conv": Form("Conv"),
    "ConvInteger": Form("Conv", zeros=(2, 3)),
    "ConvTranspose": Form("ConvTranspose"),
    "DynamicQuantizeMatMul": Form("MatMul", zeros=(None, 3)),
    "Einsum": Form("Einsum"),
    "FusedConv": Form("Conv"),
    "FusedGemm": Form("Gemm"),
    "FusedMatMul": Form("MatMul"),
    "Gemm": Form("Gemm"),
    "MatMul": Form("MatMul"),
    "MatMulInteger": Form("MatMul", zeros=(2, 3)),
    "MatMulIntegerToFloat": Form("MatMul", zeros=(4, 5)),
    "MatMulNBits": Form("MatMul"),
    "QGemm": Form("Gemm", right=3, zeros=(2, 5)),
    "QLinearConv": Form("Conv", right=3, zeros=(2, 5)),
    "QLinearMatMul": Form("MatMul", right=3, zeros=(2, 5)),
}
#: Operators of queries, keys and values, and the input that holds the keys of steps before.
ATTENTION: Final = {"Attention": 4, "MultiHeadAttention": 6}
#: Such operators that multiply by the weights of all three first, and the input that holds keys and
#: values of steps before.
PROJECTING: Final = {"Attention": 4, "QAttention": 8}
SCORES: Final = "scores"
PRICED: Final = frozenset((*FORMS, *ATTENTION, *PROJECTING))
#: Other operators that multiply and add.
MULTIPLYING: Final = frozenset(
    (
        *("AttnLSTM", "CausalConvWithState", "ConvTransposeWithDynamicPads", "DFT"),
        *("DecoderAttention", "DecoderMaskedMultiHeadAttention", "DecoderMaskedSelfAttention"),
        *("DeformConv", "FlexAttention", "GemmFastGelu"),
        *("GemmFloat8", "GroupQueryAttention", "Irfft", "LinearAttention"),
        *("LinearClassifier", "LinearRegressor", "LongformerAttention", "MatMulBnb4"),
        *("MatMulFpQ4", "MoE", "NhwcConv", "NhwcFusedConv", "PackedAttention"),
        *("PackedMultiHeadAttention", "PagedAttention", "QMoE", "QOrderedAttention"),
        *("QOrderedLongformerAttention", "QOrderedMatMul", "Rfft", "STFT"),
        *("SVMClassifier", "SVMRegressor", "SparseAttention", "SparseToDenseMatMul"),
        "TransposeMatMul",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product of two values, `left` and `right`, which holds the weights if there are any; the
    values of their zero points; bits that no type says; and the `part` of its operator that it is,
    with the shape of what that yields. An operand without a name is what the last part yields.
    """

    layer: Callable[[str], Layer]
    left: str
    right: str
    zeros: tuple[str, str] = ("", "")
    bits: Mapping[str, int] = field(default_factory=dict)
    part: str = ""
    shape: tuple[int, ...] = ()


def products(model: Model, node: NodeProto) -> Iterator[Product]:
    """The products that an operator is; whether they fit a nest is seen as their layers are made.

    Raises:
        Unfit: what it multiplies is not known.
    """
    if node.op_type in PROJECTING and (node.domain or node.op_type not in ATTENTION):
        yield from _projecting(model, node)
    elif node.op_type in ATTENTION:
        yield from _attention(model, node)
    elif node.op_type in FORMS:
        form = FORMS[node.op_type]
        of_windows = form.like in ("Conv", "ConvTranspose")
        yield (_convolution if of_windows else _product)(model, node, form)


def counted(model: Model, node: NodeProto) -> int | None:
    """The MACs of a convolution whose loops are none of ours, None of all else."""
    form = FORMS.get(node.op_type, Form(""))
    transposed = form.like == "ConvTranspose"
    if form.like != "Conv" and not transposed:
        return None
    try:
        each = known(model, operand(node, 0) if transposed else yielded(node))
        return prod(each) * prod(known(model, operand(node, form.right))[1:])
    except Unfit:
        return None


def kind(node: NodeProto, sources: Sequence[str] = ("", "")) -> str:
    """The kind of an operator that is not priced."""
    if node.op_type in ("Add", "Sum") and len(sources) < 2:
        return "add"
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", node.op_type).lower()
    return KINDS.get(node.op_type, snake)


def _convolution(model: Model, node: NodeProto, form: Form) -> Product:
    inputs, weights = operand(node, 0), operand(node, form.right)

    def layer(name: str) -> Layer:
        of_weights, transposed = known(model, weights), form.like == "ConvTranspose"
        axes, groups = len(of_weights) - 2, attribute(node, "group", 1)
        of_inputs, of_outputs = known(model, inputs), known(model, yielded(node))
        _check_channels(of_inputs, of_weights, of_outputs, groups, transposed)
        return convolution_of(
            name,
            inputs=of_inputs,
            weights=of_weights,
            outputs=of_outputs,
            stride=_each_axis(node, "strides", axes),
            dilation=_each_axis(node, "dilations", axes),
            groups=groups,
            transposed=transposed,
        )

    return Product(layer=layer, left=inputs, right=weights, zeros=_zeros(node, form))


def _check_channels(
    inputs: tuple[int, ...],
    weights: tuple[int, ...],
    outputs: tuple[int, ...],
    groups: int,
    transposed: bool,
) -> None:
    """Raise `Unfit` for weights that are not those of these inputs in so many groups."""
    if not len(inputs) == len(weights) == len(outputs) > 2:
        raise Unfit(f"{shown(inputs)} inputs are no maps for {shown(weights)} weights")
    if inputs[1] != (weights[0] if transposed else weights[1] * groups):
        what = f"{shown(inputs)} inputs do not fit {shown(weights)} weights"
        raise Unfit(f"{what} in {groups} groups")


def _each_axis(node: NodeProto, name: str, axes: int) -> list[int]:
    """A setting of a convolution: a number for each axis."""
    numbers: list[int] = attribute(node, name, [1] * axes)
    if len(numbers) != axes or any(type(number) is not int or number < 1 for number in numbers):
        raise Unfit(f"its {name} are {numbers}, of {axes} axes")
    return numbers


def _product(model: Model, node: NodeProto, form: Form) -> Product:
    """A product of matrices; weights become its right operand."""
    operands, zeros = (operand(node, 0), operand(node, form.right)), _zeros(node, form)
    trained = [operand in model.constant for operand in operands]

    def layer(name: str) -> Layer:
        shapes = _shapes(model, node, operands)
        of_left, of_right, kept = _letters(node, form, [len(shape) for shape in shapes])
        left, right = lettered(shapes[0], of_left), lettered(shapes[1], of_right)
        if trained[0]:
            left, right = right, left
        return product_of(name, left, right, kept, batch=model.images, trained=any(trained))

    left, right = operands[::-1] if trained[0] else operands
    zeros = zeros[::-1] if trained[0] else zeros
    return Product(layer=layer, left=left, right=right, zeros=zeros, bits=_said_bits(node))


def _shapes(model: Model, node: NodeProto, operands: Sequence[str]) -> list[tuple[int, ...]]:
    if node.op_type == "MatMulNBits":  # its weights are packed
        return [known(model, operands[0]), (attribute(node, "K", 0), attribute(node, "N", 0))]
    return [known(model, operand) for operand in operands]


def _said_bits(node: NodeProto) -> dict[str, int]:
    """Bits that an operator itself gives to values."""
    if node.op_type == "MatMulNBits":
        bits = attribute(node, "bits", 4)
        if not 1 <= bits <= 8:
            raise Unfit(f"{bits} bits are none of weights in bytes")
        return {WEIGHTS: bits}
    return {INPUTS: 8} if node.op_type == "DynamicQuantizeMatMul" else {}


def _letters(node: NodeProto, form: Form, ranks: list[int]) -> tuple[Sequence[str], ...]:
    """The letters of both operands' ranks, and those that are left in the result."""
    turned = attribute(node, "transA", 0), attribute(node, "transB", 0)
    if form.like == "Einsum":
        return _letters_of_einsum(node, ranks)
    if form.like == "Gemm" and ranks != [2, 2]:
        raise Unfit(f"multiplies matrices, not tensors of {ranks[0]} and {ranks[1]} ranks")
    if attribute(node, "transBatchA", 0) or attribute(node, "transBatchB", 0):
        raise Unfit("exchanges the batches of its operands")
    if 0 in ranks:
        raise Unfit("multiplies a single value, not a matrix")
    letters = letters_of_matmul(*ranks)
    of_left, of_right = (
        (*one[:-2], *one[:-3:-1]) if turn else one
        for one, turn in zip(letters, turned, strict=True)
    )
    return of_left, of_right, sorted({*of_left, *of_right} - {"k"})


def _letters_of_einsum(node: NodeProto, ranks: list[int]) -> tuple[list[str], ...]:
    if len(node.input) != 2:
        raise Unfit(f"Einsum of {len(node.input)} tensors at once")
    equation = attribute(node, "equation", b"").decode("utf-8", "replace")
    fault = Unfit(f"its equation {equation!r} is none of its operands")
    try:
        left, right, kept = letters_of_einsum(equation, ranks)
    except ValueError:
        raise fault from None
    once = all(len(term) == len(set(term)) for term in (left, right, kept))
    if not once or [len(left), len(right)] != ranks or not {*kept} <= {*left, *right}:
        raise fault
    return left, right, kept


def _projecting(model: Model, node: NodeProto) -> Iterator[Product]:
    """Attention whose queries, keys and values are made of one input, by one matrix."""
    inputs, weights = known(model, operand(node, 0)), known(model, operand(node, 1))
    heads = attribute(node, "num_heads", 0)
    if len(inputs) != 3 or heads < 1 or weights[-1] % (3 * heads):
        raise Unfit(f"{shown(weights)} weights are not those of {heads} heads")
    projection = Form("MatMul", zeros=(6, 7) if node.op_type == "QAttention" else (None, None))
    product = _product(model, node, projection)
    yield replace(product, part="in_proj", shape=(*inputs[:2], weights[-1]))
    queries = Heads(inputs[0], heads, inputs[1], weights[-1] // (3 * heads))
    past = _past(model, operand(node, PROJECTING[node.op_type]))
    yield from _scores(queries, queries._replace(tokens=queries.tokens + past), queries.depth)


def _attention(model: Model, node: NodeProto) -> Iterator[Product]:
    """Attention of queries, keys and values; heads that share keys are rows of one product."""
    heads = attribute(node, "q_num_heads", attribute(node, "num_heads", 0))
    of_keys = attribute(node, "kv_num_heads", heads)
    operands = [operand(node, at) for at in range(3)]
    queries = _of_heads(model, operands[0], heads)
    keys, values = (_of_heads(model, each, of_keys) for each in operands[1:])
    fit = keys[:3] == values[:3] and (keys.images, keys.depth) == (queries.images, queries.depth)
    if not fit or queries.heads % keys.heads:
        raise Unfit("its queries, keys and values do not fit each other")
    past = _past(model, operand(node, ATTENTION[node.op_type]))
    kept = keys._replace(tokens=keys.tokens + past)
    yield from _scores(queries, kept, values.depth, operands)


class Heads(NamedTuple):
    """The sizes of queries, keys or values."""

    images: int
    heads: int
    tokens: int
    depth: int


def _of_heads(model: Model, value: str, heads: int) -> Heads:
    """Sizes of (images, heads, tokens, depth), or of (images, tokens, heads x depth)."""
    shape = known(model, value)
    if len(shape) == 4:
        return Heads(*shape)
    if len(shape) != 3 or heads < 1 or shape[-1] % heads:
        raise Unfit(f"{shown(shape)} values of {value} are not those of {heads} heads")
    return Heads(shape[0], heads, shape[1], shape[2] // heads)


def _past(model: Model, value: str) -> int:
    """The tokens of steps before, whose keys and values are kept."""
    extents = model.shape(value)
    if not value or extents is None or len(extents) < 2:
        return 0
    tokens = extents[-2]
    return tokens if isinstance(tokens, int) else 0


def _scores(
    queries: Heads, keys: Heads, columns: int, operands: Sequence[str] = ("", "", "")
) -> Iterator[Product]:
    """Queries times keys, and what comes of it times values of so many columns."""
    rows, tokens = queries.tokens * (queries.heads // keys.heads), keys.tokens
    nest = partial(matrix_product, groups=keys.images * keys.heads, rows=rows)
    yield Product(
        layer=partial(nest, depth=queries.depth, columns=tokens),
        left=operands[0],
        right=operands[1],
        part=SCORES,
        shape=(*queries[:3], tokens),
    )
    yield Product(
        layer=partial(nest, depth=tokens, columns=columns),
        left="",
        right=operands[2],
        part="context",
    )


def _zeros(node: NodeProto, form: Form) -> tuple[str, str]:
    left, right = ("" if at is None else operand(node, at) for at in form.zeros)
    return left, right


def known(model: Model, value: str) -> tuple[int, ...]:
    """The shape of what a priced operator reads or yields."""
    extents = model.shape(value)
    if extents is None:
        raise Unfit(f"the shape of {value or 'an operand'} is not known: onnx cannot infer it")
    if not is_known(extents):
        raise Open(f"the shape of {value} is not known: {shown(extents)}")
    sizes = tuple(int(extent) for extent in extents)
    if any(size < 1 for size in sizes):
        raise Unfit(f"the shape of {value} has no values: {shown(extents)}")
    if any(size > LARGEST_SIZE for size in sizes):
        raise Unfit(f"the shape of {value} has sizes above {LARGEST_SIZE}: {shown(extents)}")
    return sizes
