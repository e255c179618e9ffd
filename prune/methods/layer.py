"""One layer of a running network to its weights at lower densities, and what these lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import torch
from torch import Tensor, nn

from prune.network.calibration import calibrate, group_weights
from prune.patterns import KeptUnits, Pattern
from prune.run.bench import Bench
from prune.run.events import How
from prune.run.position import State
from prune.run.prunable import Prunable
from prune.solvers.gram import Samples
from prune.solvers.interface import SolvedGroup, Solver


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


def how(solution: Solution) -> How:
    """What is told of how a layer was solved."""
    return How(
        error=solution.error,
        error_held_out=solution.held_out,
        how=solution.how,
        warnings=solution.warnings,
    )


#: By layer, what is known of each of its groups.
Sampled = Mapping[str, tuple[Samples, ...]]


def sampled(bench: Bench, state: State, layers: Sequence[str]) -> Sampled:
    """Sample these layers in one run of a network with these tensors: the inputs that they have
    there, and the outputs that they have in the dense network.
    """
    given, network = bench.given, bench.running.with_(state)
    keep = any(given.layers[layer].solver.needs_rows for layer in layers)
    sampling = replace(given.sampling, keep_rows=keep)
    return calibrate(network, given.targets, layers, given.calibration, sampling)


def solutions(
    bench: Bench,
    state: State,
    layer: str,
    densities: Sequence[float],
    known: Sampled | None = None,
    filters: int | None = None,
) -> list[Solution]:
    """Solve the layer of a network with these tensors at each of the densities.

    What is `known` of it from sampling is taken, if it is given. With `filters`, about so many of
    each group, evenly drawn, stand for all. The layer's inputs are those of this network, and its
    outputs should be those of the dense one.

    Filters of a group keep the same number of weights. Between two such numbers, some filters keep
    one more: those whose error it lowers most. Weights that were zero in the network as it was
    given stay zero, and filters that have fewer others keep all of them.
    """
    asked = bench.given.layers[layer]
    groups = (known or sampled(bench, state, [layer]))[layer]
    module = bench.running.with_(state).get_submodule(layer)
    assert isinstance(module, nn.Conv2d | nn.Linear)
    weights, shaped = group_weights(module), state[asked.key]
    allowed = asked.allowed.flatten(1).chunk(len(groups))
    if filters is not None:
        some = torch.arange(0, len(weights[0]), max(1, len(weights[0]) // filters)).to(
            shaped.device
        )
        groups = tuple(one.of(some) for one in groups)
        weights, allowed = (tuple(one[some] for one in each) for each in (weights, allowed))
        shaped = torch.cat(weights)
    return _at_each(asked, groups, weights, allowed, densities, shaped)


def _at_each(
    layer: Prunable,
    groups: Sequence[Samples],
    weights: Sequence[Tensor],
    allowed: Sequence[Tensor],
    densities: Sequence[float],
    shaped: Tensor,
) -> list[Solution]:
    """Solve the groups at each of the densities, and give their weights a shape."""
    pattern = layer.pattern
    most = [pattern.there(group) for group in allowed]
    counts = [[pattern.kept(density, group) for group in allowed] for density in densities]
    paths = [
        _path(layer.solver, pattern, *group, [each[index] for each in counts])
        for index, group in enumerate(zip(groups, weights, allowed, strict=True))
    ]
    found = []
    for each in counts:
        parts = zip(groups, paths, each, most, strict=True)
        mixed = [_mixed(samples, path, count, group) for samples, path, count, group in parts]
        ways = [path[fewer] for path, (fewer, _) in zip(paths, each, strict=True)]
        found.append(_joined(groups, mixed, ways, shaped))
    return found


def _path(
    solver: Solver,
    pattern: Pattern,
    samples: Samples,
    weights: Tensor,
    allowed: Tensor,
    counts: Sequence[KeptUnits],
) -> dict[int, SolvedGroup]:
    """Solve a group at all of the counts, and return what was found by what each pool keeps."""
    tried = sorted({count for fewer, more in counts for count in (fewer, fewer + (more > 0))})
    return dict(zip(tried, solver.path(samples, weights, tried, allowed, pattern), strict=True))


def _mixed(
    samples: Samples, path: Mapping[int, SolvedGroup], count: KeptUnits, has: Tensor
) -> Tensor:
    """Return the weights of a group of which some filters keep one more of those it `has` (M,)."""
    fewer, more = count
    least = path[fewer].weights
    if not more:
        return least
    most = path[fewer + 1].weights
    gains = samples.fit.errors(least) - samples.fit.errors(most)
    gains = gains.masked_fill(has <= fewer, -inf)
    chosen = gains.argsort(descending=True, stable=True)[:more]
    mixed = least.clone()
    mixed[chosen] = most[chosen]
    return mixed


def _joined(
    samples: Sequence[Samples],
    weights: Sequence[Tensor],
    solved: Sequence[SolvedGroup],
    shaped: Tensor,
) -> Solution:
    """Join the weights of all groups to those of the layer, with their error."""
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
