"""What a run is given: a network, a chip, images and settings; nothing of it changes."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from torch import Tensor, nn
from torch.utils.data import Dataset

from hwsim.architecture.architecture import Architecture
from hwsim.workload.network import Network
from prune.network.calibration import Sampling, Targets, targets
from prune.oracle import LayerOracle
from prune.patterns import SINGLE, Pattern
from prune.run.position import State, weight_of
from prune.run.prunable import Prunable
from prune.settings import LayerRule, Settings
from prune.solvers import solver


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """The network, `dense` of so many `classes`, whose outputs layers are solved to give; the chip;
    how to prune; and images.

    `calibration` are batches of images on which layers are solved, `held` images and labels on
    which choices are judged, `train` those that fine-tune, and `validation` those on which accuracy
    is judged. `oracles` has every priced layer, and `exact` the same to price a network only now
    and then; `rules` those that can be pruned, and `nonzero`, by the keys of their weights, where
    these may be other than zero: where they were in the network as it was given. `left` are the
    layers that stay as they are, and why; zeros have the `pattern`.
    """

    dense: nn.Module
    network: Network
    classes: int
    chip: Architecture
    oracles: Mapping[str, LayerOracle]
    exact: Mapping[str, LayerOracle]
    rules: Mapping[str, LayerRule]
    nonzero: Mapping[str, Tensor]
    left: Mapping[str, str]
    settings: Settings
    calibration: Sequence[Tensor]
    held: Dataset[Any]
    train: Dataset[Any]
    validation: Dataset[Any]
    pattern: Pattern = SINGLE

    @property
    def sampling(self) -> Sampling:
        """How layers' inputs and outputs are sampled, always at the same positions."""
        images = sum(len(batch) for batch in self.calibration)
        return Sampling(images=images, seed=seeded(self.settings.seed, "calibration"))

    @cached_property
    def targets(self) -> Targets:
        """What every layer that may be pruned gives in the dense network."""
        return targets(self.dense, list(self.layers), self.calibration, self.sampling)

    @cached_property
    def layers(self) -> Mapping[str, Prunable]:
        """The layers that may be pruned, by name, in the order of computing."""
        rules = self.rules
        return {
            name: self._prunable(name, rules[name])
            for name in self.oracles
            if name in rules and rules[name].prune
        }

    def _prunable(self, name: str, rule: LayerRule) -> Prunable:
        key = weight_of(name)
        return Prunable(
            name=name,
            weights=self.dense.get_parameter(key),
            allowed=self.nonzero[key],
            groups=getattr(self.dense.get_submodule(name), "groups", 1),
            solver=solver(rule.solver or self.settings.solver),
            asked=rule.lowest_density or self.settings.lowest_density,
            oracle=self.oracles[name],
            pattern=self.pattern,
        )

    def keeping(self, state: State) -> "Given":
        """The same, whose layers are solved to give what the network with these tensors gives."""
        network = copy.deepcopy(self.dense)
        network.load_state_dict(state)
        return replace(self, dense=network)


def seeded(seed: int, step: str) -> int:
    """A seed for a step of a run, the same whatever was done before it."""
    return int.from_bytes(sha256(f"{seed}/{step}".encode()).digest()[:4])
