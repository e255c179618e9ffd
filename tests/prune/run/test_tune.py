"""Fine-tuning in a run tells how far it is, and an interruption loses little of it."""

from pathlib import Path

import pytest
import torch

from prune.goals import Goal
from prune.pipeline import ready
from prune.run.bench import Bench
from prune.run.events import Event, Trained
from prune.run.tune import tuned
from tests.prune.small import bench


class Interrupted(Exception):
    """Somebody pulled the plug."""


class Heard:
    """Listens to steps of fine-tuning, and pulls the plug at that of a number."""

    def __init__(self, last: int | None = None) -> None:
        self.last = last
        self.numbers = list[int]()

    def __call__(self, event: Event) -> None:
        """Note the step."""
        if isinstance(event, Trained):
            self.numbers.append(event.trained.number)
            if event.trained.number == self.last:
                raise Interrupted


def heard(folder: Path, listener: Heard) -> Bench:
    """A bench that keeps its steps in the folder."""
    return ready(bench(), Goal(measure="energy", limit=0.5), folder=folder, progress=listener)


def test_fine_tuning_that_is_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    """Midway in a round, with the next step, to the same tensors, bit for bit."""
    whole, broken, resumed = Heard(), Heard(last=6), Heard()
    state = bench().given.dense.state_dict()
    expected = tuned(heard(tmp_path / "whole", whole), state, "round-1")
    with pytest.raises(Interrupted):
        tuned(heard(tmp_path / "broken", broken), state, "round-1", every_seconds=0)
    found = tuned(heard(tmp_path / "broken", resumed), state, "round-1")
    assert whole.numbers == broken.numbers + resumed.numbers == list(range(1, 11))
    assert all(torch.equal(expected[key], found[key]) for key in expected)
