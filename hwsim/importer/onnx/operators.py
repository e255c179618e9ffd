"""What ONNX's operators are to us: products that are priced, and kinds that only pass shapes on."""

import re
from collections.abc import Iterator, Sequence
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
    steps_of_einsum,
)
from hwsim.importer.onnx.attention import ATTENTION, PROJECTING, attention, projecting, projects
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import attribute, operand, yielded
from hwsim.importer.onnx.product import Product, known, of_two
from hwsim.importer.onnx.sizes import extents_shown
from hwsim.vocabulary import INPUTS, WEIGHTS
from hwsim.workload.layer import Layer

#: The kinds of operators that are not priced; those that are not here keep ONNX's name.
OPERATOR_KINDS: Final = {
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


class Signature(NamedTuple):
    """An operator that has the loops of one of ONNX's: which of its inputs is the right operand,
    and which are the zero points of both.
    """

    like: str
    right: int = 1
    zeros: tuple[int | None, int | None] = (None, None)


#: Operators of two operands.
SIGNATURES: Final = {
    "Conv": Signature("Conv"),
    "ConvInteger": Signature("Conv", zeros=(2, 3)),
    "ConvTranspose": Signature("ConvTranspose"),
    "DynamicQuantizeMatMul": Signature("MatMul", zeros=(None, 3)),
    "Einsum": Signature("Einsum"),
    "FusedConv": Signature("Conv"),
    "FusedGemm": Signature("Gemm"),
    "FusedMatMul": Signature("MatMul"),
    "Gemm": Signature("Gemm"),
    "MatMul": Signature("MatMul"),
    "MatMulInteger": Signature("MatMul", zeros=(2, 3)),
    "MatMulIntegerToFloat": Signature("MatMul", zeros=(4, 5)),
    "MatMulNBits": Signature("MatMul"),
    "QGemm": Signature("Gemm", right=3, zeros=(2, 5)),
    "QLinearConv": Signature("Conv", right=3, zeros=(2, 5)),
    "QLinearMatMul": Signature("MatMul", right=3, zeros=(2, 5)),
}
PRICED: Final = frozenset((*SIGNATURES, *ATTENTION, *PROJECTING))
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


def products(model: Model, node: NodeProto) -> Iterator[Product]:
    """The products that an operator is; whether they fit a nest is seen as their layers are made.

    Raises:
        Unfit: what it multiplies is not known.
    """
    if projects(node):
        zeros = (6, 7) if node.op_type == "QAttention" else (None, None)
        yield from projecting(model, node, _product(model, node, Signature("MatMul", zeros=zeros)))
    elif node.op_type in ATTENTION:
        yield from attention(model, node)
    elif node.op_type in SIGNATURES:
        signature = SIGNATURES[node.op_type]
        if signature.like == "Einsum":
            yield from _einsum(model, node)
            return
        of_windows = signature.like in ("Conv", "ConvTranspose")
        yield (_convolution if of_windows else _product)(model, node, signature)


def counted(model: Model, node: NodeProto) -> int | None:
    """The MACs of a convolution whose loops are none of ours, None of all else."""
    signature = SIGNATURES.get(node.op_type, Signature(""))
    transposed = signature.like == "ConvTranspose"
    if signature.like != "Conv" and not transposed:
        return None
    try:
        each = known(model, operand(node, 0) if transposed else yielded(node))
        return prod(each) * prod(known(model, operand(node, signature.right))[1:])
    except Unfit:
        return None


def kind(node: NodeProto, sources: Sequence[str] = ("", "")) -> str:
    """The kind of an operator that is not priced."""
    if node.op_type in ("Add", "Sum") and len(sources) < 2:
        return "add"
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", node.op_type).lower()
    return OPERATOR_KINDS.get(node.op_type, snake)


def _convolution(model: Model, node: NodeProto, signature: Signature) -> Product:
    inputs, weights = operand(node, 0), operand(node, signature.right)

    def layer(name: str) -> Layer:
        of_weights, transposed = known(model, weights), signature.like == "ConvTranspose"
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

    return Product(
        layer=layer,
        left=inputs,
        right=weights,
        zeros=_zeros(node, signature),
        constant=model.constant.issuperset((inputs, weights)),
    )


def _check_channels(
    inputs: tuple[int, ...],
    weights: tuple[int, ...],
    outputs: tuple[int, ...],
    groups: int,
    transposed: bool,
) -> None:
    """Raise `Unfit` for weights that are not those of these inputs in so many groups."""
    if not len(inputs) == len(weights) == len(outputs) > 2:
        raise Unfit(
            f"{extents_shown(inputs)} inputs are no maps for {extents_shown(weights)} weights"
        )
    if inputs[1] != (weights[0] if transposed else weights[1] * groups):
        what = f"{extents_shown(inputs)} inputs do not fit {extents_shown(weights)} weights"
        raise Unfit(f"{what} in {groups} groups")


def _each_axis(node: NodeProto, name: str, axes: int) -> list[int]:
    """A setting of a convolution: a number for each axis."""
    numbers: list[int] = attribute(node, name, [1] * axes)
    if len(numbers) != axes or any(type(number) is not int or number < 1 for number in numbers):
        raise Unfit(f"its {name} are {numbers}, of {axes} axes")
    return numbers


def _product(model: Model, node: NodeProto, signature: Signature) -> Product:
    """A product of matrices; weights become its right operand."""
    operands, zeros = (operand(node, 0), operand(node, signature.right)), _zeros(node, signature)
    trained = [operand in model.constant for operand in operands]

    def layer(name: str) -> Layer:
        shapes = _shapes(model, node, operands)
        of_left, of_right, kept = _letters(node, signature, [len(shape) for shape in shapes])
        left, right = lettered(shapes[0], of_left), lettered(shapes[1], of_right)
        if trained[0]:
            left, right = right, left
        return product_of(name, left, right, kept, batch=model.images, trained=any(trained))

    left, right = operands[::-1] if trained[0] else operands
    zeros = zeros[::-1] if trained[0] else zeros
    return Product(
        layer=layer,
        left=left,
        right=right,
        zeros=zeros,
        bits=_said_bits(node),
        constant=all(trained),
    )


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


def _letters(node: NodeProto, signature: Signature, ranks: list[int]) -> tuple[Sequence[str], ...]:
    """The letters of both operands' ranks, and those that are left in the result."""
    turned = attribute(node, "transA", 0), attribute(node, "transB", 0)
    if signature.like == "Gemm" and ranks != [2, 2]:
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


def _einsum(model: Model, node: NodeProto) -> Iterator[Product]:
    """The products of an Einstein sum; weights become their right operands."""
    shapes = [known(model, each) for each in node.input]
    steps = list(steps_of_einsum(shapes, _letters_of_einsum(node, shapes)))
    for number, step in enumerate(steps, start=1):
        left = [node.input[at] for at in step.left]
        operands = left[0] if len(left) == 1 else "", node.input[step.right]
        yield of_two(
            model,
            operands,
            step.extents,
            step.kept,
            [model.constant.issuperset(left), operands[1] in model.constant],
            part=f"product{number}" if len(steps) > 1 else "",
        )


def _letters_of_einsum(node: NodeProto, shapes: Sequence[Sequence[int]]) -> list[list[str]]:
    """The letters of each operand, and of the result."""
    ranks = [len(shape) for shape in shapes]
    equation = attribute(node, "equation", b"").decode("utf-8", "replace")
    fault = Unfit(f"its equation {equation!r} is none of its operands")
    try:
        letters = letters_of_einsum(equation, ranks)
    except ValueError:
        raise fault from None
    *terms, kept = letters
    once = len(kept) == len(set(kept)) and {*kept} <= set[str]().union(*terms)
    if not once or not ranks or [len(term) for term in terms] != ranks:
        raise fault
    return letters


def _zeros(node: NodeProto, signature: Signature) -> tuple[str, str]:
    left, right = ("" if at is None else operand(node, at) for at in signature.zeros)
    return left, right
