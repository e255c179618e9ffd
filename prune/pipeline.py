"""Pruning from end to end: a network, images, a chip and a goal to a network that costs less."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save as encoded
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset

from hwsim.architecture.architecture import Architecture
from hwsim.importer.pytorch import Meter, from_torch
from hwsim.workload.data import Data
from hwsim.workload.network import Network
from prune.bench import AT_A_TIME, Bench, weight_of
from prune.cost import oracles
from prune.data import Part, size_of, split
from prune.errors import PruneError
from prune.files import write
from prune.finetune import check_shared
from prune.journal import Journal, opened
from prune.masks import release, save_masks
from prune.probe import TRIED, probe
from prune.progress import Progress, Silent
from prune.run import Outcome, key, reach
from prune.settings import DEFAULT, Goal, Settings, rules

#: Of the images to train, the part that is held out at most.
LARGEST_HELD: Final = 5
#: The folder, in that of the output, where the steps of a run are kept.
STEPS: Final = "steps"


def prune(
    model: nn.Module,
    chip: Architecture,
    goal: Goal,
    *,
    train: Dataset[Any],
    validation: Dataset[Any],
    settings: Settings = DEFAULT,
    batch: int = 1,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """The model pruned for the chip; the model itself stays as it is.

    `train` are images and labels that calibrate and fine-tune, and of which a part is held out to
    judge a layer's choice; `validation` those that accuracy is judged on. The chip processes
    `batch` images at a time. With a `folder`, each step is kept there, and the same call goes on
    where it was interrupted.

    Raises a `PruneError`: `BelowFloor`, `NoSuchLayer`, `NotFinite` and others; and `NotImported`
    where the model cannot be traced.
    """
    bench = prepared(
        model, chip, train=train, validation=validation, settings=settings, batch=batch
    )
    return reach(ready(bench, goal, folder=folder, progress=progress), goal)


def save(outcome: Outcome, folder: Path) -> None:
    """Write the pruned weights to a folder, under the keys of the unchanged model, and their masks.

    Raises `NotWritten`.
    """
    state = {key: tensor.contiguous() for key, tensor in outcome.after.position.state.items()}
    write(folder / "weights.safetensors", encoded(state))
    save_masks(outcome.masks, folder / "masks.safetensors")


def ready(
    bench: Bench,
    goal: Goal,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
    restart: bool = False,
) -> Bench:
    """The bench with its steps kept in the folder, and told to `progress`.

    Raises `AnotherRun` where the folder holds steps of another run, unless it is to `restart`.
    """
    journal = Journal()
    if folder is not None:
        journal = opened(folder / STEPS, key(bench, goal), restart=restart)
    return replace(bench, journal=journal, progress=progress or Silent())


def prepared(
    model: nn.Module,
    chip: Architecture,
    *,
    train: Dataset[Any],
    validation: Dataset[Any],
    settings: Settings = DEFAULT,
    batch: int = 1,
) -> Bench:
    """All that pruning works with: the model traced and priced, its images in parts."""
    _check_device(settings.device)
    check_shared(settings.finetune)
    held = min(settings.calibration.held_images, max(1, size_of(train) // LARGEST_HELD))
    parts = split(train, {"held": held, "train": None}, settings.seed)
    calibration = list(_batches(parts["train"], settings.calibration.images))
    measured = list(_batches(parts["held"], settings.calibration.measured_images))
    # before it is copied: weights that hooks compute have no gradients then, and can be
    probed = probe(model, calibration[0][:TRIED].to(_device(model)))
    dense = copy.deepcopy(model).to(settings.device).eval()
    release(dense)  # zeros that the caller holds are zeros of its weights, as any others
    network = from_torch(dense, calibration[0][:1].to(settings.device), batch=batch)

    work = copy.deepcopy(dense)
    meter = Meter(work)

    def contents() -> Mapping[str, Data]:
        return meter.measure([images.to(settings.device) for images in measured]).data

    ruled = rules(settings, _prunable(dense, network, probed.layers))
    if not any(rule.prune for rule in ruled.values()):
        raise NothingToPrune(network.name, "all layers are kept: `layers` says so of each")
    return Bench(
        dense=dense,
        work=work,
        network=network,
        classes=probed.classes,
        chip=chip,
        oracles=oracles(chip, network),
        exact=oracles(chip, network, levels=None),
        rules=ruled,
        settings=settings,
        calibration=calibration,
        held=parts["held"],
        train=parts["train"],
        validation=validation,
        measure=contents,
    )


class NoDevice(PruneError):
    """Torch cannot use the device of that name, because of `reason`."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"no device '{self.name}': {self.reason}"


def _device(model: nn.Module) -> torch.device:
    return next((one.device for one in model.parameters()), torch.device("cpu"))


def _check_device(name: str) -> None:
    try:
        torch.zeros(1, device=name).item()
    except (RuntimeError, AssertionError) as error:
        raise NoDevice(name, str(error).partition("\n")[0]) from None


class NothingToPrune(PruneError):
    """The network of that `name` has no layer that can, or may, be pruned: `why`."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name = name
        self.why = why

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


def _prunable(model: nn.Module, network: Network, layers: Sequence[str]) -> list[str]:
    """Of these layers, those that are priced, and have something to prune.

    Raises `NothingToPrune`.
    """
    priced = {layer.name for layer in network.layers}
    weights = {name: model.get_parameter(weight_of(name)) for name in layers}
    found = [name for name in layers if name in priced and bool(weights[name].any())]
    if not found:
        why = (
            "no layer can be pruned: that can a Conv2d or Linear that runs once, with the images"
            " first, and whose weight is a parameter of its own that is not all zero"
        )
        raise NothingToPrune(network.name, why)
    return found


def _batches(images: Part, most: int) -> Iterable[Tensor]:
    """The first images, as many at a time as run together."""
    first = Subset(images, range(min(most, len(images))))
    return (batch for batch, _ in DataLoader(first, batch_size=AT_A_TIME))
