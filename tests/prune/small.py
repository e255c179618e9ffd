"""A small trained network and images of its own, for chips on which zeros pay."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.utils.data import Dataset, TensorDataset

import hwsim
from hwsim.vocabulary import INPUTS, TENSORS, WEIGHTS
from hwsim.workload.layer import Layer
from prune.densities import Vector
from prune.pipeline import prepared
from prune.run.bench import Bench
from prune.settings import Calibration, Settings
from prune.training import finetune as tuning

#: For a network of digits that was trained, and its weights put beside the recipe.
RECIPE = """\
schema: hwsim/recipe/v1
model: digits
weights: dense.safetensors
data: {train: digits}
architecture: cvpr17
goal: {energy: 0.5}
calibration: {images: 50, held_images: 20, measured_images: 20}
"""

#: Quick, and enough for what is tested.
QUICK = Settings(
    finetune=tuning.Training(steps=10, batch=32, learning_rate=0.01),
    calibration=Calibration(images=150, held_images=60, measured_images=60),
)


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A chip without levels: a word costs `word`, and a MAC of two nonzeros 1."""

    layer: Layer
    word: float = 20.0

    def energy(
        self, *, weights: ArrayLike = 1.0, inputs: ArrayLike = 1.0, outputs: ArrayLike = 1.0
    ) -> Vector:
        """The energy at each of the densities."""
        densities = dict(zip(TENSORS, map(np.asarray, (weights, inputs, outputs)), strict=True))
        words = [self.layer.words(tensor) * density for tensor, density in densities.items()]
        macs = self.layer.macs * densities[WEIGHTS] * densities[INPUTS]
        return np.asarray(macs + self.word * sum(words), dtype=float)


@dataclass(frozen=True, kw_only=True)
class Rough(Plain):
    """A search that misses the least energy by 2 % where all weights are there."""

    def energy(
        self, *, weights: ArrayLike = 1.0, inputs: ArrayLike = 1.0, outputs: ArrayLike = 1.0
    ) -> Vector:
        """The energy at each of the densities."""
        least = Plain.energy(self, weights=weights, inputs=inputs, outputs=outputs)
        return least * np.where(np.asarray(weights) == 1, 1.02, 1.0)


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
    how = tuning.Training(steps=150, batch=32, optimizer="adam", learning_rate=0.01)
    tuning.finetune(model, TRAIN, how)
    return model.eval()


def bench(
    settings: Settings = QUICK,
    model: nn.Module | None = None,
    *,
    train: Dataset[Any] = TRAIN,
    validation: Dataset[Any] = VALIDATION,
) -> Bench:
    """All that pruning the small network works with, for a plain chip."""
    given = trained() if model is None else model
    chip = hwsim.load_architecture("cvpr17")
    whole = prepared(given, chip, train=train, validation=validation, settings=settings)
    oracles = {layer.name: Plain(layer=layer) for layer in whole.given.network.layers}
    return replace(whole, given=replace(whole.given, oracles=oracles, exact=oracles))


def steps(folder: Path) -> list[str]:
    """The steps that are kept in a folder of a run."""
    kept = folder / "steps"
    return sorted(str(path.relative_to(kept)) for path in kept.rglob("*.safetensors"))
