"""The changes that are tried of an architecture, and the laws of what they do."""

from typing import Any

import pytest

from hwsim import load_architecture, load_network, simulate
from hwsim.cost import value
from hwsim.explanation import Change, changes_to_try, effects
from hwsim.mapper import Options
from hwsim.vocabulary import Objective
from tests.command.call import CHIP, NET

SPAD = "components.spad.capacity_words"


def settings_tried(*overrides: str, objective: Objective = Objective.energy) -> dict[str, Any]:
    """For each path the new values that are tried."""
    tried: dict[str, list[float]] = {}
    for change in changes_to_try(CHIP, overrides, objective):
        tried.setdefault(change.path, []).append(change.new)
    return tried


def test_each_part_of_a_split_capacity_is_a_capacity() -> None:
    """Where tensors have their own room, each room is changed alone."""
    tried = settings_tried(f"{SPAD}={{weights: 20, inputs: 31, outputs: 1}}")
    rooms = {path: values for path, values in tried.items() if path.startswith(SPAD)}
    assert rooms == {
        f"{SPAD}.weights": [40, 10],
        f"{SPAD}.inputs": [62, 15],
        f"{SPAD}.outputs": [2],
    }


def test_what_has_no_limit_and_what_costs_nothing_is_left_alone() -> None:
    """There is no half of no limit, and no tenth of nothing."""
    tried = settings_tried(f"{SPAD}=null", "components.mac.energy.compute=0")
    assert SPAD not in tried
    assert "components.mac.energy.compute" not in tried
    assert "components.dram.bandwidth_words_per_cycle" not in tried


@pytest.mark.parametrize(
    ("energy", "cut"),
    [("200", 180), ("162.5", 146.25), ("0.3", 0.27), ("1e-7", 9e-8), ("1000000000000", 9 * 10**11)],
)
def test_a_tenth_is_exact(energy: str, cut: float) -> None:
    """Energies are cut in decimal, and `--set` reads what is written."""
    path = "components.dram.energy.read"
    assert settings_tried(f"{path}={energy}")[path] == [cut]
    written = str(Change(path=path, old=float(energy), new=cut))
    (dram, *_) = load_architecture(CHIP, [written]).storages
    assert dram.energies["read"] == cut


@pytest.mark.parametrize("objective", list(Objective))
def test_what_helps_and_what_hurts(objective: Objective) -> None:
    """More room, longer axes, more bandwidth and cheaper words never cost more, less room never
    less.
    """
    tried = [*changes_to_try(CHIP, (), objective)]
    chip, options = load_architecture(CHIP), Options(objective=objective)
    result = simulate(chip, load_network(NET), layers="conv", objective=objective)
    (layer,) = result.layers
    now = value(layer.cost, objective)
    for effect in effects(tried, CHIP, (), layer, options):
        assert effect.cost is not None
        change, then = effect.change, value(effect.cost, objective)
        halved = "capacity" in change.path and change.new < change.old
        assert then >= now if halved else then <= now


def test_changes_come_after_what_is_set() -> None:
    """Changes are of the architecture with its overrides, and keep them."""
    override = "components.dram.energy.read=1000"
    (layer,) = simulate(load_architecture(CHIP, [override]), load_network(NET), layers="fc").layers
    tried = [*changes_to_try(CHIP, [override], Objective.energy)]
    (read,) = [change for change in tried if change.path == "components.dram.energy.read"]
    assert (read.old, read.new) == (1000, 900)
    (compute,) = [change for change in tried if "mac" in change.path]
    (effect,) = effects([compute], CHIP, [override], layer, Options())
    assert effect.cost is not None
    assert layer.cost.energy - effect.cost.energy == layer.cost.by_component["mac"] / 10
