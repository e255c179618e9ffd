"""From an image to the tensor that a model reads: resized, cropped, scaled, centred."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

#: The order of an image's channels; L is a single one, of brightness.
Channels = Literal["RGB", "BGR", "L"]
#: Pixels of a resized picture at most; PIL itself decodes no larger one.
MOST_PIXELS: Final = 178_956_970
#: The largest value of a pixel of 8 bits.
WHITE: Final = 255.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """What a model expects of its input.

    The short side is resized to `resize` pixels (None: left as it is), the centre of `crop` x
    `crop` pixels is cut out, and of its values, 0 to 255, each becomes (value / `scale` - mean) /
    deviation, channel by channel in the order of `channels`.
    """

    channels: Channels
    resize: int | None
    crop: int
    scale: float
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.channels) == len(self.mean) == len(self.deviation):
            raise ValueError(
                f"{len(self.mean)} means and {len(self.deviation)} deviations for the channels"
                f" {self.channels}: give one of each for each channel"
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of what the model reads."""
        return len(self.mean), self.crop, self.crop


def preprocessed(image: Image.Image, by: Preprocessing) -> Tensor:
    """The image as float32 of shape `by.shape`; what the crop lacks at its sides is black.

    Raises `ValueError` for colours that cannot be converted, and a picture too oblong to resize.
    """
    cut = _centre(_resized(_coloured(image, by.channels), by.resize), by.crop)
    pixels = np.asarray(cut, dtype=np.float32).reshape(by.crop, by.crop, -1)
    if by.channels == "BGR":
        pixels = pixels[:, :, ::-1]
    values = (pixels / by.scale - np.array(by.mean)) / np.array(by.deviation)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1), dtype=np.float32))


def _coloured(image: Image.Image, channels: Channels) -> Image.Image:
    return image.convert("L" if channels == "L" else "RGB")


def _resized(image: Image.Image, short_side: int | None) -> Image.Image:
    shortest = min(image.size)
    if short_side is None or shortest == short_side:
        return image
    width, height = (max(1, round(side * short_side / shortest)) for side in image.size)
    if width * height > MOST_PIXELS:
        raise ValueError(f"{image.width} x {image.height} pixels, too oblong to be resized")
    return image.resize((width, height), Image.Resampling.BILINEAR)


def _centre(image: Image.Image, side: int) -> Image.Image:
    left, top = ((length - side) // 2 for length in image.size)
    return image.crop((left, top, left + side, top + side))
