"""GoogLeNet as in Caffe (BVLC), without the two auxiliary classifiers.

Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, table 1; layers as in Caffe's
models/bvlc_googlenet, whose pools round up.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu


class Inception(nn.Module):
    """A module of table 1: convolutions of 1 x 1, 3 x 3 and 5 x 5 and a pool, side by side.

    Channels by branch: `b1`; `b3` and `b5` each of (reduction, convolution); `pp` after the pool.
    """

    def __init__(
        self, inputs: int, b1: int, b3: tuple[int, int], b5: tuple[int, int], pp: int
    ) -> None:
        super().__init__()
        self.b1 = nn.Conv2d(inputs, b1, 1)
        self.b3r = nn.Conv2d(inputs, b3[0], 1)
        self.b3 = nn.Conv2d(*b3, 3, padding=1)
        self.b5r = nn.Conv2d(inputs, b5[0], 1)
        self.b5 = nn.Conv2d(*b5, 5, padding=2)
        self.pp = nn.Conv2d(inputs, pp, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The branches' channels, one after the other."""
        b1 = relu(self.b1(x))
        b3 = relu(self.b3(relu(self.b3r(x))))
        b5 = relu(self.b5(relu(self.b5r(x))))
        pp = relu(self.pp(max_pool2d(x, 3, 1, padding=1)))
        return torch.cat([b1, b3, b5, pp], dim=1)


class GoogLeNet(nn.Module):
    """From images (N, 3, 224, 224) to the logits of `classes` classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.norm1 = nn.LocalResponseNorm(5)
        self.conv2r = nn.Conv2d(64, 64, 1)
        self.conv2 = nn.Conv2d(64, 192, 3, padding=1)
        self.norm2 = nn.LocalResponseNorm(5)
        self.i3a = Inception(192, 64, (96, 128), (16, 32), 32)
        self.i3b = Inception(256, 128, (128, 192), (32, 96), 64)
        self.i4a = Inception(480, 192, (96, 208), (16, 48), 64)
        self.i4b = Inception(512, 160, (112, 224), (24, 64), 64)
        self.i4c = Inception(512, 128, (128, 256), (24, 64), 64)
        self.i4d = Inception(512, 112, (144, 288), (32, 64), 64)
        self.i4e = Inception(528, 256, (160, 320), (32, 128), 128)
        self.i5a = Inception(832, 256, (160, 320), (32, 128), 128)
        self.i5b = Inception(832, 384, (192, 384), (48, 128), 128)
        self.pool5 = nn.AdaptiveAvgPool2d(1)
        self.drop5 = nn.Dropout(0.4)
        self.fc = nn.Linear(1024, classes)

    def forward(self, images: Tensor) -> Tensor:
        """The logits of the images."""
        x = self.norm1(max_pool2d(relu(self.conv1(images)), 3, 2, ceil_mode=True))
        x = self.norm2(relu(self.conv2(relu(self.conv2r(x)))))
        x = self.i3b(self.i3a(max_pool2d(x, 3, 2, ceil_mode=True)))
        x = self.i4c(self.i4b(self.i4a(max_pool2d(x, 3, 2, ceil_mode=True))))
        x = self.i4e(self.i4d(x))
        x = self.i5b(self.i5a(max_pool2d(x, 3, 2, ceil_mode=True)))
        logits: Tensor = self.fc(self.drop5(self.pool5(x).flatten(1)))
        return logits
