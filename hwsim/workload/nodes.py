"""What each kind of node makes of the shapes that it reads: its own shape, and a layer if priced."""

from collections.abc import Callable
from math import prod
from typing import Any

from hwsim.workload.convolution import convolution, fully_connected
from hwsim.workload.layer import Layer
from hwsim.workload.network import Shape

Settings = dict[str, Any]


class Misfit(Exception):
    """The shapes that a node reads do not fit what it is; `key` is the setting to blame, if one."""

    def __init__(self, what: str, *key: str) -> None:
        super().__init__(what)
        self.what = what
        self.key = key


def yields(
    name: str, node: Settings, shapes: list[Shape], batch: int
) -> tuple[Shape, Layer | None]:
    """The (channels, height, width) that the node yields, and its loop nest if it has MACs."""
    kind = node["kind"]
    if kind in _JOINS:
        return _JOINS[kind](shapes), None
    if len(shapes) > 1:
        raise Misfit(f"a {kind} node reads one layer, not {len(shapes)}", "from")
    if kind in _PRICED:
        return _PRICED[kind](name, node, shapes[0], batch)
    return _PASSED[kind](node, shapes[0]), None


def _pair(value: int | list[int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _padding(value: int | list[int]) -> tuple[int, int]:
    """Rows and columns of padding on both sides together."""
    if isinstance(value, int):
        return 2 * value, 2 * value
    if len(value) == 2:
        return 2 * value[0], 2 * value[1]
    top, bottom, left, right = value
    return top + bottom, left + right


def _window(node: Settings, shape: Shape, ceil: bool = False) -> tuple[int, int]:
    """Output rows and columns of a sliding window: (H + padding - dilated kernel) / stride + 1."""
    sizes = []
    settings = (
        _pair(node["kernel"]),
        _pair(node.get("stride", 1)),
        _pair(node.get("dilation", 1)),
        _padding(node.get("padding", 0)),
    )
    for side, extent, kernel, stride, dilation, padding in zip(
        ("height", "width"), shape[1:], *settings, strict=True
    ):
        free = extent + padding - (dilation * (kernel - 1) + 1)
        if free < 0:
            raise Misfit(
                f"a kernel of {dilation * (kernel - 1) + 1} exceeds the padded {side} of "
                f"{extent + padding}",
                "kernel",
            )
        steps = -(-free // stride) if ceil else free // stride
        if ceil and steps * stride >= extent + padding // 2:
            steps -= 1  # as Caffe and PyTorch: no window starts in the padding behind
        sizes.append(steps + 1)
    return sizes[0], sizes[1]


def _convolution(name: str, node: Settings, shape: Shape, batch: int) -> tuple[Shape, Layer]:
    channels, groups, out = shape[0], node.get("groups", 1), node["out_channels"]
    if node.get("in_channels", channels) != channels:
        raise Misfit(f"reads {channels} channels, not {node['in_channels']}", "in_channels")
    for count, what in ((channels, "input channels"), (out, "output channels")):
        if count % groups:
            raise Misfit(f"{groups} groups do not divide {count} {what}", "groups")
    rows, columns = _window(node, shape)
    layer = convolution(
        name,
        batch=batch,
        groups=groups,
        channels=(channels // groups, out // groups),
        outputs=(rows, columns),
        kernel=_pair(node["kernel"]),
        stride=_pair(node.get("stride", 1)),
        dilation=_pair(node.get("dilation", 1)),
        kind=node["kind"],
    )
    return (out, rows, columns), layer


def _depthwise(name: str, node: Settings, shape: Shape, batch: int) -> tuple[Shape, Layer]:
    channels = shape[0]
    out = channels * node.get("multiplier", 1)
    return _convolution(name, node | {"groups": channels, "out_channels": out}, shape, batch)


def _fully_connected(name: str, node: Settings, shape: Shape, batch: int) -> tuple[Shape, Layer]:
    features, out = prod(shape), node["out_features"]
    if node.get("in_features", features) != features:
        raise Misfit(f"reads {features} features, not {node['in_features']}", "in_features")
    return (out, 1, 1), fully_connected(name, batch=batch, features=(features, out))


def _pool(node: Settings, shape: Shape) -> Shape:
    return (shape[0], *_window(node, shape, ceil=node.get("ceil_mode", False)))


def _concatenation(shapes: list[Shape]) -> Shape:
    sides = {shape[1:] for shape in shapes}
    if len(sides) > 1:
        raise Misfit(f"concatenates maps of different sizes: {_list(shapes)}")
    return (sum(shape[0] for shape in shapes), *shapes[0][1:])


def _addition(shapes: list[Shape]) -> Shape:
    if len(set(shapes)) > 1:
        raise Misfit(f"adds maps of different shapes: {_list(shapes)}")
    return shapes[0]


def _list(shapes: list[Shape]) -> str:
    return ", ".join(" x ".join(map(str, shape)) for shape in shapes)


def _same(_: Settings, shape: Shape) -> Shape:
    return shape


_JOINS: dict[str, Callable[[list[Shape]], Shape]] = {
    "concatenation": _concatenation,
    "addition": _addition,
}
_PRICED: dict[str, Callable[[str, Settings, Shape, int], tuple[Shape, Layer]]] = {
    "convolution": _convolution,
    "depthwise_convolution": _depthwise,
    "fully_connected": _fully_connected,
}
_PASSED: dict[str, Callable[[Settings, Shape], Shape]] = {
    "max_pool": _pool,
    "average_pool": _pool,
    "global_average_pool": lambda _, shape: (shape[0], 1, 1),
    "flatten": lambda _, shape: (prod(shape), 1, 1),
    **dict.fromkeys(("relu", "lrn", "batch_norm", "dropout", "softmax"), _same),
}
