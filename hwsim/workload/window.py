"""The settings of a convolution or a pool to its sliding windows: how many positions they take."""

from dataclasses import dataclass
from typing import Any

from hwsim.workload.network import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A sliding window along one side of a map, in elements."""

    extent: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def free(self) -> int:
        """How far the window can move; negative if it is larger than the padded map."""
        return self.padded - self.span

    @property
    def padded(self) -> int:
        """The side with its padding."""
        return self.extent + self.before + self.after

    @property
    def span(self) -> int:
        """From the window's first element to its last."""
        return self.dilation * (self.kernel - 1) + 1

    def positions(self, ceil: bool) -> int:
        """How many positions the window takes.

        With `ceil` the last may reach beyond the padding, if it starts inside the map or in the
        padding before it (PyTorch's `MaxPool2d`, Caffe's `PoolingLayer`).
        """
        if not ceil:
            return self.free // self.stride + 1
        starts_inside = (self.extent + self.before - 1) // self.stride
        return min(-(-self.free // self.stride), starts_inside) + 1


def windows(node: dict[str, Any], shape: Shape, stride: int | list[int]) -> tuple[Window, Window]:
    """The window of a convolution or pool, down and across."""
    strides, kernels = pair(stride), pair(node["kernel"])
    dilations, paddings = pair(node.get("dilation", 1)), _padding(node.get("padding", 0))
    down, across = (
        Window(
            extent=shape[1 + axis],
            kernel=kernels[axis],
            stride=strides[axis],
            dilation=dilations[axis],
            before=paddings[axis][0],
            after=paddings[axis][1],
        )
        for axis in (0, 1)
    )
    return down, across


def pair(value: int | list[int]) -> tuple[int, int]:
    """(vertical, horizontal) from one number or both."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _padding(value: int | list[int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(top, bottom), (left, right) from one number, [vertical, horizontal] or all four."""
    if isinstance(value, list) and len(value) == 4:
        top, bottom, left, right = value
        return (top, bottom), (left, right)
    vertical, horizontal = pair(value)
    return (vertical, vertical), (horizontal, horizontal)
