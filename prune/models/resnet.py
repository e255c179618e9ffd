"""Residual networks for CIFAR-10, whose shortcuts have no weights (option A).

He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, section 4.2.
"""

from torch import Tensor, nn
from torch.nn.functional import pad, relu


class Block(nn.Module):
    """Two convolutions of 3 x 3, and a shortcut around them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self._stride, self._more = stride, outputs - inputs

    def forward(self, x: Tensor) -> Tensor:
        """The sum of what the convolutions make of `x` and of its shortcut."""
        y = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        return relu(y + self._shortcut(x))

    def _shortcut(self, x: Tensor) -> Tensor:
        """Every other pixel, and channels of zeros on both sides, where the block changes them."""
        if not self._more:
            return x
        before = self._more // 2
        x = x[:, :, :: self._stride, :: self._stride]
        return pad(x, (0, 0, 0, 0, before, self._more - before))


class ResNet(nn.Module):
    """From images (N, 3, 32, 32) to the logits of `classes` classes, with 6 `blocks` + 2 layers."""

    def __init__(self, blocks: int, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = _stage(blocks, 16, 16, stride=1)
        self.layer2 = _stage(blocks, 16, 32, stride=2)
        self.layer3 = _stage(blocks, 32, 64, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(64, classes)

    def forward(self, images: Tensor) -> Tensor:
        """The logits of the images."""
        x = relu(self.bn1(self.conv1(images)))
        x = self.layer3(self.layer2(self.layer1(x)))
        logits: Tensor = self.linear(self.pool(x).flatten(1))
        return logits


def resnet20(classes: int) -> ResNet:
    """20 layers: 0.27 M parameters."""
    return ResNet(3, classes)


def resnet56(classes: int) -> ResNet:
    """56 layers: 0.85 M parameters."""
    return ResNet(9, classes)


def _stage(blocks: int, inputs: int, outputs: int, *, stride: int) -> nn.Sequential:
    first = Block(inputs, outputs, stride)
    return nn.Sequential(first, *(Block(outputs, outputs, 1) for _ in range(blocks - 1)))
