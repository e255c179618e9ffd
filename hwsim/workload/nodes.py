"""What each kind of node makes of the shapes that it reads: its own shape, and its loop nest."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Final, NamedTuple

from hwsim.workload.convolution import (
    MATRIX_PRODUCT,
    convolution,
    fully_connected,
    matrix_product,
)
from hwsim.workload.layer import Layer
from hwsim.workload.network import Shape
from hwsim.workload.window import Window, pair, windows

NodeSettings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NodeMisfit:
    """How a node does not fit what it reads; `key` is the path of the setting to blame."""

    what: str
    key: tuple[str | int, ...]


class Yield(NamedTuple):
    """What a node makes of what it reads.

    `shape` is None where misfits leave none to go on with, `layer` where there is nothing to price.
    """

    shape: Shape | None
    layer: Layer | None = None
    misfits: tuple[NodeMisfit, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """A node and the shapes that it reads, at `batch` images."""

    name: str
    node: NodeSettings
    shapes: list[Shape]
    batch: int

    @property
    def shape(self) -> Shape:
        """The first of the shapes; most kinds read no other."""
        return self.shapes[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKind:
    """A kind of nodes: what one `makes` of what it reads, and of shapes that are `unknown`.

    `of_maps` are those that slide over rows and columns.
    """

    makes: Callable[[Read], Yield]
    unknown: Callable[[NodeSettings], Yield] = lambda _: Yield(None)
    of_maps: bool = False


def yields(name: str, node: NodeSettings, shapes: list[Shape], batch: int) -> Yield:
    """What the node makes of the shapes of those it reads, at `batch` images."""
    kind = NODE_KINDS[node["kind"]]
    if kind.of_maps and len(shapes[0]) != 3:
        return Yield(None, misfits=(NodeMisfit(f"reads {_described(shapes[0])}, not a map", ()),))
    return kind.makes(Read(name, node, shapes, batch))


def yields_of_any(node: NodeSettings) -> Yield:
    """What the node makes of shapes that are not known: all that does not depend on them."""
    return NODE_KINDS[node["kind"]].unknown(node)


def _window_misfits(node: NodeSettings, both: tuple[Window, Window]) -> Iterator[NodeMisfit]:
    if any(window.free < 0 for window in both):
        kernel = " x ".join(str(window.span) for window in both)
        dilated = "" if node.get("dilation", 1) == 1 else "dilated "
        size = " x ".join(str(window.padded) for window in both)
        padded = "" if node.get("padding", 0) == 0 else "padded "
        what = f"a {dilated}kernel of {kernel} exceeds the {padded}input of {size}"
        yield NodeMisfit(what, ("kernel",))


def _group_misfits(node: NodeSettings, channels: int, side: str) -> Iterator[NodeMisfit]:
    groups = node.get("groups", 1)
    if channels % groups:
        what = f"{groups} groups do not divide {channels} {side} channels"
        yield NodeMisfit(what, ("groups",))


def _channel_misfits(node: NodeSettings, channels: int) -> Iterator[NodeMisfit]:
    if node.get("in_channels", channels) != channels:
        yield NodeMisfit(f"reads {channels} channels, not {node['in_channels']}", ("in_channels",))
    yield from _group_misfits(node, channels, "input")
    yield from _group_misfits(node, node["out_channels"], "output")


def _convolution(read: Read) -> Yield:
    node, channels = read.node, read.shape[0]
    groups, out, stride = node.get("groups", 1), node["out_channels"], node.get("stride", 1)
    both = windows(node, read.shape, stride)
    unfit = tuple(_window_misfits(node, both))
    misfits = (*_channel_misfits(node, channels), *unfit)
    if unfit:
        return Yield(None, misfits=misfits)
    rows, columns = (window.positions(ceil=False) for window in both)
    if misfits:
        return Yield((out, rows, columns), misfits=misfits)
    layer = convolution(
        read.name,
        batch=read.batch,
        groups=groups,
        channels=(channels // groups, out // groups),
        outputs=(rows, columns),
        kernel=pair(node["kernel"]),
        stride=pair(stride),
        dilation=pair(node.get("dilation", 1)),
        sides=((both[0].before, both[0].extent), (both[1].before, both[1].extent)),
        kind=node["kind"],
    )
    return Yield((out, rows, columns), layer)


def _unknown_convolution(node: NodeSettings) -> Yield:
    return Yield(None, misfits=tuple(_group_misfits(node, node["out_channels"], "output")))


def _depthwise(read: Read) -> Yield:
    channels = read.shape[0]
    out = channels * read.node.get("multiplier", 1)
    node = read.node | {"groups": channels, "out_channels": out}
    return _convolution(replace(read, node=node))


def _fully_connected(read: Read) -> Yield:
    """It reads every element of a map, and of a sequence each token by itself."""
    node, shape = read.node, read.shape
    tokens = shape[0] if len(shape) == 2 else 1
    features, out = prod(shape) // tokens, node["out_features"]
    made = (tokens, out) if len(shape) == 2 else (out, 1, 1)
    if node.get("in_features", features) != features:
        what = f"reads {features} features, not {node['in_features']}"
        return Yield(made, misfits=(NodeMisfit(what, ("in_features",)),))
    layer = fully_connected(read.name, batch=read.batch, features=(features, out), positions=tokens)
    return Yield(made, layer)


def _matrix_product(read: Read) -> Yield:
    """Attention's products, head by head: with `transposed`, scores of tokens by tokens; without,
    tokens whose features are those of the heads side by side.
    """
    node, shapes = read.node, read.shapes
    heads, transposed = node.get("heads", 1), node.get("transposed", False)
    misfits = [
        bad
        for source, shape in zip(node["from"], shapes, strict=True)
        for bad in _head_misfits(source, shape, heads)
    ]
    if misfits:
        return Yield(None, misfits=tuple(misfits))
    (rows, depth), right = (_of_a_head(shape, heads) for shape in shapes)
    columns, deep = right if transposed else right[::-1]
    if depth != deep:
        what = f"the left operand is {rows} x {depth} in each head, the right {deep} x {columns}"
        return Yield(None, misfits=(NodeMisfit(what, ("from",)),))
    layer = matrix_product(
        read.name, groups=read.batch * heads, rows=rows, depth=depth, columns=columns
    )
    return Yield((heads, rows, columns) if transposed else (rows, heads * columns), layer)


def _head_misfits(source: str, shape: Shape, heads: int) -> Iterator[NodeMisfit]:
    if len(shape) == 2 and shape[1] % heads:
        yield NodeMisfit(
            f"{heads} heads do not divide the {shape[1]} features of {source}", ("heads",)
        )
    if len(shape) == 3 and shape[0] != heads:
        yield NodeMisfit(f"{source} has {shape[0]} heads, not {heads}", ("heads",))


def _of_a_head(shape: Shape, heads: int) -> tuple[int, int]:
    """Rows and columns of one head: of a sequence, which shares its features among the heads, or
    of scores.
    """
    return (shape[0], shape[1] // heads) if len(shape) == 2 else (shape[1], shape[2])


def _pool(read: Read) -> Yield:
    node = read.node
    both = windows(node, read.shape, node["stride"])
    misfits = tuple(_window_misfits(node, both))
    if misfits:
        return Yield(None, misfits=misfits)
    rows, columns = (window.positions(node.get("ceil_mode", False)) for window in both)
    return Yield((read.shape[0], rows, columns))


def _concatenation(read: Read) -> Yield:
    shapes = read.shapes
    if len({shape[1:] for shape in shapes}) > 1:
        what = f"concatenates maps of different sizes: {_listed(read)}"
        return Yield(None, misfits=(NodeMisfit(what, ("from",)),))
    return Yield((sum(shape[0] for shape in shapes), *shapes[0][1:]))


def _addition(read: Read) -> Yield:
    if len(set(read.shapes)) > 1:
        what = f"adds maps of different shapes: {_listed(read)}"
        return Yield(None, misfits=(NodeMisfit(what, ("from",)),))
    return Yield(read.shape)


def _unchanged(read: Read) -> Yield:
    return Yield(read.shape)


def _listed(read: Read) -> str:
    """The shapes, channels first, each with the name of whom it is."""
    named = zip(read.node["from"], read.shapes, strict=True)
    return ", ".join(f"{name} is {_sides(shape)}" for name, shape in named)


def _described(shape: Shape) -> str:
    return f"a sequence of {_sides(shape)}" if len(shape) == 2 else f"an array of {_sides(shape)}"


def _sides(shape: Shape) -> str:
    return " x ".join(map(str, shape))


#: By what a file says of their `kind`.
NODE_KINDS: Final[Mapping[str, NodeKind]] = {
    "convolution": NodeKind(makes=_convolution, unknown=_unknown_convolution, of_maps=True),
    "depthwise_convolution": NodeKind(makes=_depthwise, of_maps=True),
    "fully_connected": NodeKind(
        makes=_fully_connected, unknown=lambda node: Yield((node["out_features"], 1, 1))
    ),
    MATRIX_PRODUCT: NodeKind(makes=_matrix_product),
    "max_pool": NodeKind(makes=_pool, of_maps=True),
    "average_pool": NodeKind(makes=_pool, of_maps=True),
    "global_average_pool": NodeKind(makes=lambda read: Yield((read.shape[0], 1, 1)), of_maps=True),
    "relu": NodeKind(makes=_unchanged),
    "gelu": NodeKind(makes=_unchanged),
    "lrn": NodeKind(makes=_unchanged, of_maps=True),
    "batch_norm": NodeKind(makes=_unchanged),
    "layer_norm": NodeKind(makes=_unchanged),
    "dropout": NodeKind(makes=_unchanged),
    "softmax": NodeKind(makes=_unchanged),
    "flatten": NodeKind(makes=lambda read: Yield((prod(read.shape), 1, 1))),
    "concatenation": NodeKind(makes=_concatenation),
    "addition": NodeKind(makes=_addition),
}
