"""The form of a file of the energy estimation tool of energy-aware pruning: its 25 columns.

One line describes a layer by 25 integers, separated by commas (Yang, Chen, Sze, CVPR 2017,
https://energyestimation.mit.edu): its number; of the input maps the height, width, channels,
images, zero entries and bits; of the filters height, width, channels, number, zero entries and
bits; of the output maps as of the input maps; the strides, vertical and horizontal; the zero
padding at top, bottom, left and right, which is not part of the maps.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS

MAP_COLUMNS: Final = ("height", "width", "channels", "images", "zeros", "bits")
#: The word for each tensor.
MAPS: Final = {INPUTS: "input", WEIGHTS: "filter", OUTPUTS: "output"}
#: The columns of a map in the order of a shape.
SHAPE_COLUMNS: Final = ("channels", "height", "width")
COLUMNS: Final = (
    "layer",
    *(f"{map_} {size}" for map_ in MAPS.values() for size in MAP_COLUMNS),
    *("vertical stride", "horizontal stride"),
    *("top padding", "bottom padding", "left padding", "right padding"),
)


class SideColumns(NamedTuple):
    """The columns of a side of a map: its length, the stride along it, the padding at its ends."""

    size: str
    stride: str
    before: str
    after: str


SIDE_COLUMNS: Final = (
    SideColumns("height", "vertical stride", "top padding", "bottom padding"),
    SideColumns("width", "horizontal stride", "left padding", "right padding"),
)


def touched(numbers: Mapping[str, int]) -> int:
    """Entries of the input maps that an output needs, padding left out."""
    entries = numbers["input channels"] * numbers["input images"]
    for side, stride, before, _ in SIDE_COLUMNS:
        indices = {
            numbers[stride] * output + tap - numbers[before]
            for output in range(numbers[f"output {side}"])
            for tap in range(numbers[f"filter {side}"])
        }
        entries *= sum(0 <= index < numbers[f"input {side}"] for index in indices)
    return entries
