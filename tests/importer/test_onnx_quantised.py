"""Quantised ONNX: operators of integers, pairs around those of numbers, weights that are packed.

Each file holds the same layer; its loops, bits and zeros must not depend on how it is written.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, helper

from hwsim import from_onnx
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload import Layer
from tests.importer.files import bounds, model, operator, zeros

VENDOR = "com.microsoft"
ONE = np.float32(1)
#: Of the weights of a convolution, 8 x 3 x 3 x 3, these stand for zero.
ZEROS = 100
BOUNDS = {"M": 8, "C": 3, "P": 6, "Q": 6, "R": 3, "S": 3}
SIZE = 8 * 27


def integers(zero: int, kind: type = np.uint8, shape: tuple[int, ...] = (8, 3, 3, 3)) -> np.ndarray:
    """Weights, so many of which are `zero`, none of the others."""
    array: np.ndarray = np.full(shape, zero + 1, kind)
    array.flat[:ZEROS] = zero
    return array


def only(path: Path) -> Layer:
    """The layer of a file that lacks nothing."""
    network = from_onnx(path)
    assert network.missing == ()
    (layer,) = network.layers
    return layer


def check(layer: Layer, expected: dict[str, int], **bits: int) -> None:
    """The layer has these loops and bits, and as many zeros as were written."""
    assert bounds(layer) == expected
    assert layer.data.bits == bits
    assert layer.data.density(WEIGHTS) * SIZE == SIZE - ZEROS


class Written(NamedTuple):
    """Operators that read `q`, which is quantised, or `x`, and the constants that they read."""

    node: NodeProto
    weights: dict[str, Any]
    bits: dict[str, int]


QUANTISED = {"s": ONE, "z": np.uint8(7), "zw": np.uint8(9)}
BYTES = {INPUTS: 8, WEIGHTS: 8}
CONVOLUTIONS = {
    "QLinearConv": Written(
        operator("QLinearConv", "q", "s", "z", "w", "s", "zw", "s", "z"),
        {"w": integers(9)},
        {**BYTES, OUTPUTS: 8},
    ),
    "of channels": Written(
        operator("QLinearConv", "q", "s", "z", "w", "ss", "zs", "s", "z"),
        {
            "w": integers(0) + np.arange(8, dtype=np.uint8).reshape(8, 1, 1, 1),
            "ss": np.ones(8, np.float32),
            "zs": np.arange(8, dtype=np.uint8),
        },
        {**BYTES, OUTPUTS: 8},
    ),
    "ConvInteger": Written(
        operator("ConvInteger", "q", "w", "z", "zw"), {"w": integers(9)}, {**BYTES, OUTPUTS: 32}
    ),
    "ConvInteger without zero points": Written(
        operator("ConvInteger", "q", "w"), {"w": integers(0, np.int8)}, {**BYTES, OUTPUTS: 32}
    ),
}


@pytest.mark.parametrize("written", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_a_convolution_of_integers_is_one(written: Written, tmp_path: Path) -> None:
    """Its loops; what stands for zero is its zero point, of all or of each channel."""
    quantise = operator("QuantizeLinear", "x", "s", "z", to="q")
    weights = {**QUANTISED, **written.weights}
    path = model(tmp_path, [quantise, written.node], {"x": (1, 3, 8, 8)}, weights)
    check(only(path), BOUNDS, **written.bits)


SQUARE = (12, SIZE // 12)
PRODUCTS = {
    "QLinearMatMul": Written(
        operator("QLinearMatMul", "q", "s", "z", "w", "s", "zw", "s", "z"),
        {"w": integers(9, shape=SQUARE)},
        {**BYTES, OUTPUTS: 8},
    ),
    "MatMulInteger": Written(
        operator("MatMulInteger", "q", "w", "z", "zs"),
        {
            "w": integers(0, shape=SQUARE) + np.arange(SQUARE[1], dtype=np.uint8),
            "zs": np.arange(SQUARE[1], dtype=np.uint8),
        },
        {**BYTES, OUTPUTS: 32},
    ),
    "MatMulIntegerToFloat": Written(
        operator("MatMulIntegerToFloat", "q", "w", "s", "s", "z", "zw", domain=VENDOR),
        {"w": integers(9, shape=SQUARE)},
        BYTES,
    ),
    "DynamicQuantizeMatMul": Written(
        operator("DynamicQuantizeMatMul", "x", "w", "s", "zw", domain=VENDOR),
        {"w": integers(9, shape=SQUARE)},
        BYTES,
    ),
    "QGemm": Written(
        operator("QGemm", "q", "s", "z", "w", "ss", "zs", "", "s", "z", domain=VENDOR, transB=1),
        {
            "w": integers(0, shape=SQUARE[::-1]) + np.arange(SQUARE[1], dtype=np.uint8)[:, None],
            "ss": np.ones(SQUARE[1], np.float32),
            "zs": np.arange(SQUARE[1], dtype=np.uint8),
        },
        {**BYTES, OUTPUTS: 8},
    ),
}


@pytest.mark.parametrize("written", PRODUCTS.values(), ids=PRODUCTS)
def test_a_product_of_integers_is_one(written: Written, tmp_path: Path) -> None:
    """Also those of ONNX Runtime, whose shapes onnx does not infer: what follows is known."""
    quantise = operator("QuantizeLinear", "x", "s", "z", to="q")
    used = [quantise] if "q" in written.node.input else []
    nodes = [*used, written.node, operator("Flatten", "y", to="f")]
    weights = {**QUANTISED, **written.weights}
    path = model(tmp_path, nodes, {"x": (5, 12)}, weights, domain=VENDOR)
    check(only(path), {"N": 5, "C": 12, "M": SQUARE[1]}, **written.bits)
    assert from_onnx(path).nodes[-1].shape == (SQUARE[1], 1, 1)


def test_weights_on_the_left_have_a_zero_point_for_each_row(tmp_path: Path) -> None:
    """As many as they have rows, which are the outputs of a column."""
    rows = np.arange(18, dtype=np.uint8)
    nodes = [
        operator("QuantizeLinear", "x", "s", "z", to="q"),
        operator("MatMulInteger", "w", "q", "rows", "z"),
    ]
    weights = {**QUANTISED, "w": integers(0, shape=(18, 12)) + rows[:, None], "rows": rows}
    path = model(tmp_path, nodes, {"x": (1, 12, 7)}, weights)
    check(only(path), {"M": 18, "C": 12, "Q": 7}, **BYTES, outputs=32)


def packed(values: np.ndarray) -> np.ndarray:
    """Values of 4 bits, two in a byte, the first in its lower half."""
    return np.asarray(values[..., ::2] | values[..., 1::2] << 4, np.uint8)


@pytest.mark.parametrize("zero", [8, 3])
def test_packed_weights_are_counted(zero: int, tmp_path: Path) -> None:
    """Blocks of 16 along a depth of 20; without zero points, 8 stands for zero."""
    depth, columns = 20, 6
    values = np.full((columns, 32), zero, np.uint8)
    values[:, :depth] = 5
    values[:, :7] = zero
    weights = {"w": packed(values.reshape(columns, 2, 16)), "scale": np.ones(12, np.float32)}
    points = [] if zero == 8 else ["points"]
    weights |= {"points": packed(np.full((columns, 2), zero, np.uint8))} if points else {}
    settings: dict[str, Any] = {"K": depth, "N": columns, "bits": 4, "block_size": 16}
    node = operator("MatMulNBits", "x", "w", "scale", *points, domain=VENDOR, **settings)
    layer = only(model(tmp_path, [node], {"x": (1, 9, depth)}, weights, domain=VENDOR))
    assert bounds(layer) == {"C": depth, "M": columns, "Q": 9}
    assert layer.data.bits == {WEIGHTS: 4}
    assert layer.data.density(WEIGHTS) * depth == depth - 7


# --- Pairs of QuantizeLinear and DequantizeLinear ---------------------------------------------


def four(values: np.ndarray) -> TensorProto:
    """A tensor of integers of 4 bits."""
    return helper.make_tensor("w", TensorProto.INT4, values.shape, values.ravel().tolist())


def pairs(read: str, to: str, zero: str = "z") -> list[NodeProto]:
    """A value that is quantised and at once made a number again."""
    return [
        operator("QuantizeLinear", read, "s", zero, to=f"{to}_q"),
        operator("DequantizeLinear", f"{to}_q", "s", zero, to=to),
    ]


@pytest.mark.parametrize("between", [(), ("Relu",), ("Relu", "Transpose")], ids=len)
def test_pairs_around_a_convolution_are_read(between: tuple[str, ...], tmp_path: Path) -> None:
    """The bits of what is read, of weights, and of what is kept, perhaps after a ReLU."""
    nodes = [
        *pairs("x", "a"),
        operator("DequantizeLinear", "w", "s", "zw", to="weight"),
        operator("Conv", "a", "weight", to="y0"),
        *(operator(kind, f"y{at}", to=f"y{at + 1}") for at, kind in enumerate(between)),
        *pairs(f"y{len(between)}", "out"),
    ]
    weights = {**QUANTISED, "w": integers(9)}
    check(only(model(tmp_path, nodes, {"x": (1, 3, 8, 8)}, weights)), BOUNDS, **BYTES, outputs=8)


def test_what_is_also_read_as_a_number_is_not_kept_in_bytes(tmp_path: Path) -> None:
    """A shortcut, or an output of the network."""
    nodes = [
        *pairs("x", "a"),
        operator("DequantizeLinear", "w", "s", "zw", to="weight"),
        operator("Conv", "a", "weight", to="b"),
        *pairs("b", "c"),
        operator("Add", "b", "c"),
    ]
    path = model(tmp_path, nodes, {"x": (1, 3, 8, 8)}, {**QUANTISED, "w": integers(9)})
    assert only(path).data.bits == BYTES


@pytest.mark.parametrize("block", [0, 4])
def test_weights_of_four_bits_are_read(block: int, tmp_path: Path) -> None:
    """With a zero point for each column, or for each block of a column; they may be turned."""
    zero = np.arange(18).reshape(18, 1) % 7 - 4
    if block:
        zero = np.tile(np.arange(-3, 0), (18, 1))
    spread = np.broadcast_to(zero.repeat(block or 1, 1), (18, 12))
    values = spread + 1
    values.flat[:ZEROS] = spread.flat[:ZEROS]
    stored = {"w": four(values), "zw": four(zero if block else zero.ravel())}
    scales = np.ones(zero.shape if block else 18, np.float32)
    settings: dict[str, Any] = {"axis": 1, "block_size": block} if block else {"axis": 0}
    nodes = [
        operator("DequantizeLinear", "w", "ss", "zw", to="turned", **settings),
        operator("Transpose", "turned", to="weight"),
        operator("MatMul", "x", "weight"),
    ]
    path = model(tmp_path, nodes, {"x": (2, 12)}, {**stored, "ss": scales}, opset=21)
    check(only(path), {"N": 2, "C": 12, "M": 18}, weights=4)


def test_weights_that_are_quantised_in_the_file_are_counted_so(tmp_path: Path) -> None:
    """As exporters write what was trained for it: small weights become zero."""
    weight = np.full((12, 18), 0.4, np.float32)
    weight.flat[ZEROS:] = 2.0
    nodes = [
        *pairs("w", "weight", zero="signed"),
        operator("MatMul", "x", "weight"),
    ]
    weights = {"s": ONE, "signed": np.int8(0), "w": weight}
    check(
        only(model(tmp_path, nodes, {"x": (2, 12)}, weights)), {"N": 2, "C": 12, "M": 18}, weights=8
    )


def test_numbers_have_no_bits(tmp_path: Path) -> None:
    """They are as wide as a word of the chip, whatever they were trained with."""
    path = model(tmp_path, [operator("MatMul", "x", "w")], {"x": (2, 3)}, {"w": zeros(3, 4)})
    assert only(path).data.bits == {}


def test_a_quantised_lstm_is_ones_products(tmp_path: Path) -> None:
    """Its weights are turned, and zero is its zero point of each direction."""
    features, hidden, steps = 6, 5, 7
    weights = {
        "w": np.full((1, features, 4 * hidden), 9, np.uint8),
        "r": np.full((1, hidden, 4 * hidden), 10, np.uint8),
        "ones": np.ones(1, np.float32),
        "nines": np.full(1, 9, np.uint8),
    }
    read = ["x", "w", "r", "", "", "", "", "", "ones", "nines", "ones", "nines"]
    node = helper.make_node(
        "DynamicQuantizeLSTM", read, ["all", "y"], domain=VENDOR, hidden_size=hidden, name="lstm"
    )
    path = model(tmp_path, [node], {"x": (steps, 1, features)}, weights, domain=VENDOR)
    network = from_onnx(path)
    assert network.macs == steps * 4 * hidden * (features + hidden)
    densities = {one.name: one.data.density(WEIGHTS) for one in network.layers}
    assert densities == {"lstm.input": 0, "lstm.hidden": 1}
    assert all(one.data.bits == BYTES for one in network.layers)


@pytest.mark.parametrize(
    ("node", "inputs", "macs"),
    [
        (
            operator("Attention", "x", "k", "k", q_num_heads=4, kv_num_heads=2),
            {"x": (1, 5, 16), "k": (1, 9, 8)},
            {"y.scores": 4 * 5 * 4 * 9, "y.context": 4 * 5 * 9 * 4},
        ),
        (
            operator(
                "QAttention", "q", "w", "b", "s", "s", "", "z", "zw", num_heads=2, domain=VENDOR
            ),
            {"x": (1, 5, 12)},
            {"y.in_proj": 5 * 12 * 18, "y.scores": 2 * 5 * 3 * 5, "y.context": 2 * 5 * 5 * 3},
        ),
    ],
    ids=["ONNX's", "quantised"],
)
def test_attention_is_its_products(
    node: NodeProto, inputs: dict[str, tuple[int, ...]], macs: dict[str, int], tmp_path: Path
) -> None:
    """Heads that share keys are rows; ONNX Runtime's multiplies by the weights first."""
    quantise = [operator("QuantizeLinear", "x", "s", "z", to="q")] if "q" in node.input else []
    weights = {**QUANTISED, "w": integers(9, shape=(12, 18)), "b": np.zeros(18, np.float32)}
    path = model(tmp_path, [*quantise, node], inputs, weights, domain=VENDOR, opset=23)
    network = from_onnx(path)
    assert {layer.name: layer.macs for layer in network.layers} == macs
    assert network.missing == ()
    if quantise:
        check(network.layers[0], {"C": 12, "M": 18, "Q": 5}, **BYTES)
