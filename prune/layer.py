"""One layer of a running network to its weights at lower densities, and what these lose."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from prune.bench import Bench, State, seeded, weight_of
from prune.calibration import Sampling, calibrate, group_weights
from prune.gram import Samples
from prune.solvers import Solved, solver

#: Solvers that look at the rows themselves.
NEED_ROWS: Final = frozenset({"eap"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """Weights of a layer, in the shape of its own, and their output error, a share of the output's
    squares: on rows held out, or, where there are none, on those fitted.
    """

    weights: Tensor
    error: float
    held_out: bool
    how: str
    warnings: tuple[str, ...]

    @property
    def density(self) -> float:
        """The share of weights that are not zero."""
        return float(self.weights.count_nonzero()) / self.weights.numel()


def solutions(bench: Bench, state: State, layer: str, densities: Sequence[float]) -> list[Solution]:
    """The layer of a network with these tensors, solved at each of the densities.

    Its inputs are those of this network, its outputs should be those of the dense one.
    """
    model = bench.running(state)
    name = bench.rules[layer].solver or bench.settings.solver
    sampling = Sampling(
        images=sum(len(batch) for batch in bench.calibration),
        seed=seeded(bench.settings.seed, layer),
        keep_rows=name in NEED_ROWS,
    )
    groups = calibrate(model, bench.dense, [layer], bench.calibration, sampling)[layer]
    module = model.get_submodule(layer)
    assert isinstance(module, nn.Conv2d | nn.Linear)
    paths = [
        solver(name).path(samples, weights, [min(1.0, float(density)) for density in densities])
        for samples, weights in zip(groups, group_weights(module), strict=True)
    ]
    return [
        _joined(groups, of_groups, state[weight_of(layer)])
        for of_groups in zip(*paths, strict=True)
    ]


def _joined(samples: Sequence[Samples], groups: Sequence[Solved], shaped: Tensor) -> Solution:
    """The solutions of all groups of a layer as one, its error weighed by the groups' outputs."""
    held_out = all(group.held_error is not None for group in groups)
    evidence = [one.held if held_out else one.fit for one in samples]
    errors = [(one.held_error if held_out else one.fit_error) or 0.0 for one in groups]
    outputs = [float(one.energies.sum()) for one in evidence]
    whole = sum(outputs)
    lost = sum(error * output for error, output in zip(errors, outputs, strict=True))
    return Solution(
        weights=torch.cat([one.weights for one in groups]).reshape(shaped.shape).to(shaped),
        error=lost / whole if whole else 0.0,
        held_out=held_out,
        how=groups[0].how,
        warnings=tuple(dict.fromkeys(doubt for one in groups for doubt in one.warnings)),
    )
