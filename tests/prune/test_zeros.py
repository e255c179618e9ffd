"""What a caller froze stays exactly as it was, and no weight that was zero comes back to life."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from prune.goals import Goal
from prune.methods.layer import solutions
from prune.report import outcome_table, plan, summary
from prune.report.breakdown import breakdown
from prune.run.outcome import Outcome
from prune.run.tune import tuned
from prune.schedule import reach
from prune.settings import Rounds
from prune.solvers import SOLVERS
from prune.training.masks import zeros_of
from tests.prune.small import QUICK, bench, trained

ENERGY = Goal(measure="energy", limit=0.6)
ACCURACY = Goal(measure="max_top1_loss", limit=50.0)
#: Rounds that prune, one after the other, with fine-tuning between them.
ROUNDS = replace(QUICK, rounds=Rounds(most=2))


def thinned() -> nn.Module:
    """The small network with two fifths of its weights zero, more in some filters than in others,
    and none in some of them.
    """
    model = deepcopy(trained())
    numbers = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name in ("conv", "hidden"):
            weight = model.get_parameter(f"{name}.weight")
            share = torch.linspace(0, 0.8, len(weight)).reshape(-1, *[1] * (weight.dim() - 1))
            weight[torch.rand(weight.shape, generator=numbers) < share] = 0
        model.get_parameter("last.weight")[1, 5] = 0  # a single one
    return model


def zeros(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Where the weights are zero."""
    return {key: tensor == 0 for key, tensor in state.items() if key.endswith("weight")}


def revived(model: nn.Module, outcome: Outcome) -> int:
    """How many zeros of the model are none after it was pruned."""
    given = zeros(model.state_dict())
    return sum(int((outcome.state[key][zero] != 0).sum()) for key, zero in given.items())


@pytest.mark.parametrize("solver", list(SOLVERS.shipped))
@pytest.mark.parametrize(("goal", "method"), [(ENERGY, "budget"), (ACCURACY, "layers")])
def test_zeros_of_a_network_that_was_pruned_before_stay_zero(
    solver: str, goal: Goal, method: str
) -> None:
    """By every method and solver, and in the fine-tuning between the rounds; others join them."""
    model = thinned()
    settings = replace(ROUNDS, method=method, solver=solver)
    outcome = reach(bench(settings, model), goal)
    assert revived(model, outcome) == 0
    before, after = (
        sum(int(zero.sum()) for zero in one.values())
        for one in (zeros(model.state_dict()), zeros(outcome.state))
    )
    assert after > before


def test_an_energy_is_met_by_a_network_that_was_pruned_before() -> None:
    """Within half a per cent of a share of what it cost as it was given."""
    outcome = reach(bench(ROUNDS, thinned()), ENERGY)
    assert 0.995 * ENERGY.limit <= outcome.share <= ENERGY.limit


@pytest.mark.parametrize("solver", list(SOLVERS.shipped))
@pytest.mark.parametrize("density", [0.02, 0.2, 0.45, 0.6, 1.0])
def test_a_layer_has_the_density_asked_for_or_all_weights_that_it_had(
    solver: str, density: float
) -> None:
    """Though some filters have fewer weights left than others keep."""
    model = thinned()
    whole = bench(replace(QUICK, solver=solver), model)
    start = whole.start()
    (found,) = solutions(whole, start.state, "hidden", [density])
    weights = model.get_parameter("hidden.weight")
    asked = max(24, int(density * weights.numel() + 1e-6))  # one of each filter at least
    assert int(found.weights.count_nonzero()) == min(asked, int(weights.count_nonzero()))


def test_all_weights_that_a_layer_had_lose_nothing() -> None:
    whole = bench(QUICK, thinned())
    start = whole.start()
    (found,) = solutions(whole, start.state, "hidden", [start.seen.density("hidden")])
    assert found.error < 1e-6
    torch.testing.assert_close(found.weights, start.state["hidden.weight"], rtol=1e-3, atol=1e-3)


def test_a_layer_below_its_lowest_density_is_left_as_it_is() -> None:
    """Its own is the lowest then."""
    model = thinned()
    rules = {"hidden": {"lowest_density": 0.9}}
    whole = bench(replace(ROUNDS, layers=rules), model)
    own = whole.start().seen.density("hidden")
    assert whole.given.layers["hidden"].lowest == own < 0.9
    outcome = reach(whole, Goal(measure="energy", limit=0.97))
    assert outcome.after.position.seen.density("hidden") == own


