"""Trains a model on by back-propagation, with its zeros held, and beside a teacher if wanted.

The same seed gives the same weights, and so does a run that was interrupted and goes on: what a
step draws depends on the seed and on the step's number only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain, count, islice
from math import cos, isfinite, pi
from pathlib import Path
from random import Random
from time import monotonic
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div, log_softmax
from torch.nn.modules.batchnorm import _NormBase
from torch.optim import SGD, Adam, Optimizer
from torch.utils.data import DataLoader, Dataset

from prune.data import Augmentation, augmented, dataset_name, size_of
from prune.errors import Error
from prune.limits import check_said
from prune.network.watch import evaluating, modes_kept
from prune.training.checkpoint import Checkpoint, described, read_checkpoint, write_checkpoint
from prune.training.masks import held, hold, masks_of, release
from prune.training.processes import mean_over_processes, parallel, processes, rank

#: Seconds of work that an interruption may lose.
EVERY_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How to fine-tune.

    There are `steps` batches of `batch` images, over all processes together. The learning rate
    falls from `learning_rate` to 0 along half a cosine (Loshchilov, Hutter, "SGDR", ICLR 2017,
    eq. 5). With a teacher, `distill` is its share of the loss, at `temperature`. With `keep_norms`
    batch norms keep their means and variances; those whose parameters are frozen
    (`requires_grad=False`) do so in any case. With `augment` images are changed at random, anew in
    every step.
    """

    steps: int
    batch: int = 64
    optimizer: str = "sgd"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 1e-4
    distill: float = 0.9
    temperature: float = 4.0
    keep_norms: bool = False
    augment: Augmentation | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_said({"finetune": {**asdict(self), "seed": None}})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStep:
    """A step that was done: its number, from 1, of how many, and its batch's loss before it."""

    number: int
    of: int
    loss: float
    learning_rate: float


class Diverged(Error):
    """The loss is not finite before a step of that number, from 1."""

    step: int
    learning_rate: float

    def __str__(self) -> str:
        remedy = f"a learning rate below {self.learning_rate:g} may help"
        return f"step {self.step} of fine-tuning: the loss is not finite; {remedy}"


class AllFrozen(Error):
    """No parameter of the model may change."""

    def __str__(self) -> str:
        return "there is nothing to fine-tune: all parameters are frozen (requires_grad is False)"


class Unshared(Error):
    """A batch of so many images cannot be shared evenly by so many processes."""

    batch: int
    processes: int

    def __str__(self) -> str:
        remedy = f"make it a multiple of {self.processes}, or start fewer"
        return (
            f"{self.processes} processes cannot share a batch of {self.batch} of fine-tuning"
            f" evenly: {remedy}"
        )


def check_shared(settings: Training) -> None:
    """Raise `Unshared` where the processes that there are cannot share every batch evenly."""
    if settings.steps and settings.batch % processes():
        raise Unshared(settings.batch, processes())


def finetune(
    model: nn.Module,
    images: Dataset[Any],
    settings: Training,
    *,
    teacher: nn.Module | None = None,
    device: str | torch.device = "cpu",
    workers: int = 0,
    checkpoint: Path | None = None,
    every_seconds: float = EVERY_SECONDS,
    progress: Callable[[TrainingStep], object] | None = None,
) -> tuple[float, ...]:
    """Train the model on labelled images, and return the loss of every step.

    Zeros that are held, or else those in the weights of convolutions and linear layers, are held.
    The model is moved to the device. With a `checkpoint`, the run is kept there about every so many
    seconds, and goes on from there if it was interrupted. Where torch's process group is there, as
    under `torchrun`, its processes share every batch, and the first keeps the checkpoint.

    Raises:
        AllFrozen: no parameter may change.
        Diverged: the loss is not finite; the checkpoint is that of before.
        OtherRun: the checkpoint is of another run.
        Unshared: the processes cannot share a batch evenly.
        NotWritten: the checkpoint cannot be written.
        ValueError: there are no images.
    """
    model.to(device)
    run = described(model, images, settings, teacher) if checkpoint else ""
    with _zeros_held(model), modes_kept(model):
        optimizer = _optimizer(model, settings)
        losses = _resumed(checkpoint, run, model, optimizer)
        learner = _Learner(parallel(model), optimizer, settings, teacher)
        batches = _loader(images, settings, len(losses), workers)
        kept_at = monotonic()
        for step in learner.steps(batches, len(losses), device):
            losses.append(step.loss)
            due = monotonic() - kept_at >= every_seconds or step.number == settings.steps
            if checkpoint and due and rank() == 0:
                _keep(checkpoint, run, losses, model, optimizer)
                kept_at = monotonic()
            if progress:
                progress(step)
    return tuple(losses)


def learning_rate(settings: Training, number: int) -> float:
    """The learning rate of the step of that number, from 1.

    >>> [learning_rate(Training(steps=2, learning_rate=0.1), number) for number in (1, 2)]
    [0.1, 0.05]
    """
    return settings.learning_rate * (1 + cos(pi * (number - 1) / settings.steps)) / 2


def distillation(logits: Tensor, of_teacher: Tensor, temperature: float) -> Tensor:
    """The mean divergence from what the teacher says, both softened.

    Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", arXiv 1503.02531, section
    2: gradients scale as 1 / T^2, so T^2 evens them out.
    """
    said, should = (log_softmax(values / temperature, dim=1) for values in (logits, of_teacher))
    return temperature**2 * kl_div(said, should, log_target=True, reduction="batchmean")


