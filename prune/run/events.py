"""What a run tells of itself while it goes on, one kind of event for each kind of news.

An event with a `step` is a step that is done, now or before an interruption; what the journal keeps
of it, and the log, are its fields as `said` has them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from prune.run.position import Accuracy, Seen
from prune.training.finetune import TrainingStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A stage, as a round, has begun, with so many layers to prune."""

    stage: str
    layers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A step of a stage's fine-tuning is done, now."""

    stage: str
    trained: TrainingStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """A stage's fine-tuning is done: of so many `steps` the last batch had this `loss`."""

    step: str
    steps: int
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDone:
    """A stage is done, after so many `steps` of fine-tuning: what was seen of its network."""

    step: str
    seen: Seen
    accuracy: Accuracy
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LossesMeasured:
    """What a layer loses at densities was measured, in so many `seconds`."""

    step: str
    layer: str
    densities: tuple[float, ...]
    losses: tuple[float, ...]
    warnings: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotted:
    """Each layer has a density: what they cost and lose together is predicted, and within a share
    of `gap` of the least loss that is possible at the `target`, which is not below the `bound`.
    """

    step: str
    energy: float
    target: float
    loss: float
    bound: float
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a layer was solved, and the error of its outputs: a share of their squares, on rows that
    were held out or, where there are none, on those fitted.
    """

    error: float
    error_held_out: bool
    how: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSolved:
    """A layer has new weights, of the density that was `allotted`, if one was; where `solved` is
    None, it is left as it was. `loss` is that of the network on held-out images.
    """

    step: str
    layer: str
    allotted: float | None = None
    density: float
    density_before: float
    loss: float
    energy: float
    energy_before: float
    network_energy: float
    seconds: float
    solved: How | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A round `lost` so many points of accuracy, of so many `allowed`: it is `held`, or the next
    one goes back to another.
    """

    step: str
    lost: float
    allowed: float
    held: bool
    back_to: str


#: A step that is done.
StepDone = Tuned | StageDone | LossesMeasured | Allotted | LayerSolved | Judged
Event = Began | Trained | StepDone

#: Is told of every event.
Listener = Callable[[Event], object]


def silent(_event: Event) -> None:
    """Listens, and says nothing."""


def said(event: StepDone | How) -> dict[str, Any]:
    """What JSON can say of the event, but for the name of its step.

    >>> said(Judged(step="round-1/judged", lost=0.5, allowed=1, held=True, back_to="start"))
    {'lost': 0.5, 'allowed': 1, 'held': True, 'back_to': 'start'}
    """
    told = dict[str, Any]()
    for name in (field.name for field in fields(event) if field.name != "step"):
        told |= _said(name, getattr(event, name))
    return told


def _said(name: str, value: object) -> dict[str, Any]:
    match value:
        case Seen() | Accuracy():
            return {name: value.facts()}
        case How():
            return said(value)
        case tuple():
            return {name: list(value)}
        case None:
            return {"left": True} if name == "solved" else {}
    return {name: value}


#: What is said of every layer that was solved.
PLAIN: Final = (
    *("layer", "density", "density_before", "loss"),
    *("energy", "energy_before", "network_energy", "seconds"),
)


def solved_as(step: str, facts: Mapping[str, Any]) -> LayerSolved:
    """The layer that was solved in a step, as `said` said it."""
    solved = None
    if "left" not in facts:
        solved = How(
            error=facts["error"],
            error_held_out=facts["error_held_out"],
            how=facts["how"],
            warnings=tuple(facts["warnings"]),
        )
    plain = {name: facts[name] for name in PLAIN}
    return LayerSolved(step=step, allotted=facts.get("allotted"), solved=solved, **plain)


def measured_as(step: str, facts: Mapping[str, Any]) -> LossesMeasured:
    """What was measured of a layer in a step, as `said` said it."""
    return LossesMeasured(
        step=step,
        layer=facts["layer"],
        densities=tuple(facts["densities"]),
        losses=tuple(facts["losses"]),
        warnings=tuple(facts["warnings"]),
        seconds=facts["seconds"],
    )
