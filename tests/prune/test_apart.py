"""Images that prune, that choose, that judge and that test a network are never the same ones."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor
from torch.utils.data import Dataset

from prune.data import split
from prune.goals import Goal
from prune.pipeline import ready
from prune.recipe.task import Assignment, write_outcome
from prune.run.events import Began, Event, StageDone, Trained
from prune.schedule import reach
from prune.settings import Rounds
from tests.prune.small import QUICK, Quarters, bench

ENERGY = Goal(measure="energy", limit=0.6)
ACCURACY = Goal(measure="max_top1_loss", limit=2.0)


class Asked(Quarters):
    """Images that note which of them were asked for, by number."""

    def __init__(self) -> None:
        super().__init__("all", 800, 3)
        self.asked = set[int]()

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        """The image and its class."""
        self.asked.add(index)
        return self.tensors[0][index], self.tensors[1][index]

    def since(self) -> set[int]:
        """Those that were asked for since the last call."""
        asked, self.asked = self.asked, set()
        return asked

    def of(self, part: Dataset[Any]) -> set[int]:
        """Those that are in a part."""
        for index in range(len(part)):  # type: ignore[arg-type]
            part[index]
        return self.since()

    def number(self, image: Tensor) -> int:
        """Which one this is."""
        return int((self.tensors[0] == image).flatten(1).all(1).nonzero())


@dataclass
class Witness:
    """Listens, and keeps which images were asked for by each kind of step."""

    images: Asked
    asked: dict[str, set[int]] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Rounds end with an accuracy; what was pruned is looked at once more before it is tuned;
        all else prunes, but what has only begun.
        """
        match event:
            case Began():
                pass
            case StageDone():
                self._note("judging")
            case Trained(trained=step):
                self._note("beginning to tune" if step.number == 1 else "tuning")
            case _:
                self._note("choosing")

    def _note(self, kind: str) -> None:
        self.asked.setdefault(kind, set()).update(self.images.since())


@pytest.mark.parametrize(("goal", "method"), [(ENERGY, "budget"), (ACCURACY, "layers")])
def test_every_stage_touches_its_own_images_only(goal: Goal, method: str, tmp_path: Path) -> None:
    """Layers are solved and tuned on images to train but for those held out, which choose and on
    which zeros are counted; those of validation judge a round, and those of the test the result.
    """
    images = Asked()
    parts = split(images, {"validation": 150, "test": 150, "train": None})
    settings = replace(QUICK, method=method, rounds=Rounds(most=2))
    whole = bench(settings, train=parts["train"], validation=parts["validation"])
    prepared = images.since()
    train, held, validation, test = (
        images.of(part)
        for part in (whole.given.train, whole.given.held, parts["validation"], parts["test"])
    )
    assert sorted([*train, *held, *validation, *test]) == list(range(800))

    solved_on = {images.number(image) for batch in whole.given.calibration for image in batch}
    assert solved_on < train
    assert prepared - solved_on == held  # their zeros are counted

    heard = Witness(images)
    outcome = reach(ready(whole, goal, progress=heard), goal)
    assert heard.asked["choosing"] == held
    assert heard.asked["beginning to tune"] <= train | held
    assert heard.asked["tuning"] <= train
    assert heard.asked["judging"] == held | validation

    write_outcome(Assignment(bench=whole, goal=goal, test=parts["test"], output=tmp_path), outcome)
    assert images.since() == test
