"""AlexNet as in Caffe: one column, with conv2, conv4 and conv5 in two groups.

Krizhevsky, Sutskever, Hinton, "ImageNet Classification with Deep Convolutional Neural Networks",
NIPS 2012; layers as in Caffe's models/bvlc_alexnet.
"""

from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu


class AlexNet(nn.Module):
    """From images (N, 3, 227, 227) to the logits of `classes` classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
        self.norm1 = nn.LocalResponseNorm(5)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.norm2 = nn.LocalResponseNorm(5)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        self.fc6 = nn.Linear(256 * 6 * 6, 4096)
        self.drop6 = nn.Dropout()
        self.fc7 = nn.Linear(4096, 4096)
        self.drop7 = nn.Dropout()
        self.fc8 = nn.Linear(4096, classes)

    def forward(self, images: Tensor) -> Tensor:
        """The logits of the images."""
        x = max_pool2d(self.norm1(relu(self.conv1(images))), 3, 2)
        x = max_pool2d(self.norm2(relu(self.conv2(x))), 3, 2)
        x = relu(self.conv4(relu(self.conv3(x))))
        x = max_pool2d(relu(self.conv5(x)), 3, 2).flatten(1)
        x = self.drop6(relu(self.fc6(x)))
        x = self.drop7(relu(self.fc7(x)))
        logits: Tensor = self.fc8(x)
        return logits
