"""Changes batches of images at random, so that there are more of them to train on."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """What may happen to an image: a `shift` by up to so many pixels, down or up and to a side,
    and where `flip` is true, to every other image, that left and right change places.
    """

    shift: int = 0
    flip: bool = False


def augmented(images: Tensor, by: Augmentation) -> Tensor:
    """A batch of images (N, C, H, W), each changed at random (He et al., CVPR 2016, section 4.2).

    What moves in is 0, which after preprocessing is the mean.
    """
    number, _, height, width = images.shape
    padded = pad(images, (by.shift,) * 4)
    down, right = torch.randint(2 * by.shift + 1, (2, number)).tolist()
    shifted = [
        image[:, y : y + height, x : x + width]
        for image, y, x in zip(padded, down, right, strict=True)
    ]
    mirrored = torch.rand(number) < (0.5 if by.flip else 0)
    return torch.stack(
        [image.flip(-1) if m else image for image, m in zip(shifted, mirrored, strict=True)]
    )
