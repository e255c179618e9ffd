"""What is given and a goal to the key that tells their run from others."""

import json
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any, Final

import torch
from torch.utils.data import Dataset

from prune.data import dataset_name, size_of
from prune.goals import Goal
from prune.run.given import Given
from prune.settings import METHOD_NAMES, Settings
from prune.solvers import SOLVERS
from prune.training.checkpoint import digest_of

#: How many images tell the same images from others.
TOLD_BY: Final = 10


def run_key(given: Given, goal: Goal) -> dict[str, str]:
    """What tells this run from others, part by part."""
    images = (given.train, given.held, given.validation)
    return {
        "goal": str(goal),
        "settings": json.dumps(_said(given.settings), sort_keys=True),
        "architecture": _digest(repr(given.chip)),
        "network": digest_of(given.dense.state_dict()),
        "layers or batch": _digest(repr(given.network.layers)),
        "images": "; ".join(_described(part) for part in images),
    }


def _said(settings: Settings) -> dict[str, object]:
    """What the settings say, but for the device: where a run goes on is not what it is."""
    plain = asdict(replace(settings, solver="obc", method=None, layers={}))
    del plain["device"]
    layers = {
        pattern: {
            word: SOLVERS.identity(one) if word == "solver" else one for word, one in rule.items()
        }
        for pattern, rule in settings.layers.items()
    }
    return {
        **plain,
        "solver": SOLVERS.identity(settings.solver),
        "method": METHOD_NAMES.identity(settings.method),
        "layers": layers,
    }


def _described(images: Dataset[Any]) -> str:
    """Name and number, and a digest of some of the images and labels as the network gets them."""
    some = [images[index] for index in range(min(TOLD_BY, size_of(images)))]
    digest = digest_of(
        {str(index): torch.as_tensor(image) for index, (image, _) in enumerate(some)}
    )
    labels = [int(label) for _, label in some]
    return f"{dataset_name(images)} ({size_of(images)}; {digest}; {labels})"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
