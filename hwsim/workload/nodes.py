"""What each kind of node makes of the shapes that it reads: its own shape, and its loop nest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

from hwsim.workload.convolution import convolution, fully_connected
from hwsim.workload.layer import Layer
from hwsim.workload.network import Shape
from hwsim.workload.window import Window, pair, windows

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Misfit:
    """How a node does not fit what it reads; `key` is the path of the setting to blame."""

    what: str
    key: tuple[str | int, ...]


class Yield(NamedTuple):
    """What a node makes of what it reads.

    `shape` is None where misfits leave none to go on with, `layer` where there is nothing to price.
    """

    shape: Shape | None
    layer: Layer | None = None
    misfits: tuple[Misfit, ...] = ()


def yields(name: str, node: Settings, shapes: list[Shape], batch: int) -> Yield:
    """What the node makes of the shapes of those it reads, at `batch` images."""
    kind = node["kind"]
    if kind in _JOINS:
        return _JOINS[kind](node, shapes)
    if kind in _PRICED:
        return _PRICED[kind](name, node, shapes[0], batch)
    return _PASSED[kind](node, shapes[0])


def yields_of_any(node: Settings) -> Yield:
    """What the node makes of shapes that are not known: all that does not depend on them."""
    match node["kind"]:
        case "fully_connected":
            return Yield((node["out_features"], 1, 1))
        case "convolution":
            return Yield(None, misfits=tuple(_group_misfits(node, node["out_channels"], "output")))
        case _:
            return Yield(None)


def _window_misfits(node: Settings, both: tuple[Window, Window]) -> Iterator[Misfit]:
    if any(window.free < 0 for window in both):
        kernel = " x ".join(str(window.span) for window in both)
        dilated = "" if node.get("dilation", 1) == 1 else "dilated "
        size = " x ".join(str(window.padded) for window in both)
        padded = "" if node.get("padding", 0) == 0 else "padded "
        what = f"a {dilated}kernel of {kernel} exceeds the {padded}input of {size}"
        yield Misfit(what, ("kernel",))


def _group_misfits(node: Settings, channels: int, side: str) -> Iterator[Misfit]:
    groups = node.get("groups", 1)
    if channels % groups:
        what = f"{groups} groups do not divide {channels} {side} channels"
        yield Misfit(what, ("groups",))


def _channel_misfits(node: Settings, channels: int) -> Iterator[Misfit]:
    if node.get("in_channels", channels) != channels:
        yield Misfit(f"reads {channels} channels, not {node['in_channels']}", ("in_channels",))
    yield from _group_misfits(node, channels, "input")
    yield from _group_misfits(node, node["out_channels"], "output")


def _convolution(name: str, node: Settings, shape: Shape, batch: int) -> Yield:
    channels, groups, out = shape[0], node.get("groups", 1), node["out_channels"]
    stride = node.get("stride", 1)
    both = windows(node, shape, stride)
    unfit = tuple(_window_misfits(node, both))
    misfits = (*_channel_misfits(node, channels), *unfit)
    if unfit:
        return Yield(None, misfits=misfits)
    rows, columns = (window.positions(ceil=False) for window in both)
    if misfits:
        return Yield((out, rows, columns), misfits=misfits)
    layer = convolution(
        name,
        batch=batch,
        groups=groups,
        channels=(channels // groups, out // groups),
        outputs=(rows, columns),
        kernel=pair(node["kernel"]),
        stride=pair(stride),
        dilation=pair(node.get("dilation", 1)),
        kind=node["kind"],
    )
    return Yield((out, rows, columns), layer)


def _depthwise(name: str, node: Settings, shape: Shape, batch: int) -> Yield:
    channels = shape[0]
    out = channels * node.get("multiplier", 1)
    return _convolution(name, node | {"groups": channels, "out_channels": out}, shape, batch)


def _fully_connected(name: str, node: Settings, shape: Shape, batch: int) -> Yield:
    features, out = prod(shape), node["out_features"]
    if node.get("in_features", features) != features:
        what = f"reads {features} features, not {node['in_features']}"
        return Yield((out, 1, 1), misfits=(Misfit(what, ("in_features",)),))
    return Yield((out, 1, 1), fully_connected(name, batch=batch, features=(features, out)))


def _pool(node: Settings, shape: Shape) -> Yield:
    both = windows(node, shape, node["stride"])
    misfits = tuple(_window_misfits(node, both))
    if misfits:
        return Yield(None, misfits=misfits)
    rows, columns = (window.positions(node.get("ceil_mode", False)) for window in both)
    return Yield((shape[0], rows, columns))


def _concatenation(node: Settings, shapes: list[Shape]) -> Yield:
    if len({shape[1:] for shape in shapes}) > 1:
        what = f"concatenates maps of different sizes: {_listed(node, shapes)}"
        return Yield(None, misfits=(Misfit(what, ("from",)),))
    return Yield((sum(shape[0] for shape in shapes), *shapes[0][1:]))


def _addition(node: Settings, shapes: list[Shape]) -> Yield:
    if len(set(shapes)) > 1:
        what = f"adds maps of different shapes: {_listed(node, shapes)}"
        return Yield(None, misfits=(Misfit(what, ("from",)),))
    return Yield(shapes[0])


def _listed(node: Settings, shapes: list[Shape]) -> str:
    """The shapes, channels first, each with the name of whom it is."""
    named = zip(node["from"], shapes, strict=True)
    return ", ".join(f"{name} is {' x '.join(map(str, shape))}" for name, shape in named)


_JOINS: dict[str, Callable[[Settings, list[Shape]], Yield]] = {
    "concatenation": _concatenation,
    "addition": _addition,
}
_PRICED: dict[str, Callable[[str, Settings, Shape, int], Yield]] = {
    "convolution": _convolution,
    "depthwise_convolution": _depthwise,
    "fully_connected": _fully_connected,
}
_PASSED: dict[str, Callable[[Settings, Shape], Yield]] = {
    "max_pool": _pool,
    "average_pool": _pool,
    "global_average_pool": lambda _, shape: Yield((shape[0], 1, 1)),
    "flatten": lambda _, shape: Yield((prod(shape), 1, 1)),
    **dict.fromkeys(
        ("relu", "lrn", "batch_norm", "dropout", "softmax"), lambda _, shape: Yield(shape)
    ),
}
