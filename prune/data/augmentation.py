"""Changes batches of images at random, so that there are more of them to train on."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def flipped_and_shifted(images: Tensor, most: int = 4, *, flip: bool = True) -> Tensor:
    """Each image shifted by up to `most` pixels, black moving in, and every other one mirrored, at
    random (He et al., CVPR 2016, section 4.2).

    Black is what a value of 0 means after preprocessing: the mean.
    """
    number, _, height, width = images.shape
    padded = pad(images, (most,) * 4)
    down, right = torch.randint(2 * most + 1, (2, number)).tolist()
    shifted = [
        image[:, y : y + height, x : x + width]
        for image, y, x in zip(padded, down, right, strict=True)
    ]
    mirrored = torch.rand(number) < (0.5 if flip else 0)
    return torch.stack(
        [image.flip(-1) if m else image for image, m in zip(shifted, mirrored, strict=True)]
    )
