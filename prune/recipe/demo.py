"""A small network for handwritten digits, trained, pruned and fine-tuned in about a minute."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import torch

from prune import models
from prune.data import size_of
from prune.errors import Error, FileError
from prune.recipe.recipe import Recipe, given
from prune.recipe.task import image_parts, is_strange
from prune.run.folder import occupied
from prune.training import finetune as tuning
from prune.weights import NotReadable, WrongWeights, load, save

#: How the dense network is trained.
TRAINING: Final = tuning.Training(steps=500, optimizer="adam", learning_rate=3e-3, weight_decay=0)
#: What the demonstration asks for, as options of the command line would.
ASKED: Final = {
    "model": "digits",
    "data.train": "digits",
    "data.validation_images": 300,
    "data.test_images": 300,
    "architecture": "cvpr17",
    "goal.energy": 0.25,
    "finetune.steps": 100,
    "finetune.learning_rate": 0.01,
    "rounds.most": 2,
}


def demonstration(
    options: dict[str, object],
    tell: Callable[[str], object],
    *,
    force: bool = False,
    dry_run: bool = False,
) -> Recipe:
    """The recipe of the demonstration, changed by options, for a network that was trained for it.

    The dense network is kept in the folder of the output, and trained once; in a dry run it is
    there, or `Untrained` is raised. Raises `InUse` and
    `NotOurs` as `performed` does, before anything is done.
    """
    torch.set_num_threads(1)  # of a network so small, more threads only wait for each other
    recipe = given({"output": "demo", **ASKED, **options})
    is_strange(recipe.output, force)
    dense = recipe.output / "dense.safetensors"
    if dense.exists():
        _check_trained(dense)
    elif dry_run:
        raise Untrained(dense)
    else:
        with occupied(recipe.output):
            _train(recipe, dense, tell)
    return given({"output": "demo", **ASKED, **options, "weights": str(dense)})


def _train(recipe: Recipe, dense: Path, tell: Callable[[str], object]) -> None:
    """Train the demonstration's network, and keep it."""
    train = image_parts(recipe, models.definition("digits").preprocessing)["train"]
    tell(f"training a small network on {size_of(train)} digits, {TRAINING.steps} steps")
    model = models.build("digits", seed=recipe.settings.seed)
    tuning.finetune(model, train, TRAINING)
    save(model, dense)


class Untrained(Error):
    """There is no trained network at `path`, and a dry run makes none."""

    path: Path

    def __str__(self) -> str:
        return (
            f"{self.path}: there is no trained network to plan for, and --dry-run makes nothing:"
            " `hwsim prune --demo` trains one"
        )


class NotTrained(FileError):
    """The file at `path`, in the place of the trained network, is something else."""

    def __str__(self) -> str:
        return f"{self.reason}; remove it, and the demonstration trains its network anew"


def _check_trained(path: Path) -> None:
    """Raise `NotTrained` unless the file has the weights of the demonstration's network."""
    try:
        load(models.build("digits"), path)
    except (NotReadable, WrongWeights) as error:
        raise NotTrained(path, str(error)) from None
