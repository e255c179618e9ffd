"""Operators of attention to their products: scores, and what comes of them times values."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from onnx import NodeProto

from hwsim.importer.nests import Unfit, lettered
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import attribute, operand
from hwsim.importer.onnx.product import Product, known, of_two
from hwsim.importer.onnx.sizes import extents_shown

#: Operators of queries, keys and values, and the input that holds the keys of steps before.
ATTENTION: Final = {"Attention": 4, "MultiHeadAttention": 6}
#: Such operators that multiply by the weights of all three first, and the input that holds keys and
#: values of steps before.
PROJECTING: Final = {"Attention": 4, "QAttention": 8}
SCORES: Final = "scores"


def projects(node: NodeProto) -> bool:
    """Whether an operator of attention makes queries, keys and values itself."""
    return node.op_type in PROJECTING and (bool(node.domain) or node.op_type not in ATTENTION)


def projecting(model: Model, node: NodeProto, projection: Product) -> Iterator[Product]:
    """Attention whose queries, keys and values are made of one input, by the `projection`."""
    inputs, weights = known(model, operand(node, 0)), known(model, operand(node, 1))
    heads = attribute(node, "num_heads", 0)
    if len(inputs) != 3 or heads < 1 or weights[-1] % (3 * heads):
        raise Unfit(f"{extents_shown(weights)} weights are not those of {heads} heads")
    yield replace(projection, part="in_proj", shape=(*inputs[:2], weights[-1]))
    queries = Heads(inputs[0], heads, inputs[1], weights[-1] // (3 * heads))
    past = _past(model, operand(node, PROJECTING[node.op_type]))
    keys = queries._replace(tokens=queries.tokens + past)
    yield from _scores(model, node, queries, keys, queries.depth)


def attention(model: Model, node: NodeProto) -> Iterator[Product]:
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
    yield from _scores(model, node, queries, kept, values.depth, operands)


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
        raise Unfit(f"{extents_shown(shape)} values of {value} are not those of {heads} heads")
    return Heads(shape[0], heads, shape[1], shape[2] // heads)


def _past(model: Model, value: str) -> int:
    """The tokens of steps before, whose keys and values are kept."""
    extents = model.shape(value)
    if not value or extents is None or len(extents) < 2:
        return 0
    tokens = extents[-2]
    return tokens if isinstance(tokens, int) else 0


def _scores(
    model: Model,
    node: NodeProto,
    queries: Heads,
    keys: Heads,
    columns: int,
    operands: Sequence[str] = ("", "", ""),
) -> Iterator[Product]:
    """Queries times keys, and what comes of it times values of so many columns."""
    sizes = (*keys[:2], queries.heads // keys.heads, *queries[2:])
    of_queries = lettered(sizes, "bhgmk")
    of_keys = lettered(keys, "bhnk")
    of_values = lettered((*keys[:3], columns), "bhne")
    of_scores = lettered((*sizes[:-1], keys.tokens), "bhgmn")
    constant = _constants(model, node)
    yield of_two(
        model,
        operands[:2],
        (of_queries, of_keys),
        of_scores,
        constant[:2],
        part=SCORES,
        shape=(*queries[:3], keys.tokens),
    )
    context = [is_attention_constant(model, node), constant[2]]
    kept = {*of_scores, *of_values} - {"n"}
    yield of_two(model, ("", operands[2]), (of_scores, of_values), kept, context, part="context")


def _constants(model: Model, node: NodeProto) -> list[bool]:
    """Whether queries, keys and values are constant, with those of steps before."""
    if projects(node):
        return [model.constant.issuperset(node.input)] * 3
    past = ATTENTION[node.op_type]
    read = ((0,), (1, past), (2, past + 1))
    return [model.constant.issuperset(operand(node, at) for at in each) for each in read]


def is_attention_constant(model: Model, node: NodeProto) -> bool:
    """Whether no input reaches what an operator of attention multiplies its values by."""
    values = () if projects(node) else (2, ATTENTION[node.op_type] + 1)
    others = (name for at, name in enumerate(node.input) if at not in values)
    return model.constant.issuperset(others)
