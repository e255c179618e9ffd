"""What is given and a goal to the key that tells their run from others."""

import json
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

import torch
from torch.utils.data import Dataset

from prune.data import name_of, size_of
from prune.run.given import Given
from prune.settings import Goal
from prune.training.checkpoint import digest_of

#: How many images tell the same images from others.
TOLD_BY: Final = 10


def key(given: Given, goal: Goal) -> dict[str, str]:
    """What tells this run from others, part by part."""
    images = (given.train, given.held, given.validation)
    settings = {**asdict(given.settings), "layers": dict(given.settings.layers)}
    del settings["device"]
    return {
        "goal": str(goal),
        "settings": json.dumps(settings, sort_keys=True),
        "architecture": _digest(repr(given.chip)),
        "network": digest_of(given.dense.state_dict()),
        "layers or batch": _digest(repr(given.network.layers)),
        "images": "; ".join(_described(part) for part in images),
    }


def _described(images: Dataset[Any]) -> str:
    """Name and number, and a digest of some of the images and labels as the network gets them."""
    some = [images[index] for index in range(min(TOLD_BY, size_of(images)))]
    digest = digest_of(
        {str(index): torch.as_tensor(image) for index, (image, _) in enumerate(some)}
    )
    labels = [int(label) for _, label in some]
    return f"{name_of(images)} ({size_of(images)}; {digest}; {labels})"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
