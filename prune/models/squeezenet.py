"""SqueezeNet 1.0 and 1.1 as their authors run them in Caffe.

Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model
size", arXiv 1602.07360, table 1; layers as in the authors' SqueezeNet_v1.0 and SqueezeNet_v1.1,
whose pools round up.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu


class Fire(nn.Module):
    """A fire module: `squeeze` channels of 1 x 1, expanded to `expand` of 1 x 1 and of 3 x 3."""

    def __init__(self, inputs: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.s = nn.Conv2d(inputs, squeeze, 1)
        self.e1 = nn.Conv2d(squeeze, expand, 1)
        self.e3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """The expanded channels, those of 1 x 1 first."""
        x = relu(self.s(x))
        return torch.cat([relu(self.e1(x)), relu(self.e3(x))], dim=1)


class SqueezeNet(nn.Module):
    """From images (N, 3, 227, 227) to the logits of `classes` classes.

    The versions differ in their first layer, in where they pool, and in the padding of the last.
    """

    def __init__(self, conv1: nn.Conv2d, pooled: frozenset[str], conv10: nn.Conv2d) -> None:
        super().__init__()
        self.conv1 = conv1
        self.fire2 = Fire(conv1.out_channels, 16, 64)
        self.fire3 = Fire(128, 16, 64)
        self.fire4 = Fire(128, 32, 128)
        self.fire5 = Fire(256, 32, 128)
        self.fire6 = Fire(256, 48, 192)
        self.fire7 = Fire(384, 48, 192)
        self.fire8 = Fire(384, 64, 256)
        self.fire9 = Fire(512, 64, 256)
        self.drop9 = nn.Dropout()
        self.conv10 = conv10
        self.pool10 = nn.AdaptiveAvgPool2d(1)
        self._pooled = pooled

    def forward(self, images: Tensor) -> Tensor:
        """The logits of the images."""
        x = max_pool2d(relu(self.conv1(images)), 3, 2, ceil_mode=True)
        for name, module in self.named_children():
            if isinstance(module, Fire):
                x = module(x)
            if name in self._pooled:
                x = max_pool2d(x, 3, 2, ceil_mode=True)
        logits: Tensor = self.pool10(relu(self.conv10(self.drop9(x)))).flatten(1)
        return logits


def squeezenet1_0(classes: int) -> SqueezeNet:
    """Version 1.0, of the paper."""
    conv1 = nn.Conv2d(3, 96, 7, stride=2)
    conv10 = nn.Conv2d(512, classes, 1, padding=1)
    return SqueezeNet(conv1, frozenset({"fire4", "fire8"}), conv10)


def squeezenet1_1(classes: int) -> SqueezeNet:
    """Version 1.1, of 2.4 times less computation."""
    conv1 = nn.Conv2d(3, 64, 3, stride=2)
    conv10 = nn.Conv2d(512, classes, 1)
    return SqueezeNet(conv1, frozenset({"fire3", "fire5"}), conv10)
