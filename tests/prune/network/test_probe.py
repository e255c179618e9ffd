"""Running a network tells what layers can be pruned; the others stay, and all of it still runs."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils.prune import l1_unstructured

from prune.goals import Goal
from prune.network.probe import NoLogits, Unrunnable, probe
from prune.pipeline import NothingToPrune
from prune.report import plan
from prune.schedule import reach
from prune.settings import Rounds
from tests.prune.small import QUICK, Small, bench

#: The layers of `Odd` that can be pruned, though names of calls look like those of the first.
CAN = ("conv2d", "conv2d_1", "attention.linear1", "attention.linear2", "last")
#: And those that cannot.
CANNOT = ("row", "norm", "tied", "like", "zero", "twice", "attention.self_attn.out_proj")


class Odd(nn.Module):
    """From images (N, 1, 4, 4) to the logits of four classes, by layers of all sorts."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv2d = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2d_1 = nn.Conv2d(8, 8, 3, padding=1)
        self.row = nn.Linear(32, 8)
        self.norm = parametrizations.weight_norm(nn.Linear(8, 8))
        self.tied, self.like = nn.Linear(8, 8), nn.Linear(8, 8)
        self.like.weight = self.tied.weight
        self.zero = nn.Linear(8, 8)
        nn.init.zeros_(self.zero.weight)
        self.twice = nn.Linear(8, 8)
        self.attention = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.last = nn.Linear(32, 4)

    def forward(self, images: Tensor) -> Tensor:
        """The logits of the images."""
        x = torch.relu(self.conv2d_1(torch.relu(self.conv2d(images))))
        x = self.row(x.permute(0, 2, 3, 1).reshape(-1, 32)).reshape(-1, 4, 8)
        x = x + self.zero(self.like(self.tied(self.norm(x))))
        x = self.attention(self.twice(self.twice(x)))
        logits: Tensor = self.last(x.flatten(1))
        return logits


class Pair(Small):
    """Gives its logits twice."""

    def forward(self, images: Tensor) -> Tensor:
        """A tuple in place of the logits."""
        logits = super().forward(images)
        return logits, logits  # type: ignore[return-value]


def test_a_layer_that_can_be_pruned_runs_once_image_by_image_with_a_weight_of_its_own() -> None:
    """Whatever its name; a fold, a second run, a shared, computed or unused weight rules out."""
    assert probe(Odd(), torch.zeros(7, 1, 4, 4)).layers == (*CAN[:2], "zero", *CAN[2:])


def test_what_cannot_be_pruned_stays_and_the_plan_says_so() -> None:
    """And so does a layer of zeros; the others meet the budget."""
    whole = bench(replace(QUICK, rounds=Rounds(most=1)), Odd())
    goal = Goal(measure="energy", limit=0.8)
    assert set(whole.given.layers) == set(CAN)
    said = plan(whole.given, goal, whole.start()).splitlines()
    stay = [line.split()[0] for line in said if "stays" in line]
    assert set(CANNOT) <= set(stay)
    outcome = reach(whole, goal)
    assert 0.795 <= outcome.share <= 0.8
    assert all(float((outcome.state[f"{name}.weight"] == 0).float().mean()) > 0.01 for name in CAN)


def test_what_torch_prunes_stays() -> None:
    """The weight that its mask makes is no parameter; the other layers are pruned all the same."""
    model = Small()
    l1_unstructured(model.conv, "weight", amount=0.3)  # type: ignore[no-untyped-call]
    assert list(bench(model=model).given.layers) == ["hidden", "last"]


def test_a_network_without_a_layer_to_prune_is_refused() -> None:
    """In words, that say what could be pruned."""
    nothing = nn.Sequential(nn.Flatten(), parametrizations.weight_norm(nn.Linear(16, 4)))
    for model in (nothing, nn.Sequential(nn.Flatten(), nn.ReLU())):
        with pytest.raises(
            NothingToPrune, match="no layer can be pruned: one can be if it is a Conv2d"
        ):
            bench(model=model)


def test_a_recipe_that_keeps_every_layer_is_refused() -> None:
    """There would be nothing to do."""
    with pytest.raises(NothingToPrune, match="all layers are kept"):
        bench(replace(QUICK, layers={"*": {"prune": False}}))


def test_a_network_that_gives_no_logits_is_refused() -> None:
    """A tuple, or a number for each place."""
    with pytest.raises(NoLogits, match="gives a tuple"):
        bench(model=Pair())
    with pytest.raises(NoLogits, match=r"gives \(7, 3, 2, 2\) for 7 images"):
        bench(model=nn.Conv2d(1, 3, 3))


ODD_IMAGES = {
    "integers": (torch.zeros(7, 1, 4, 4, dtype=torch.uint8), "conv takes floating .* given uint8"),
    "channels last": (torch.zeros(7, 4, 4, 1), "conv takes 1 channels, which come last, .* 4"),
    "colours": (torch.zeros(7, 3, 4, 4), "conv takes 1 channels, and is given 3"),
    "too large": (torch.zeros(7, 1, 5, 5), "hidden takes 96 features, and is given 150"),
}


@pytest.mark.parametrize(("images", "said"), ODD_IMAGES.values(), ids=ODD_IMAGES)
def test_a_layer_that_images_do_not_fit_says_what_it_takes(images: Tensor, said: str) -> None:
    """Not torch, by the shapes of its own weights; and nothing hangs on the layer afterwards."""
    network = Small()
    with pytest.raises(Unrunnable, match=f": {said}; a Preprocessing"):
        probe(network, images)
    assert not any(one._forward_pre_hooks for one in network.modules())


def test_images_that_do_not_fit_the_network_are_refused() -> None:
    """With their shape, and where it comes from."""
    with pytest.raises(Unrunnable, match=r"on images of 3x4x4, .*mean has a value for"):
        probe(Small(), torch.zeros(7, 3, 4, 4))
