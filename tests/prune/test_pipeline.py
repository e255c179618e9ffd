"""Pruning from end to end on a small network: goals are met, and interruptions change nothing."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from hwsim import from_torch, load_architecture
from prune.data import Augmentation
from prune.goals import Goal
from prune.methods.allot import BelowFloor
from prune.methods.energy import brought_within
from prune.network.evaluate import NotFinite
from prune.oracle import layer_energies
from prune.pipeline import ready
from prune.run.events import Allotted, Event, Judged, LayerSolved, StepDone
from prune.run.journal import AnotherRun
from prune.run.key import run_key
from prune.run.outcome import Outcome, Stage
from prune.run.tune import tuned
from prune.schedule import reach
from prune.settings import NoSuchLayer, Rounds
from prune.training.masks import held, hold
from tests.prune.small import QUICK, TRAIN, Quarters, Rough, Small, bench, steps, trained

HALF = Goal(measure="energy", limit=0.5)
POINT = Goal(measure="max_top1_loss", limit=1.0)


class Interrupted(Exception):
    """Somebody pulled the plug."""


class Plug:
    """Listens, and pulls the plug after so many steps; `seen` are the steps that it heard of, and
    `heard` the latest of each.
    """

    def __init__(self, after: int = 0) -> None:
        self.after = after
        self.seen = list[str]()
        self.heard = dict[str, StepDone]()

    def __call__(self, event: Event) -> None:
        """Count the step."""
        if isinstance(event, StepDone):
            self.seen.append(event.step)
            self.heard[event.step] = event
            if len(self.seen) == self.after:
                raise Interrupted


def pruned(goal: Goal, folder: Path | None = None, after: int = 0, **settings: Any) -> Outcome:
    """The small network pruned, or interrupted after so many steps."""
    whole = bench(replace(QUICK, **settings))
    return reach(ready(whole, goal, folder=folder, progress=Plug(after)), goal)


def holds(outcome: Outcome, stage: Stage) -> bool:
    """Whether a network lost no more images' classes than its goal allows."""
    before, after = outcome.before.accuracy, stage.accuracy
    lost = round((before.top1 - after.top1) * after.images)
    return 100 * lost <= outcome.goal.limit * after.images


