"""A line for each layer as it is done, for a person who waits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from hwsim.report.figures import si
from prune.training.finetune import Step

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

    def began(self, stage: str, layers: int) -> None:
        """A heading, above the first stage with what the columns are."""
        self._layers, self._done, self._spent = layers, 0, 0.0
        if layers:
            self._once(f"\n{LEGEND}")
            self.write(f"\n{stage}, {layers} layer{'s' if layers > 1 else ''}\n{HEAD}")

    def did(self, step: str, facts: Mapping[str, Any]) -> None:
        """The line of a step."""
        if "accuracy" in facts:
            self.write(self._stage(step, facts))
        elif "losses" in facts:
            self.write(self._course(facts))
        elif "density" in facts:
            self._done += 1
            self._spent += facts["seconds"]
            self.write(self._layer(facts))
        elif "held" in facts:
            self.write(_judged(facts))
        elif "gap" in facts:
            self.write(_allotted(facts))
        elif "steps" in facts:
            self.write(f"fine-tuned {facts['steps']} steps, loss {facts['loss']:.4g} measured")
        for warning in facts.get("warnings", ()):
            self._once(f"  note: {facts['layer']}: {warning}")

    def trained(self, stage: str, step: Step) -> None:
        """Now and then a line of how far fine-tuning is; its last step is told when it is done."""
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

    def _layer(self, facts: Mapping[str, Any]) -> str:
        name, rows = facts["layer"], facts.get("error_held_out", True)
        shape = "x".join(map(str, self.shapes[name]))
        density = f"{facts['density_before']:.3f} > {facts['density']:.3f}"
        error = f"{facts['error']:.2g}{'' if rows else ' fit'}" if "error" in facts else "as it was"
        energy = f"{si(facts['energy_before'])} > {si(facts['energy'])}"
        return (
            f"{name:24}{shape:>16}{density:>17}{error:>10}{facts['loss']:>10.4g}"
            f"{energy:>21}{si(facts['network_energy']):>10}  {self._left()}"
        )

    def _left(self) -> str:
        return duration((self._layers - self._done) * self._spent / max(1, self._done))

    def _course(self, facts: Mapping[str, Any]) -> str:
        ends = [f"{facts['losses'][end]:.2g} at {facts['densities'][end]:.3g}" for end in (0, -1)]
        took = duration(facts["seconds"])
        return f"{facts['layer']:24}output error {' to '.join(ends)}, measured in {took}"

    def _stage(self, step: str, facts: Mapping[str, Any]) -> str:
        accuracy, energy = facts["accuracy"], sum(facts["seen"]["energies"].values())
        return (
            f"{step}: top-1 {100 * accuracy['top1']:.2f} %, top-5 {100 * accuracy['top5']:.2f} %"
            f" of {accuracy['images']} validation images, energy {si(energy)},"
            f" after {duration(self.clock() - self.began_at)}"
        )


@dataclass(kw_only=True)
class _Tuning:
    """A stage's fine-tuning, first heard of at the step `began`, and last told of, at a time."""

    stage: str
    began: int
    began_at: float
    told_at: float

    def left(self, step: Step, now: float) -> float:
        """Seconds that the steps which are left take, at the pace of those that were heard of."""
        return (step.of - step.number) * (now - self.began_at) / (step.number - self.began)


def _judged(facts: Mapping[str, Any]) -> str:
    lost = f"{facts['lost']:.2f} points lost of {facts['allowed']:g} allowed"
    return lost if facts["held"] else f"{lost}: back to {facts['back_to']}"


def _allotted(facts: Mapping[str, Any]) -> str:
    return (
        f"allotted: energy {si(facts['energy'])} of {si(facts['target'])}, output errors together"
        f" {facts['loss']:.3g}, both predicted; at most {100 * facts['gap']:.2g} % above the least"
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
