"""One layer of a running network to its weights at lower densities, and what these lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor, nn

from prune.bench import Bench, State, weight_of
from prune.calibration import calibrate, group_weights
from prune.counts import count_of
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


#: By layer, what is known of each of its groups.
Sampled = Mapping[str, tuple[Samples, ...]]


def sampled(bench: Bench, state: State, layers: Sequence[str]) -> Sampled:
    """What is known of these layers from one run of a network with these tensors: its inputs, and
    the outputs of the dense one.
    """
    keep = any(_solver(bench, layer) in NEED_ROWS for layer in layers)
    sampling = replace(bench.sampling, keep_rows=keep)
    return calibrate(bench.running(state), bench.targets, layers, bench.calibration, sampling)


def _solver(bench: Bench, layer: str) -> str:
    return bench.rules[layer].solver or bench.settings.solver


def solutions(
    bench: Bench,
    state: State,
    layer: str,
    densities: Sequence[float],
    known: Sampled | None = None,
    filters: int | None = None,
) -> list[Solution]:
    """The layer of a network with these tensors, solved at each of the densities; from what is
    `known` of it, if it was sampled before. With `filters`, about so many of each group, evenly
    drawn, stand for all.

    Its inputs are those of this network, its outputs should be those of the dense one. Filters of a
    group keep the same number of weights, or, between two numbers, some of them one more: those
    whose error it lowers most.
    """
    name = _solver(bench, layer)
    groups = (known or sampled(bench, state, [layer]))[layer]
    module = bench.running(state).get_submodule(layer)
    assert isinstance(module, nn.Conv2d | nn.Linear)
    weights, shaped = group_weights(module), state[weight_of(layer)]
    if filters is not None:
        some = torch.arange(0, len(weights[0]), max(1, len(weights[0]) // filters)).to(
            shaped.device
        )
        groups = tuple(one.of(some) for one in groups)
        weights = tuple(group[some] for group in weights)
        shaped = torch.cat(weights)
    return _at_each(name, groups, weights, densities, shaped)


def _at_each(
    name: str,
    groups: Sequence[Samples],
    weights: Sequence[Tensor],
    densities: Sequence[float],
    shaped: Tensor,
) -> list[Solution]:
    """The groups solved at each of the densities, and given a shape."""
    counts = [_counts(density, weights[0].shape[1], len(weights[0])) for density in densities]
    tried = sorted({count for fewer, more in counts for count in (fewer, fewer + (more > 0))})
    solved = [
        dict(zip(tried, solver(name).path(samples, group, tried), strict=True))
        for samples, group in zip(groups, weights, strict=True)
    ]
    found = []
    for fewer, more in counts:
        pairs = zip(groups, solved, strict=True)
        mixed = [_mixed(samples, paths, fewer, more) for samples, paths in pairs]
        ways = [paths[fewer] for paths in solved]
        found.append(_joined(groups, mixed, ways, shaped))
    return found


def _counts(density: float, inputs: int, filters: int) -> tuple[int, int]:
    """The weights that each filter keeps, and how many of the filters keep one more.

    >>> _counts(0.5, 9, 4), _counts(0.01, 9, 4), _counts(1.0, 9, 4)
    ((4, 2), (1, 0), (9, 0))
    """
    return divmod(max(filters, count_of(min(1.0, density), inputs * filters)), filters)


def _mixed(samples: Samples, paths: Mapping[int, Solved], fewer: int, more: int) -> Tensor:
    """The weights of a group of which so many filters keep one more."""
    least = paths[fewer].weights
    if not more:
        return least
    most = paths[fewer + 1].weights
    gains = samples.fit.errors(least) - samples.fit.errors(most)
    chosen = gains.argsort(descending=True, stable=True)[:more]
    mixed = least.clone()
    mixed[chosen] = most[chosen]
    return mixed


def _joined(
    samples: Sequence[Samples],
    weights: Sequence[Tensor],
    solved: Sequence[Solved],
    shaped: Tensor,
) -> Solution:
    """The weights of all groups as one layer's, with their error."""
    held_out = all(one.held.count for one in samples)
    evidence = [one.held if held_out else one.fit for one in samples]
    pairs = zip(evidence, weights, strict=True)
    lost = sum(float(one.errors(group).sum()) for one, group in pairs)
    whole = sum(float(one.energies.sum()) for one in evidence)
    return Solution(
        weights=torch.cat(list(weights)).reshape(shaped.shape).to(shaped),
        error=lost / whole if whole else 0.0,
        held_out=held_out,
        how=solved[0].how,
        warnings=tuple(dict.fromkeys(doubt for one in solved for doubt in one.warnings)),
    )