class _Learner:
    """A model in training, and all that makes a step of it."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        settings: Training,
        teacher: nn.Module | None,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.settings = settings
        self.teacher = teacher

    def steps(
        self, batches: Iterator[Sequence[Tensor]], done: int, device: str | torch.device
    ) -> Iterator[TrainingStep]:
        """Make the steps that are left after those done, one at a time."""
        for number in range(done + 1, self.settings.steps + 1):
            with _seeded(self.settings.seed, number, device):
                images, labels = next(batches)
                if by := self.settings.augment:
                    images = augmented(images, by)
                step = self.learn(number, images.to(device), labels.to(device))
            yield step

    def learn(self, number: int, images: Tensor, labels: Tensor) -> TrainingStep:
        """Make the step of that number; raises `Diverged`."""
        rate = learning_rate(self.settings, number)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss = self._loss(images, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        value = mean_over_processes(loss.detach())
        if not isfinite(value):
            raise Diverged(number, self.settings.learning_rate)
        self.optimizer.step()
        return TrainingStep(number=number, of=self.settings.steps, loss=value, learning_rate=rate)

    def _loss(self, images: Tensor, labels: Tensor) -> Tensor:
        _train(self.model, keep_norms=self.settings.keep_norms)
        logits = self.model(images)
        loss = cross_entropy(logits, labels)
        if self.teacher is None:
            return loss
        with evaluating(self.teacher), torch.no_grad():
            of_teacher = self.teacher.to(images.device)(images)
        share, temperature = self.settings.distill, self.settings.temperature
        return share * distillation(logits, of_teacher, temperature) + (1 - share) * loss


def _train(model: nn.Module, *, keep_norms: bool) -> None:
    """Training mode, but for batch norms that keep their means and variances: frozen ones do."""
    model.train()
    for module in model.modules():
        if isinstance(module, _NormBase) and (keep_norms or _is_frozen(module)):
            module.eval()


def _is_frozen(module: nn.Module) -> bool:
    """Whether it has parameters, and none of them may change."""
    changing = [one.requires_grad for one in module.parameters()]
    return bool(changing) and not any(changing)


@contextmanager
def _zeros_held(model: nn.Module) -> Iterator[None]:
    """Hold the zeros that are there, for as long, unless the caller holds some."""
    if held(model):
        yield
        return
    hold(model, masks_of(model))
    try:
        yield
    finally:
        release(model)


def _sgd(trained: Sequence[nn.Parameter], by: Training) -> Optimizer:
    rate, decay = by.learning_rate, by.weight_decay
    return SGD(trained, lr=rate, momentum=by.momentum, weight_decay=decay)


def _adam(trained: Sequence[nn.Parameter], by: Training) -> Optimizer:
    return Adam(trained, lr=by.learning_rate, weight_decay=by.weight_decay)


#: How weights follow gradients, by name.
OPTIMIZERS: Final[Mapping[str, Callable[[Sequence[nn.Parameter], Training], Optimizer]]] = (
    MappingProxyType({"sgd": _sgd, "adam": _adam})
)


def _optimizer(model: nn.Module, settings: Training) -> Optimizer:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not trained:
        raise AllFrozen
    return OPTIMIZERS[settings.optimizer](trained, settings)


def _resumed(path: Path | None, run: str, model: nn.Module, optimizer: Optimizer) -> list[float]:
    """The losses so far, with model and optimizer as they were then."""
    kept = read_checkpoint(path, run) if path else None
    if kept is None:
        return []
    model.load_state_dict(kept.model)
    optimizer.load_state_dict(kept.optimizer)
    return list(kept.losses)


def _keep(
    path: Path, run: str, losses: list[float], model: nn.Module, optimizer: Optimizer
) -> None:
    states = model.state_dict(), optimizer.state_dict()
    write_checkpoint(path, Checkpoint(run=run, losses=losses, model=states[0], optimizer=states[1]))


def _loader(
    images: Dataset[Any], settings: Training, done: int, workers: int
) -> Iterator[Sequence[Tensor]]:
    """The batches of this process that are left after so many steps."""
    if not size_of(images):
        raise ValueError(f"{dataset_name(images)} has no images")
    check_shared(settings)
    drawn = islice(_batches(size_of(images), settings), done, settings.steps)
    shares = [batch[rank() :: processes()] for batch in drawn]
    own = _generator(settings.seed, done)  # or the caller's random numbers would go on by one
    return iter(DataLoader(images, batch_sampler=shares, num_workers=workers, generator=own))


def _batches(images: int, settings: Training) -> Iterator[list[int]]:
    """Batches of images without end: all of them in an order, then in another."""
    orders = (
        torch.randperm(images, generator=_generator(settings.seed, epoch)).tolist()
        for epoch in count()
    )
    stream = chain.from_iterable(orders)
    while True:
        yield list(islice(stream, settings.batch))


@contextmanager
def _seeded(seed: int, number: int, device: str | torch.device) -> Iterator[None]:
    """Make random numbers depend on the step and the process; then the caller's go on."""
    place = torch.device(device)
    devices = [place] if place.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(_mixed(seed, "step", number, rank()))
        yield


def _generator(seed: int, epoch: int) -> torch.Generator:
    return torch.Generator().manual_seed(_mixed(seed, "epoch", epoch))


def _mixed(*parts: object) -> int:
    """A number of 32 bits, all that torch's generator takes, that depends on every part."""
    return Random(repr(parts)).getrandbits(32)
