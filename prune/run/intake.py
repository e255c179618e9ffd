"""What a caller holds, a model, a chip, settings and labelled images, to what pruning takes.

What can be taken is: a model inside of `torch.compile` or data parallel, a chip's name. All else is
refused, saying what was found and what is expected, before anything is done.
"""

from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Final, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.parallel import DataParallel, DistributedDataParallel
from torch.nn.parameter import is_lazy
from torch.optim.swa_utils import AveragedModel

from hwsim import load_architecture
from hwsim.architecture.architecture import Architecture
from prune.data import ImagePart, split
from prune.network.probe import TRIED, Probe, probe
from prune.run.items import Labelled, NotTaken, in_few_words, items_of
from prune.settings import Settings

#: Of the images to train, the part that is held out at most.
LARGEST_HELD: Final = 5
#: Modules around a model.
AROUND: Final = DataParallel | DistributedDataParallel | AveragedModel
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Intake:
    """What pruning takes: the model itself, what running it told, and images in parts."""

    model: nn.Module
    probe: Probe
    train: ImagePart
    held: ImagePart
    validation: Labelled


def intake(model: object, settings: object, *, train: object, validation: object) -> Intake:
    """What pruning takes of what was given; raises `NotTaken` and what `probe` does."""
    how = of_kind("settings", settings, Settings)
    inner = bare(model)
    known: dict[str, Any] = {"dtype": _dtype(inner)}
    given = {"train": train, "validation": validation}
    images = {
        role: Labelled(role=role, items=items_of(role, one), **known) for role, one in given.items()
    }
    tried = _first(_parts(images["train"], how)["train"])
    _check_augmented(how, tried[0])
    probed = probe(inner, tried.to(_device(inner)))
    known = {"shape": tuple(tried[0].shape), "classes": probed.classes}
    images = {role: replace(one, **known) for role, one in images.items()}
    for one in images.values():
        one.look()
    parts = _parts(images["train"], how)
    return Intake(model=inner, probe=probed, **parts, validation=images["validation"])


def of_kind(role: str, given: object, kind: type[T]) -> T:
    """What was given, if it is of that kind; raises `NotTaken`."""
    if not isinstance(given, kind):
        raise NotTaken(role, f"is {in_few_words(given)}", f"a prune.{kind.__name__} is expected")
    return given


def architecture_of(given: object) -> Architecture:
    """The architecture, or the one of that name or file.

    Raises `NotTaken`, and `SpecificationError` for a name that there is not.
    """
    if isinstance(given, str | PathLike):
        return load_architecture(given)
    if not isinstance(given, Architecture):
        wanted = "what hwsim.load_architecture gives is expected, or its name"
        raise NotTaken("chip", f"is {in_few_words(given)}", wanted)
    return given


def bare(given: object) -> nn.Module:
    """The model inside of what compiles it, averages it or runs it in parallel.

    Raises `NotTaken` where there is none that holds numbers.
    """
    model = given
    while True:
        inner = model.module if isinstance(model, AROUND) else getattr(model, "_orig_mod", None)
        if not isinstance(inner, nn.Module):
            break
        model = inner
    if not isinstance(model, nn.Module):
        raise NotTaken("model", f"is {in_few_words(given)}", "a torch.nn.Module is expected")
    if isinstance(model, torch.jit.ScriptModule):
        raise NotTaken(
            "model", "is made by torch.jit", "the module that it was made of is expected"
        )
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        if is_lazy(tensor):
            raise NotTaken("model", f"its {name} has no shape yet", "run it once before")
        if tensor.is_meta:
            found = f"its {name} is on the meta device, a shape without numbers"
            raise NotTaken("model", found, "a trained model is expected")
    return model


def _dtype(model: nn.Module) -> torch.dtype:
    """Of the model's first numbers, and of images then."""
    floating = (one.dtype for one in model.parameters() if one.is_floating_point())
    return next(floating, torch.get_default_dtype())


def _device(model: nn.Module) -> torch.device:
    return next((one.device for one in model.parameters()), torch.device("cpu"))


def _parts(images: Labelled, settings: Settings) -> dict[str, ImagePart]:
    held = min(settings.calibration.held_images, max(1, len(images) // LARGEST_HELD))
    return split(images, {"held": held, "train": None}, settings.seed)


def _first(part: ImagePart) -> Tensor:
    """The first images of a part, which have to be of one shape."""
    images = [part[index][0] for index in range(min(TRIED, len(part)))]
    if len(shapes := {tuple(image.shape) for image in images}) > 1:
        found = f"its images have shapes {', '.join(map(str, sorted(shapes)))}"
        raise NotTaken("train", found, "images of one shape are expected")
    return torch.stack(images)


def _check_augmented(settings: Settings, image: Tensor) -> None:
    if settings.finetune.augment and image.dim() != 3:
        found = f"finetune.augment is for pictures, and its items are {in_few_words(image)}"
        raise NotTaken("train", found, "channels, rows and columns are expected, or no augment")
