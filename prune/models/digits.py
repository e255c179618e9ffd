"""A small network for handwritten digits of 8 x 8 pixels, quick to train and to prune."""

from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu


class Digits(nn.Module):
    """From images (N, 1, 8, 8) to the logits of `classes` classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.fc1 = nn.Linear(32 * 4 * 4, 64)
        self.fc2 = nn.Linear(64, classes)

    def forward(self, images: Tensor) -> Tensor:
        """The logits of the images."""
        x = relu(self.conv2(relu(self.conv1(images))))
        x = max_pool2d(x, 2).flatten(1)
        logits: Tensor = self.fc2(relu(self.fc1(x)))
        return logits
