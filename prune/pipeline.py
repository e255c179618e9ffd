"""Pruning from end to end: a network, images, a chip and a goal to a network that costs less."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from os import PathLike
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
from prune.data import ImagePart
from prune.errors import Error
from prune.files import write
from prune.goals import Goal
from prune.limits import check_said, not_allowed
from prune.network.probe import Probe, left_in_lines
from prune.oracle import oracles
from prune.run import intake
from prune.run.bench import Bench
from prune.run.events import Listener, silent
from prune.run.folder import occupied
from prune.run.given import Given
from prune.run.journal import STEPS_FOLDER, Journal, journal_in
from prune.run.key import run_key
from prune.run.outcome import Outcome
from prune.run.position import weight_of
from prune.run.running import AT_A_TIME, Running
from prune.schedule import reach
from prune.settings import DEFAULT, Settings, rules
from prune.training.finetune import check_shared
from prune.training.masks import release, save_masks

#: The files of an outcome.
WEIGHTS_FILE: Final = "weights.safetensors"
MASKS: Final = "masks.safetensors"


def prune(
    model: nn.Module,
    chip: Architecture | str | PathLike[str],
    goal: Goal,
    *,
    train: Dataset[Any] | DataLoader[Any],
    validation: Dataset[Any] | DataLoader[Any],
    settings: Settings = DEFAULT,
    batch: int = 1,
    folder: str | PathLike[str] | None = None,
    progress: Listener = silent,
) -> Outcome:
    """Prune the model for the chip, and return the outcome; the model itself stays as it is.

    `train` are images and labels that calibrate and fine-tune, and of which a part is held out to
    judge a layer's choice; `validation` those that accuracy is judged on. The chip, or the one of
    that name, processes `batch` images at a time. With a `folder`, each step is kept there, and the
    same call goes on where it was interrupted. Of a model in `torch.compile` or data parallel, the
    one inside is pruned, and has the keys.

    Raises an `Error`, before anything is done: `NotTaken`, `BelowFloor`, `NoSuchLayer`,
    `NotFinite` and others; and `NotImported` where the model cannot be traced.
    """
    intake.of_kind("goal", goal, Goal)
    if folder == "":
        raise not_allowed("folder", "must not be empty")
    home = None if folder is None else Path(folder)
    bench = prepared(
        model, chip, train=train, validation=validation, settings=settings, batch=batch
    )
    with occupied(home):
        return reach(ready(bench, goal, folder=home, progress=progress), goal)


def save(outcome: Outcome, folder: str | PathLike[str]) -> None:
    """Write the pruned weights to a folder, under the keys of the unchanged model, and their masks.

    Raises `NotWritten`.
    """
    home = Path(folder)
    state = {key: tensor.contiguous() for key, tensor in outcome.after.position.state.items()}
    write(home / WEIGHTS_FILE, encoded(state))
    save_masks(outcome.masks, home / MASKS)


def ready(
    bench: Bench,
    goal: Goal,
    *,
    folder: Path | None = None,
    progress: Listener = silent,
    restart: bool = False,
    force: bool = False,
) -> Bench:
    """Return the bench, with its steps kept in the folder and `progress` told of every event.

    Raises `AnotherRun` where the folder holds steps of another run, unless it is to `restart`, and
    `NotOurs` or `Damaged` where it holds what no run made, unless by `force`.
    """
    journal = Journal()
    if folder is not None:
        journal = journal_in(
            folder / STEPS_FOLDER, run_key(bench.given, goal), restart=restart, force=force
        )
    return replace(bench, journal=journal, tell=progress)


def prepared(
    model: nn.Module,
    chip: Architecture | str | PathLike[str],
    *,
    train: Dataset[Any] | DataLoader[Any],
    validation: Dataset[Any] | DataLoader[Any],
    settings: Settings = DEFAULT,
    batch: int = 1,
) -> Bench:
    """Trace and price the model, part its images, and return all that pruning works with."""
    check_said({"batch": batch})
    architecture = intake.architecture_of(chip)
    taken = intake.intake(model, settings, train=train, validation=validation)
    _check_device(settings.device)
    check_shared(settings.finetune)
    calibration = list(_batches(taken.train, settings.calibration.images))
    measured = list(_batches(taken.held, settings.calibration.measured_images))
    dense = copy.deepcopy(taken.model).to(settings.device).eval()
    release(dense)  # zeros that the caller holds are zeros of its weights, as any others
    network = from_torch(dense, calibration[0][:1].to(settings.device), batch=batch)

    work = copy.deepcopy(dense)
    meter = Meter(work)

    def contents() -> Mapping[str, Data]:
        return meter.measure([images.to(settings.device) for images in measured]).data

    can, left = _prunable(dense, network, taken.probe)
    ruled = rules(settings, can)
    kept = {name: KEPT for name, rule in ruled.items() if not rule.prune}
    if len(kept) == len(ruled):
        raise NothingToPrune(network.name, "all layers are kept: `layers` says so of each")
    given = Given(
        dense=dense,
        network=network,
        classes=taken.probe.classes,
        chip=architecture,
        oracles=oracles(architecture, network),
        exact=oracles(architecture, network, levels=None),
        rules=ruled,
        nonzero={weight_of(name): dense.get_parameter(weight_of(name)) != 0 for name in can},
        left={**left, **kept},
        settings=settings,
        calibration=calibration,
        held=taken.held,
        train=taken.train,
        validation=taken.validation,
    )
    running = Running(module=work, device=settings.device, measure=contents)
    return Bench(given=given, running=running)


#: Why a layer that could be pruned is left as it is.
UNPRICED: Final = "it has no energy on its own"
ALL_ZERO: Final = "all of its weights are zero"
KEPT: Final = "the settings keep it"


class NoDevice(Error):
    """Torch cannot use the device of that name, because of `reason`."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"no device '{self.name}': {self.reason}"


def _check_device(name: str) -> None:
    try:
        torch.zeros(1, device=name).item()
    except (RuntimeError, AssertionError) as error:
        raise NoDevice(name, str(error).partition("\n")[0]) from None


class NothingToPrune(Error):
    """The network of that `name` has no layer that can be pruned, or that may be, as `why` says."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


def _prunable(
    model: nn.Module, network: Network, seen: Probe
) -> tuple[list[str], Mapping[str, str]]:
    """Return the layers that can be pruned, and, for those that are left as they are, the reason.

    A layer is left where it has no price, or nothing to prune.

    Raises `NothingToPrune`.
    """
    priced = {layer.name for layer in network.layers}
    left = dict(seen.left)
    for name in seen.layers:
        if name not in priced:
            left[name] = UNPRICED
        elif not bool(model.get_parameter(weight_of(name)).any()):
            left[name] = ALL_ZERO
    found = [name for name in seen.layers if name not in left]
    if not found:
        why = (
            "no layer can be pruned: one can be if it is a Conv2d or Linear that runs once, with"
            " the images first, and its weight is a parameter of its own, not all zero, not frozen"
        )
        raise NothingToPrune(network.name, "; ".join([why, *left_in_lines(left)]))
    return found, left


def _batches(images: ImagePart, most: int) -> Iterable[Tensor]:
    """Return the first images, in batches of as many as run together."""
    first = Subset(images, range(min(most, len(images))))
    return (batch for batch, _ in DataLoader(first, batch_size=AT_A_TIME))
