"""A small trained network and images of its own, for a chip on which zeros pay."""

from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

import hwsim
from prune import finetune as tuning
from prune.bench import Bench
from prune.pipeline import prepared
from prune.settings import Calibration, Settings

CHIP = "cvpr17"
#: Quick, and enough for what is tested.
QUICK = Settings(
    finetune=tuning.Settings(steps=10, batch=32, learning_rate=0.01),
    calibration=Calibration(images=150, held_images=60, measured_images=60),
)


class Small(nn.Module):
    """From images (N, 1, 4, 4) to the logits of four classes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3, padding=1)
        self.hidden = nn.Linear(6 * 16, 24)
        self.last = nn.Linear(24, 4)

    def forward(self, images: Tensor) -> Tensor:
        """The logits of the images."""
        x = torch.relu(self.conv(images)).flatten(1)
        logits: Tensor = self.last(torch.relu(self.hidden(x)))
        return logits


class Quarters(TensorDataset):
    """Noise with one bright quarter, whose number is the class."""

    def __init__(self, name: str, images: int, seed: int) -> None:
        numbers = torch.Generator().manual_seed(seed)
        labels = torch.randint(4, (images,), generator=numbers)
        pixels = torch.rand(images, 1, 4, 4, generator=numbers)
        for image, label in zip(pixels, labels.tolist(), strict=True):
            rows, columns = divmod(label, 2)
            image[0, 2 * rows : 2 * rows + 2, 2 * columns : 2 * columns + 2] += 0.5
        super().__init__(pixels, labels)
        self.name = name


TRAIN, VALIDATION = Quarters("train", 400, 1), Quarters("validation", 200, 2)


@cache
def trained() -> nn.Module:
    """The network, trained; not to be changed."""
    torch.manual_seed(0)
    model = Small()
    how = tuning.Settings(steps=150, batch=32, optimizer="adam", learning_rate=0.01)
    tuning.finetune(model, TRAIN, how)
    return model.eval()


def bench(settings: Settings = QUICK, model: nn.Module | None = None) -> Bench:
    """All that pruning the small network works with."""
    chip = hwsim.load_architecture(CHIP)
    given = trained() if model is None else model
    return prepared(given, chip, train=TRAIN, validation=VALIDATION, settings=settings)


def steps(folder: Path) -> list[str]:
    """The steps that are kept in a folder of a run."""
    kept = folder / "steps"
    return sorted(str(path.relative_to(kept)) for path in kept.rglob("*.safetensors"))
