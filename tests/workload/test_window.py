"""Sliding windows: how many positions they take."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hwsim.workload.window import Window

small = st.integers(0, 9)


def positions(
    extent: int,
    *,
    kernel: int,
    stride: int = 1,
    dilation: int = 1,
    padding: tuple[int, int] = (0, 0),
    ceil: bool = False,
) -> int:
    """How many positions the window takes."""
    before, after = padding
    window = Window(
        extent=extent, kernel=kernel, stride=stride, dilation=dilation, before=before, after=after
    )
    return window.positions(ceil)


@pytest.mark.parametrize(
    ("extent", "settings", "expected"),
    [
        (227, {"kernel": 11, "stride": 4}, 55),  # AlexNet's conv1
        (27, {"kernel": 5, "padding": (2, 2)}, 27),
        (224, {"kernel": 7, "stride": 2, "padding": (3, 3)}, 112),  # ResNet's conv1
        (28, {"kernel": 3, "dilation": 2}, 24),
        (28, {"kernel": 3, "dilation": 2, "padding": (2, 2)}, 28),
        (8, {"kernel": 3, "stride": 2, "padding": (0, 1)}, 4),
        (8, {"kernel": 3, "stride": 2, "padding": (1, 1)}, 4),
        (5, {"kernel": 3, "dilation": 2}, 1),
    ],
)
def test_a_convolution_takes_as_many_positions_as_documented(
    extent: int, settings: dict[str, int], expected: int
) -> None:
    """PyTorch, `Conv2d`: floor((H + padding - dilation (kernel - 1) - 1) / stride) + 1."""
    assert positions(extent, **settings) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("extent", "settings", "floor", "ceil"),
    [
        (55, {"kernel": 3, "stride": 2}, 27, 27),  # AlexNet's pool1
        (112, {"kernel": 3, "stride": 2}, 55, 56),  # GoogLeNet's pool1
        (7, {"kernel": 2, "stride": 2}, 3, 4),
        (3, {"kernel": 2, "stride": 2, "padding": (1, 1)}, 2, 2),  # the third starts at the end
        (4, {"kernel": 2, "stride": 2, "padding": (1, 1)}, 3, 3),
        (5, {"kernel": 1, "stride": 3}, 2, 2),  # the third would start outside
        (3, {"kernel": 2, "stride": 2, "padding": (0, 1)}, 2, 2),
        (2, {"kernel": 2, "stride": 2, "padding": (1, 0)}, 1, 2),
        (5, {"kernel": 3, "stride": 3, "padding": (0, 1)}, 2, 2),
        (6, {"kernel": 3, "stride": 3, "padding": (0, 1)}, 2, 2),  # the third starts behind
        (6, {"kernel": 3, "stride": 3, "padding": (1, 0)}, 2, 3),  # the third starts at 5
    ],
)
def test_with_ceil_the_last_window_starts_inside(
    extent: int, settings: dict[str, int], floor: int, ceil: int
) -> None:
    """PyTorch, `MaxPool2d`: windows may go off-bounds if they start in the left padding or the
    input; those that would start in the right padding are ignored. Caffe says the same.
    """
    assert positions(extent, **settings) == floor  # type: ignore[arg-type]
    assert positions(extent, ceil=True, **settings) == ceil  # type: ignore[arg-type]


@given(small, st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), small, small)
def test_with_ceil_windows_go_on_until_all_is_covered(
    extent: int, kernel: int, stride: int, dilation: int, before: int, after: int
) -> None:
    """Placed one by one: the next window is taken while the last one has not reached the end of
    the padded side, and if it starts before the padding behind.
    """
    span = dilation * (kernel - 1) + 1
    padded = before + extent + after
    assume(extent > 0)
    assume(span <= padded)
    count = 1
    while (count - 1) * stride + span < padded and count * stride < before + extent:
        count += 1
    found = positions(
        extent, kernel=kernel, stride=stride, dilation=dilation, padding=(before, after), ceil=True
    )
    assert found == count
