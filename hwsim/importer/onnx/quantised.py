"""What a file says of a layer's tensors: zeros of its weights, and bits of quantised values."""

from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto

from hwsim.importer.onnx.constants import Unknown
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import attribute, operand, yielded
from hwsim.importer.onnx.product import Product
from hwsim.importer.onnx.sizes import extents_shown
from hwsim.importer.onnx.tensors import quantised_width
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS

#: Operators that yield the values that they read, in another shape.
_SHAPING: Final = frozenset(("Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"))
#: Operators that make numbers of quantised weights where the file does without DequantizeLinear.
_SCALING: Final = _SHAPING | frozenset(("Cast", "Div", "Mul", "Sub"))
#: Operators that a layer's outputs may pass on their way to be quantised, if they read no others.
_PASSING: Final = _SHAPING | frozenset(
    (
        *(
            "Add",
            "BatchNormalization",
            "Cast",
            "Clip",
            "Div",
            "Dropout",
            "Elu",
            "Gelu",
            "HardSigmoid",
        ),
        *("HardSwish", "LeakyRelu", "Mul", "PRelu", "Relu", "Sigmoid", "Softmax", "Tanh"),
    )
)


def bits(model: Model, node: NodeProto, product: Product) -> dict[str, int]:
    """The bits of a value of each tensor that is quantised; of an integer sum that it is."""
    operands = {INPUTS: product.left, WEIGHTS: product.right}
    found = {
        **{tensor: _bits_read(model, value) for tensor, value in operands.items()},
        **product.bits,
    }
    if not product.part:
        of = model.data_type(yielded(node))
        sums = 32 if of == TensorProto.INT32 and any(found.values()) else None
        found[OUTPUTS] = quantised_width(of) or sums or _bits_made(model, yielded(node))
    return {tensor: width for tensor, width in found.items() if width}


def density(model: Model, node: NodeProto, product: Product) -> Fraction:
    """The share of weights that do not stand for zero.

    Raises:
        Absent: the file does not hold them.
        Unknown: they cannot be computed.
    """
    if node.op_type == "MatMulNBits":
        return _density_packed(model, node)
    quantised = _dequantised(model, product.right)
    if quantised:
        name, zero = operand(quantised, 0), operand(quantised, 2)
        axis, block = attribute(quantised, "axis", 1), attribute(quantised, "block_size", 0)
    else:
        name, zero, block = product.right, product.zeros[1], 0
        axis = _axis_of_outputs(node, product)
    values = model.value(name)
    if zero and model.value(zero).any():
        try:
            point = _spread(model.value(zero).astype(np.int32), values.shape, axis, block)
            values = values.astype(np.int32) != np.broadcast_to(point, values.shape)
        except (IndexError, ValueError):
            raise Unknown("what stands for zero among them does not fit them") from None
    return Fraction(int(np.count_nonzero(values)), values.size)


def _axis_of_outputs(node: NodeProto, product: Product) -> int:
    """The axis of weights along which each index makes outputs of its own, with a zero point."""
    if product.right == operand(node, 0):
        return -2
    of_rows = node.op_type in ("ConvInteger", "QLinearConv") or attribute(node, "transB", 0)
    return 0 if of_rows else -1


def _spread(zero: NDArray[Any], shape: tuple[int, ...], axis: int, block: int) -> NDArray[Any]:
    """The zero point of each value: one for all, for each index along the axis, or for a block."""
    if zero.size == 1:
        return zero.reshape(())
    if block:
        whole = np.repeat(zero, block, axis)
        return whole.take(np.arange(shape[axis]), axis)
    if zero.ndim != 1:
        return zero
    ranks = [1] * len(shape)
    ranks[axis] = zero.size
    return zero.reshape(ranks)


def _density_packed(model: Model, node: NodeProto) -> Fraction:
    """Of weights that lie in blocks, the first in the lowest bits of a byte."""
    width, depth = attribute(node, "bits", 4), attribute(node, "K", 0)
    packed = model.value(operand(node, 1))
    if packed.ndim < 2 or packed.dtype != np.uint8 or width not in (2, 4, 8):
        raise Unknown(f"{width} bits are not packed in {extents_shown(packed.shape)} bytes")
    blocks = _unpacked(packed.reshape(*packed.shape[:2], -1), width)
    zero = operand(node, 3)
    if zero:
        zeros = model.value(zero).reshape(len(packed), -1)
        points = zeros if zeros.dtype.kind == "f" else _unpacked(zeros, width)
        points = points[:, : packed.shape[1], None]
    else:
        points = np.array(2 ** (width - 1))
    values = (blocks != points).reshape(len(packed), -1)[:, :depth]
    return Fraction(int(np.count_nonzero(values)), values.size)


def _unpacked(packed: NDArray[Any], width: int) -> NDArray[Any]:
    shifts = np.arange(0, 8, width, dtype=np.uint8)
    parts = packed[..., None] >> shifts & np.uint8(2**width - 1)
    return parts.reshape(*packed.shape[:-1], -1)


def _dequantised(model: Model, value: str) -> NodeProto | None:
    """The operator that makes numbers of quantised ones, of which a value is, or is shaped."""
    for node in model.behind(value):
        if node.op_type == "DequantizeLinear":
            return node
        if node.op_type not in _SHAPING:
            break
    return None


def _bits_read(model: Model, value: str) -> int | None:
    """The bits of what is read; of weights also where other operators make numbers of them."""
    node = _dequantised(model, value)
    if node or value not in model.constant:
        return quantised_width(model.data_type(operand(node, 0) if node else value))
    for node in model.behind(value):
        if node.op_type not in _SCALING:
            break
        value = operand(node, 0)
    return quantised_width(model.data_type(value))


def _bits_made(model: Model, value: str) -> int | None:
    """The bits that a value is quantised to, by the one that alone reads it."""
    passed = set[str]()
    while value not in model.outputs | passed and len(model.readers.get(value, ())) == 1:
        passed.add(value)
        (node,) = model.readers[value]
        if node.op_type == "QuantizeLinear":
            return quantised_width(model.data_type(yielded(node)))
        computed = [each for each in node.input if each not in model.constant]
        if node.op_type not in _PASSING or computed != [value]:
            return None
        value = yielded(node)
    return None