def same(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are the same, bit for bit."""
    ours, theirs = one.after.position, other.after.position
    tensors = all(torch.equal(ours.state[key], theirs.state[key]) for key in ours.state)
    return tensors and ours.seen == theirs.seen and one.after.accuracy == other.after.accuracy


@pytest.mark.parametrize(("method", "share"), [("budget", 0.4), ("layers", 0.7)])
def test_an_energy_is_met_and_not_exceeded(method: str, share: float) -> None:
    """As measured at the end, within 0.5 % of the budget, by either method."""
    outcome = pruned(Goal(measure="energy", limit=share), method=method, rounds=Rounds(most=2))
    assert 0.995 * share <= outcome.share <= share


def test_the_least_energy_counts_where_mappings_are_searched_roughly() -> None:
    """A share of the least energy of the dense network is not exceeded, whatever guides the way."""
    exact = bench()
    rough = {layer.name: Rough(layer=layer) for layer in exact.given.network.layers}
    outcome = reach(replace(exact, given=replace(exact.given, oracles=rough)), HALF)
    before, after = (
        sum(layer_energies(exact.given.exact, stage.position.seen.contents).values())
        for stage in (outcome.before, outcome.after)
    )
    assert 0.98 * HALF.limit <= after / before <= HALF.limit


@pytest.mark.parametrize("method", ["budget", "layers"])
def test_an_accuracy_is_held(method: str) -> None:
    """The network that is returned lost no more than allowed, and costs less."""
    outcome = pruned(POINT, method=method, rounds=Rounds(most=3))
    assert holds(outcome, outcome.after)
    assert outcome.share < 0.8


def test_every_round_to_an_accuracy_is_judged_aloud() -> None:
    """What it lost, whether it held, and where the next one starts; no layer costs more after."""
    told = Plug()
    whole = bench(replace(QUICK, rounds=Rounds(most=4, tolerance=5.0)))
    outcome = reach(ready(whole, POINT, progress=told), POINT)
    judged = [event for event in told.heard.values() if isinstance(event, Judged)]
    assert [one.step for one in judged] == [f"{stage.name}/judged" for stage in outcome.rounds]
    held = [one.step.split("/")[0] for one in judged if one.held]
    assert ["start", *held][-1] == outcome.after.name
    assert all(one.held == (one.lost <= 1.0 + 1e-9) for one in judged)
    for stage in outcome.rounds:
        spent = [
            event.network_energy
            for step, event in told.heard.items()
            if step.startswith(f"{stage.name}/") and isinstance(event, LayerSolved)
        ]
        assert spent == sorted(spent, reverse=True)


def test_the_last_network_that_held_is_returned() -> None:
    """After a round that lost too much, the outcome is that of the round before it."""
    outcome = pruned(POINT, rounds=Rounds(tolerance=5.0))
    stages = (outcome.before, *outcome.rounds)
    assert not all(holds(outcome, stage) for stage in stages)
    assert outcome.after is [stage for stage in stages if holds(outcome, stage)][-1]


def test_a_round_that_failed_is_tried_again_half_as_severe() -> None:
    """From the last network that held, down to a quarter of what a round takes at first."""
    listener, keep, severity = Plug(), 0.4, 1.0
    tuning = replace(QUICK.finetune, steps=0)
    rough = replace(QUICK, method="budget", solver="magnitude", finetune=tuning)
    whole = bench(replace(rough, rounds=Rounds(keep=keep)))
    outcome = reach(ready(whole, POINT, progress=listener), POINT)
    start = outcome.before
    for stage in outcome.rounds:
        allotted = listener.heard[f"{stage.name}/allotted"]
        assert isinstance(allotted, Allotted)
        assert allotted.target == pytest.approx(start.energy * keep**severity)
        if holds(outcome, stage):
            start = stage
        else:
            severity /= 2
    assert start is outcome.after is not outcome.before
    assert severity == 0.125


@pytest.mark.parametrize(("goal", "method"), [(HALF, "budget"), (POINT, "layers")])
def test_an_interruption_changes_nothing(goal: Goal, method: str, tmp_path: Path) -> None:
    """Interrupted at every other step, the same call ends with the same network, bit for bit."""
    some: dict[str, Any] = {"method": method, "rounds": Rounds(most=2)}
    whole = pruned(goal, **some)
    interruptions = 0
    for after in range(2, 100, 2):
        try:
            resumed = pruned(goal, tmp_path, after, **some)
        except Interrupted:
            interruptions += 1
        else:
            break
    assert interruptions >= 3
    assert same(resumed, whole)


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    """A run that is called again after its end takes every step from its folder."""
    first = pruned(HALF, tmp_path)
    before = {name: (tmp_path / "steps" / name).stat().st_mtime_ns for name in steps(tmp_path)}
    assert same(pruned(HALF, tmp_path), first)
    after = {name: (tmp_path / "steps" / name).stat().st_mtime_ns for name in steps(tmp_path)}
    assert before == after


def test_another_goal_needs_another_folder(tmp_path: Path) -> None:
    """A folder that holds another run is refused by what differs."""
    pruned(Goal(measure="energy", limit=0.9), tmp_path)
    with pytest.raises(AnotherRun, match="differs in goal"):
        pruned(HALF, tmp_path)


def test_another_augmentation_is_another_run() -> None:
    """Steps that were fine-tuned without it do not go on with it."""
    shifting = replace(QUICK.finetune, augment=Augmentation(shift=1))
    keys = [
        run_key(bench(settings).given, HALF)
        for settings in (QUICK, replace(QUICK, finetune=shifting))
    ]
    assert [part for part in keys[0] if keys[0][part] != keys[1][part]] == ["settings"]


def test_runs_are_told_apart_by_all_that_they_depend_on() -> None:
    """By the images of a batch, by pictures and labels of the same name and number, and so on."""
    whole = bench().given
    scaled = {name: 2 * tensor for name, tensor in trained().state_dict().items()}
    pair = from_torch(trained(), TRAIN[0][0][None], batch=2)
    others = {
        "architecture": replace(whole, chip=load_architecture("eyeriss")),
        "network": whole.keeping(scaled),
        "layers or batch": replace(whole, network=pair),
        "images": replace(whole, validation=Quarters("validation", 200, 3)),
    }
    ours = run_key(whole, HALF)
    assert run_key(bench().given, HALF) == ours
    for part, other in others.items():
        theirs = run_key(other, HALF)
        assert {name for name in ours if ours[name] != theirs[name]} == {part}


def test_zeros_that_the_caller_holds_do_not_hide_others() -> None:
    """Fine-tuning holds all zeros of a network of which the given one held some already."""
    model = deepcopy(trained())
    hold(model, {"hidden.weight": torch.rand(24, 96) < 0.8})
    whole = bench(model=model)
    start = whole.start().state
    thinned = {**start, "hidden.weight": start["hidden.weight"] * (torch.rand(24, 96) < 0.5)}
    after = tuned(whole, thinned, "round")
    assert not after["hidden.weight"][thinned["hidden.weight"] == 0].any()
    assert held(model)


def test_a_network_that_is_pruned_loads_into_the_unchanged_model() -> None:
    """The tensors have the model's keys, and the given model is as it was."""
    before = {key: tensor.clone() for key, tensor in trained().state_dict().items()}
    outcome = pruned(HALF)
    model = Small()
    model.load_state_dict(outcome.state)
    assert all(torch.equal(before[key], tensor) for key, tensor in trained().state_dict().items())
    assert float((model.hidden.weight == 0).float().mean()) > 0.2


def test_meeting_a_budget_keeps_what_fine_tuning_made() -> None:
    """A network that differs from the dense one is kept as it is, but for a few weights."""
    whole = bench()
    start = whole.start()
    tuned = {**start.state, "hidden.weight": 2 * start.state["hidden.weight"]}
    position = whole.position(tuned)
    found = brought_within(whole, position, "tuned", 0.9 * position.seen.energy, "last")
    kept = found.state["hidden.weight"]
    assert 0.895 <= found.seen.energy / position.seen.energy <= 0.9
    assert float((kept == 0).float().mean()) > 0.05
    assert float((kept - tuned["hidden.weight"]).norm() / tuned["hidden.weight"].norm()) < 0.2


def test_layers_are_pruned_in_the_order_of_energy() -> None:
    """The first round begins with the layer that costs most."""
    listener = Plug(0)
    whole = bench(replace(QUICK, rounds=Rounds(most=1)))
    outcome = reach(ready(whole, POINT, progress=listener), POINT)
    layer_energies = outcome.before.position.seen.energies
    order = [step.partition("/")[2] for step in listener.seen if step.startswith("round-1/")]
    assert [name for name in order if name in layer_energies] == sorted(
        layer_energies, key=lambda name: -layer_energies[name]
    )


def test_pruning_a_layer_changes_what_the_next_one_costs() -> None:
    """The zeros of a layer's outputs, as measured, are priced as the next one's inputs."""
    whole = bench()
    start = whole.start()
    fewer = {**start.state, "conv.bias": start.state["conv.bias"] - 1}
    seen = whole.see(fewer)
    assert seen.contents["hidden"].density("inputs") < start.seen.contents["hidden"].density(
        "inputs"
    )
    assert seen.energies["hidden"] < start.seen.energies["hidden"]


def test_a_layer_that_is_not_to_be_pruned_stays() -> None:
    """What is said of a layer holds, and its energy counts all the same."""
    outcome = pruned(HALF, layers={"conv": {"prune": False}, "last": {"lowest_density": 0.5}})
    seen = outcome.after.position.seen
    assert seen.density("conv") == 1
    assert seen.density("last") >= 0.5
    assert outcome.share <= 0.5


def test_a_budget_below_the_floor_is_refused_at_once(tmp_path: Path) -> None:
    """Before a layer is touched, with the floor as a share of the energy."""
    with pytest.raises(BelowFloor, match=r"lowest density the network still costs .*, 0\.\d+ of"):
        pruned(Goal(measure="energy", limit=0.001), tmp_path)
    assert steps(tmp_path) == ["start.safetensors"]


def test_a_layer_that_there_is_not_is_refused() -> None:
    """With the name that was probably meant."""
    with pytest.raises(NoSuchLayer, match="did you mean hidden"):
        bench(replace(QUICK, layers={"hiden": {"prune": False}}))


def test_activations_that_are_not_finite_are_refused() -> None:
    """The layer is named."""
    broken = Small()
    broken.load_state_dict(trained().state_dict())
    torch.nn.init.constant_(broken.hidden.weight, float("inf"))
    with pytest.raises(NotFinite, match="output of hidden is not finite"):
        bench(model=broken).start()
