"""What is said in Python is refused where a recipe that says so is."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from prune.goals import AlwaysMet, Goal
from prune.limits import NotAllowed
from prune.report import plan
from prune.schedule import reach
from prune.settings import Calibration, Rounds, Settings
from prune.training.finetune import Training as Tuning
from tests.prune.small import bench

REFUSED: dict[str, Callable[[], object]] = {
    "goal.energi: unknown key 'energi'; did you mean energy?": lambda: Goal(
        measure="energi", limit=0.4
    ),
    "goal.energy: must be at most 1, not 40": lambda: Goal(measure="energy", limit=40),
    "goal.energy: must be a positive number, not nan": lambda: Goal(
        measure="energy", limit=float("nan")
    ),
    "rounds.keep: must be a positive number, not 0": lambda: Rounds(keep=0),
    "calibration.images: must be a positive integer, not 0": lambda: Calibration(images=0),
    "finetune.distill: must be at most 1, not 2\n"
    "finetune.optimizer: must be one of sgd, adam, not 'sdg'; did you mean sgd?": lambda: Tuning(
        steps=1,
        distill=2,
        optimizer="sdg",
    ),
    "layers.conv.prunes: unknown key 'prunes'; did you mean prune?": lambda: Settings(
        layers={"conv": {"prunes": False}}
    ),
    "solver: must be one of eap, magnitude, magnitude+ls, ols, obc, not 'osl'; did you mean ols?": (
        lambda: replace(Settings(), solver="osl")
    ),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_no_recipe_may_say_is_refused_in_its_words(said: str) -> None:
    """By the keys of a recipe, with what was meant; all that is wrong with it at once."""
    with pytest.raises(NotAllowed) as refused:
        REFUSED[said]()
    assert str(refused.value) == said


def test_what_is_always_met_is_no_goal() -> None:
    """One of four classes is among the first five whatever is pruned: neither run nor plan."""
    whole, goal = bench(), Goal(measure="max_top5_loss", limit=1)
    for asked in (lambda: reach(whole, goal), lambda: plan(whole.given, goal, whole.start())):
        with pytest.raises(AlwaysMet, match="of 4 classes the right one is always among"):
            asked()
