"""A line for each layer as it is done, for a person who waits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from hwsim.report.figures import si
from prune.run.events import (
    Allotted,
    Began,
    Event,
    How,
    Judged,
    LayerSolved,
    LossesMeasured,
    StageDone,
    Trained,
    Tuned,
)
from prune.training.finetune import TrainingStep

HEAD = (
    f"{'layer':24}{'shape':>16}{'density':>17}{'output':>10}{'loss':>10}"
    f"{'energy':>21}{'network':>10}  left"
)
#: What the columns are, and where from.
LEGEND = (
    "density, loss (nats, held-out images) and output error (share of the squares, held-out rows)"
    " are measured; energies are the chip's least for the measured densities, in rounds to a budget"
    " for the activations from before the round"
)

#: Seconds at least between two lines about one fine-tuning.
PAUSE_SECONDS: Final = 10.0


@dataclass(kw_only=True)
class Lines:
    """Writes a line for each step; `shapes` are those of the layers' weights."""

    write: Callable[[str], object]
    shapes: Mapping[str, tuple[int, ...]]
    clock: Callable[[], float] = monotonic
    began_at: float = field(init=False)
    _layers: int = 0
    _done: int = 0
    _spent: float = 0.0
    _told: set[str] = field(default_factory=set)
    _tuning: "_Tuning | None" = None

    def __post_init__(self) -> None:
        self.began_at = self.clock()

    def hear(self, event: Event) -> None:
        """Write what there is to say of the event."""
        match event:
            case Began():
                self._began(event)
            case Trained():
                self._trained(event.stage, event.trained)
            case Tuned():
                self.write(f"fine-tuned {event.steps} steps, loss {event.loss:.4g} measured")
            case StageDone():
                self.write(self._stage(event))
            case LossesMeasured():
                self.write(_measured(event))
                self._note(event.layer, event.warnings)
            case Allotted():
                self.write(_allotted(event))
            case LayerSolved():
                self._layer(event)
            case Judged():
                self.write(_judged(event))

    def _began(self, stage: Began) -> None:
        """A heading, above the first stage with what the columns are."""
        self._layers, self._done, self._spent = stage.layers, 0, 0.0
        if stage.layers:
            self._once(f"\n{LEGEND}")
            layers = f"{stage.layers} layer{'s' if stage.layers > 1 else ''}"
            self.write(f"\n{stage.stage}, {layers}\n{HEAD}")

    def _trained(self, stage: str, step: TrainingStep) -> None:
        """Write now and then how far fine-tuning is; of its end, another event tells."""
        now = self.clock()
        if self._tuning is None or self._tuning.stage != stage:
            self._tuning = _Tuning(stage=stage, began=step.number, began_at=now, told_at=now)
        elif now - self._tuning.told_at >= PAUSE_SECONDS and step.number < step.of:
            self._tuning.told_at = now
            left = duration(self._tuning.left(step, now))
            told = f"fine-tuned {step.number} of {step.of} steps, loss {step.loss:.4g}"
            self.write(f"{told}, {left} left")

    def _once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self.write(line)

    def _note(self, layer: str, warnings: Sequence[str]) -> None:
        for warning in warnings:
            self._once(f"  note: {layer}: {warning}")

    def _layer(self, done: LayerSolved) -> None:
        self._done += 1
        self._spent += done.seconds
        shape = "x".join(map(str, self.shapes[done.layer]))
        density = f"{done.density_before:.3f} > {done.density:.3f}"
        energy = f"{si(done.energy_before)} > {si(done.energy)}"
        self.write(
            f"{done.layer:24}{shape:>16}{density:>17}{_error(done.solved):>10}{done.loss:>10.4g}"
            f"{energy:>21}{si(done.network_energy):>10}  {self._left()}"
        )
        self._note(done.layer, done.solved.warnings if done.solved else ())

    def _left(self) -> str:
        return duration((self._layers - self._done) * self._spent / max(1, self._done))

    def _stage(self, stage: StageDone) -> str:
        accuracy = stage.accuracy
        return (
            f"{stage.step}: top-1 {100 * accuracy.top1:.2f} %, top-5 {100 * accuracy.top5:.2f} %"
            f" of {accuracy.images} validation images, energy {si(stage.seen.energy)},"
            f" after {duration(self.clock() - self.began_at)}"
        )


@dataclass(kw_only=True)
class _Tuning:
    """A stage's fine-tuning, first heard of at the step `began`, and last told of, at a time."""

    stage: str
    began: int
    began_at: float
    told_at: float

    def left(self, step: TrainingStep, now: float) -> float:
        """Seconds that the steps which are left take, at the pace of those that were heard of."""
        return (step.of - step.number) * (now - self.began_at) / (step.number - self.began)


def _error(solved: How | None) -> str:
    if solved is None:
        return "as it was"
    return f"{solved.error:.2g}{'' if solved.error_held_out else ' fit'}"


def _measured(measured: LossesMeasured) -> str:
    pairs = list(zip(measured.losses, measured.densities, strict=True))
    ends = " to ".join(f"{loss:.2g} at {density:.3g}" for loss, density in (pairs[0], pairs[-1]))
    took = duration(measured.seconds)
    return f"{measured.layer:24}output error {ends}, measured in {took}"


def _judged(judged: Judged) -> str:
    lost = f"{judged.lost:.2f} points lost of {judged.allowed:g} allowed"
    return lost if judged.held else f"{lost}: back to {judged.back_to}"


def _allotted(allotted: Allotted) -> str:
    return (
        f"allotted: energy {si(allotted.energy)} of {si(allotted.target)}, output errors together"
        f" {allotted.loss:.3g}, both predicted; at most {100 * allotted.gap:.2g} % above the least"
        " that there is (Lagrangian bound)"
    )


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(0.42), duration(75), duration(7300)
    ('0.4 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