class Wordy(nn.Module):
    """From words (N, 4) to two classes, by weights that no convolution or linear layer has."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(9, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.hidden, self.last = nn.Linear(32, 16), nn.Linear(16, 2)

    def forward(self, words: Tensor) -> Tensor:
        """The logits of the words."""
        x = self.words(words)
        x = self.norm(x + self.attention(x, x, x, need_weights=False)[0])
        logits: Tensor = self.last(torch.relu(self.hidden(x.flatten(1))))
        return logits


def test_fine_tuning_revives_no_zero_of_any_weight() -> None:
    """Of embeddings, projections of attention and norms as well, while the others learn."""
    model, numbers = Wordy(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "bias" not in name:
                parameter[torch.rand(parameter.shape, generator=numbers) < 0.3] = 0
    words = torch.randint(9, (200, 4), generator=numbers)
    texts = TensorDataset(words, words[:, 0] % 2)
    whole = bench(QUICK, model, train=texts, validation=texts)
    after = tuned(whole, whole.start().state, "round")
    masks = zeros_of(model)
    assert {"words.weight", "attention.in_proj_weight", "norm.weight"} <= masks.keys()
    for name, mask in masks.items():
        assert not after[name][~mask].any()
        assert not torch.equal(after[name], model.state_dict()[name])


def frozen(*names: str) -> nn.Module:
    """The small network, these parameters frozen."""
    model = deepcopy(trained())
    for name in names:
        model.get_parameter(name).requires_grad_(False)
    return model


@pytest.mark.parametrize(("goal", "method"), [(ENERGY, "budget"), (ACCURACY, "layers")])
def test_what_is_frozen_stays_as_it_is_bit_by_bit(goal: Goal, method: str) -> None:
    """A layer, and the bias of another one, whose weights are pruned all the same."""
    kept = ("conv.weight", "conv.bias", "hidden.bias")
    model = frozen(*kept)
    outcome = reach(bench(replace(ROUNDS, method=method), model), goal)
    assert outcome.layers == ("hidden", "last")
    assert all(torch.equal(outcome.state[key], model.state_dict()[key]) for key in kept)
    assert not torch.equal(outcome.state["last.bias"], model.state_dict()["last.bias"])


def test_all_reports_say_what_was_left_and_why() -> None:
    """Layers that are frozen, those that the settings keep, and those that cannot be pruned."""
    whole = bench(replace(ROUNDS, layers={"last": {"prune": False}}), frozen("conv.weight"))
    why = "its weight is frozen (requires_grad is False)"
    assert whole.given.left == {"conv": why, "last": "the settings keep it"}
    start = whole.start()
    assert f"conv: {why}" in plan(whole.given, ENERGY, start)
    outcome = reach(whole, Goal(measure="energy", limit=0.8))
    before, after = (
        breakdown(whole.given.chip, whole.given.network, stage.position.seen.contents)
        for stage in (outcome.before, outcome.after)
    )
    text = " ".join(outcome_table(whole.given, outcome, before, after).split())
    assert f"left as it was conv: {why} last: the settings keep it" in text
    assert summary(whole.given, outcome, before, after)["left"] == dict(whole.given.left)


class Normed(nn.Module):
    """A batch norm that is frozen, and one that is not."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.frozen, self.free = nn.BatchNorm2d(1), nn.BatchNorm2d(1)
        self.frozen.requires_grad_(False)
        self.hidden, self.last = nn.Linear(16, 16), nn.Linear(16, 4)

    def forward(self, images: Tensor) -> Tensor:
        """The logits of the images."""
        x = self.free(self.frozen(images)).flatten(1)
        logits: Tensor = self.last(torch.relu(self.hidden(x)))
        return logits


def test_a_batch_norm_that_is_frozen_keeps_its_means_and_variances() -> None:
    """It would change what the frozen weights before and behind it are worth."""
    model = Normed()
    whole = bench(QUICK, model)
    before, after = model.state_dict(), tuned(whole, whole.start().state, "round")
    assert all(torch.equal(after[key], before[key]) for key in before if "frozen" in key)
    assert not torch.equal(after["free.running_mean"], before["free.running_mean"])
