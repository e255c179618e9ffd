"""Operators of ONNX Runtime's own to operators of ONNX that yield values of the same shapes."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from onnx import NodeProto, defs, helper

from hwsim.importer.onnx.nodes import attribute
from hwsim.importer.onnx.sizes import OpenExtents

#: The domain of ONNX Runtime's operators (https://onnxruntime.ai, docs/ContribOperators.md).
VENDOR: Final = "com.microsoft"


class Alike(NamedTuple):
    """An operator of ONNX whose shapes are the same, which inputs it reads, and the input whose
    values are of the type of the output, if the first is not.
    """

    kind: str = "Identity"
    read: Sequence[int] = (0,)
    typed: int = 0


_ALIKE: Final = {
    **dict.fromkeys(
        (
            *("BiasGelu", "FastGelu", "Gelu", "GroupQueryAttention", "LayerNormalization"),
            *("MultiHeadAttention", "QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax"),
            *("QuickGelu", "RotaryEmbedding", "SimplifiedLayerNormalization"),
            *("SkipLayerNormalization", "SkipSimplifiedLayerNormalization"),
        ),
        Alike(),
    ),
    "DequantizeLinear": Alike(typed=1),
    "DynamicQuantizeLSTM": Alike("LSTM", (0, 1, 2)),
    "DynamicQuantizeMatMul": Alike("MatMul", (0, 1)),
    "EmbedLayerNormalization": Alike("Gather", (2, 0), typed=2),
    "FusedConv": Alike("Conv", (0, 1)),
    "FusedGemm": Alike("Gemm", (0, 1)),
    "MatMulIntegerToFloat": Alike("MatMul", (0, 1), typed=2),
    "QEmbedLayerNormalization": Alike("Gather", (2, 0), typed=8),
    "QGemm": Alike("Gemm", (0, 3), typed=8),
    "QLinearAdd": Alike("Add", (0, 3)),
    "QLinearAveragePool": Alike("AveragePool"),
    "QLinearConcat": Alike("Concat", range(2, 2**10, 3), typed=1),
    "QLinearGlobalAveragePool": Alike("GlobalAveragePool"),
    "QLinearMul": Alike("Mul", (0, 3)),
    "QuantizeLinear": Alike(typed=2),
}


def stand_in(node: NodeProto) -> tuple[NodeProto, str]:
    """The operator, or one of ONNX that yields as much for the same inputs; and the value whose
    type is that of the first output.
    """
    if node.op_type not in _ALIKE or (node.domain != VENDOR and defs.has(node.op_type)):
        return node, ""
    kind, read, typed = _ALIKE[node.op_type]
    operands = [node.input[at] for at in read if at < len(node.input)]
    known = defs.get_schema(kind)
    alike = helper.make_node(kind, operands, node.output[: known.max_output])
    alike.attribute.extend(each for each in node.attribute if each.name in known.attributes)
    return alike, node.input[typed] if typed < len(node.input) else ""


def own_shape(node: NodeProto, shapes: Sequence[OpenExtents | None]) -> OpenExtents | None:
    """The shape of what an operator yields that none of ONNX's stands for; `shapes` are those of
    its inputs.
    """
    if node.domain != VENDOR or not shapes or not shapes[0]:
        return None
    rows = shapes[0][:-1]
    if node.op_type == "MatMulNBits":
        return *rows, int(attribute(node, "N", 0))
    if node.op_type in ("Attention", "QAttention") and shapes[1]:
        columns = shapes[1][-1]
        return *rows, columns // 3 if isinstance(columns, int) else columns
    return None
