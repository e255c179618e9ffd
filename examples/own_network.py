"""A network of one's own for `hwsim prune examples/prune.yaml`: a function that gives it.

    hwsim prune examples/prune.yaml --dry-run

Here it is a small one for the digits that scikit-learn ships, trained whenever it is asked for; a
trained one would be loaded: `model.load_state_dict(torch.load("weights.pt"))`.
"""

import torch
from torch import Tensor, nn

from prune import Preprocessing
from prune.data import digits, images
from prune.training.finetune import Training, finetune

#: Grey pictures of 8 x 8 pixels, whose values are 0 to 255, to about -1 to 1.
EXPECTED = Preprocessing(
    channels="L", resize=None, crop=8, scale=255.0, mean=(0.5,), deviation=(0.5,)
)


class Residual(nn.Module):
    """From images (N, 1, 8, 8) to the logits of ten classes, by way of a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        self.body = nn.Conv2d(16, 16, 3, padding=1)
        self.head = nn.Linear(16 * 16, 10)

    def forward(self, x: Tensor) -> Tensor:
        """The logits."""
        stem = torch.relu(self.stem(x))
        body = torch.relu(self.body(stem) + stem)
        logits: Tensor = self.head(nn.functional.max_pool2d(body, 2).flatten(1))
        return logits


def network() -> tuple[nn.Module, Preprocessing]:
    """The trained network, and what it expects of images."""
    torch.manual_seed(0)
    model = Residual()
    training = Training(steps=200, optimizer="adam", learning_rate=0.003, weight_decay=0)
    finetune(model, images(digits(), EXPECTED), training)
    return model.eval(), EXPECTED
