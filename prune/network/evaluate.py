"""From a model and labelled images to its accuracy and loss, with standard errors."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from prune.data import dataset_name
from prune.errors import Error
from prune.network.watch import evaluating, watched

#: Called with the number of images done so far.
OnImages = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a model made of the images called `images`.

    `ranks` (one an image, int64) counts the classes that were preferred to the right one, and
    `losses` (float64) are cross-entropies in nats.
    """

    images: str
    ranks: Tensor
    losses: Tensor

    def __len__(self) -> int:
        return len(self.ranks)

    @property
    def top1(self) -> float:
        """The share of images whose class came first."""
        return self.accuracy(1)

    @property
    def top5(self) -> float:
        """The share of images whose class was among the first five."""
        return self.accuracy(5)

    @property
    def loss(self) -> float:
        """The mean loss."""
        return float(self.losses.mean())

    def accuracy(self, k: int) -> float:
        """The share of images whose class was among the first `k`."""
        return float((self.ranks < k).double().mean())

    def standard_error(self, k: int) -> float:
        """The standard error of `accuracy(k)`: that of a proportion, sqrt(p (1 - p) / n)."""
        p = self.accuracy(k)
        return sqrt(p * (1 - p) / len(self))

    def loss_standard_error(self) -> float:
        """The standard error of `loss`: the deviation over the root of the number of images."""
        return float(self.losses.std(correction=0)) / sqrt(len(self))

    def gain(self, before: "Evaluation", k: int) -> tuple[float, float]:
        """By how much `accuracy(k)` is more than `before` on the same images, with the standard
        error of that difference, which is paired, image by image.

        Raises `ValueError` where the images are not the same.
        """
        if (self.images, len(self)) != (before.images, len(before)):
            raise ValueError(f"{self.images} and {before.images} are not the same images")
        difference = (self.ranks < k).double() - (before.ranks < k).double()
        return float(difference.mean()), float(difference.std(correction=0)) / sqrt(len(self))


class NotFinite(Error):
    """The model yields infinities or NaN for an image among the first `image` + 1; `layer` is the
    first whose output has some.
    """

    layer: str
    image: int

    def __str__(self) -> str:
        whose = f"of {self.layer}" if self.layer else "of the model"
        return (
            f"image {self.image}: the output {whose} is not finite; are the weights the model's, "
            "and is the image preprocessed as the model expects?"
        )


def evaluate(
    model: nn.Module,
    loader: DataLoader[Any],
    *,
    device: str | torch.device = "cpu",
    progress: OnImages | None = None,
) -> Evaluation:
    """The model's ranks and losses over a loader of (images, labels).

    The model is moved to the device and left in the mode, of training or evaluation, that it was
    in. Raises `NotFinite`, and `ValueError` where the loader is empty.
    """
    model.to(device)
    ranks: list[Tensor] = []
    losses: list[Tensor] = []
    done = 0
    with evaluating(model), torch.inference_mode():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            logits = model(images).float()
            if not bool(logits.isfinite().all()):
                raise _not_finite(model, images, logits, done)
            ranks.append(ranks_of(logits, labels).cpu())
            losses.append(cross_entropy(logits, labels, reduction="none").cpu())
            done += len(labels)
            if progress:
                progress(done)
    if not done:
        raise ValueError(f"{dataset_name(loader.dataset)} has no images")
    name = dataset_name(loader.dataset)
    return Evaluation(images=name, ranks=torch.cat(ranks), losses=torch.cat(losses).double())


def ranks_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Return how many classes are preferred to the label of each image; of equal ones, the first.

    `logits` is (images, classes).

    >>> ranks_of(torch.tensor([[0.1, 0.7, 0.2], [0.0, 0.0, 0.0]]), torch.tensor([2, 2])).tolist()
    [1, 2]
    """
    of_label = logits.gather(1, labels[:, None])
    earlier = torch.arange(logits.shape[1], device=logits.device) < labels[:, None]
    return ((logits > of_label) | ((logits == of_label) & earlier)).sum(dim=1)


def _not_finite(model: nn.Module, images: Tensor, logits: Tensor, done: int) -> NotFinite:
    """The error for the first image of the batch whose logits are not finite."""
    position = int((~logits.isfinite().all(dim=1)).nonzero()[0])
    layer = _first_not_finite(model, images[position : position + 1])
    return NotFinite(layer, done + position)


def _first_not_finite(model: nn.Module, image: Tensor) -> str:
    """The first module to finish with an output that is not finite; '' for the model."""
    found: list[str] = []

    def look(name: str, _inputs: object, output: object) -> None:
        if isinstance(output, Tensor) and not bool(output.isfinite().all()):
            found.append(name)

    with watched(dict(model.named_modules()), look):
        model(image)
    return found[0] if found else ""
