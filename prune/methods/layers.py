"""The paper's rounds: layers in the order of their energy, each pruned as far as it can bear.

Yang, Chen, Sze, "Designing Energy-Efficient Convolutional Neural Networks using Energy-Aware
Pruning", CVPR 2017, section 4. The paper leaves the size of a step open. Here a layer keeps one of
`LADDER` powers of the round's share of its weights: the lowest density by which the loss on
held-out images grows no more than the layer's part of the round's tolerance. Its part is that of
the energy: who costs most may lose most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Final

from prune.methods.layer import Solution, how, solutions
from prune.methods.method import ROUNDS_TO_ACCURACY, Method
from prune.methods.rounds import about, fine_tuned
from prune.oracle import ranked
from prune.run.bench import Bench
from prune.run.events import Began, How, LayerSolved, said, solved_as
from prune.run.journal import Kept
from prune.run.outcome import Stage
from prune.run.position import Position, Seen, weight_of

#: Powers of what a round keeps that are tried, the lowest density first.
LADDER: Final = (4.0, 2.0, 1.0, 0.5, 0.25)


@dataclass(frozen=True)
class Layers(Method):
    """Prunes one layer after the other."""

    name: str = "layers"

    def round(self, bench: Bench, start: Stage, severity: float, name: str) -> Stage:
        """A round in which every layer is pruned as far as it can bear."""
        pruned = partial(by_layers, bench, start.position, severity, name)
        return fine_tuned(bench, start, name, pruned)

    def approach(self, bench: Bench, before: Stage, budget: float) -> list[Stage]:
        """The paper's rounds, as long as they end above the budget, then one to the budget."""
        stages = [before]
        for number in range(1, (bench.given.settings.rounds.most or ROUNDS_TO_ACCURACY) + 1):
            stage = self.round(bench, stages[-1], 1.0, f"round-{number}")
            if not budget < stage.energy < stages[-1].energy:
                bench.journal.forget(stage.name)
                break
            bench.journal.forget(stages[-1].name)
            stages.append(stage)
        return [*stages, about(bench, stages[-1], budget, "down")]


LAYERS: Final = Layers()


def by_layers(bench: Bench, start: Position, severity: float, stage: str) -> Position:
    """Prune every layer once, the one of most energy first; return `start` where none can be.

    `severity` is 1, or less for a milder round: the power of the share that is kept, and a factor
    of the tolerance.
    """
    order = ranked(start.seen.energies, bench.given.layers)
    bench.tell(Began(stage=stage, layers=len(order)))
    now = start
    for layer in order:
        step = f"{stage}/{layer}"
        part = start.seen.energies[layer] / sum(start.seen.energies[name] for name in order)
        kept = bench.journal.once(step, partial(_pruned, bench, now, layer, severity, part))
        bench.tell(solved_as(step, kept.facts))
        if kept.tensors:
            now = now.with_(kept)
    return now


def _pruned(bench: Bench, now: Position, layer: str, severity: float, part: float) -> Kept:
    """Prune the layer as far as its part of the tolerance allows, or leave it as it is."""
    began = monotonic()
    rounds, density = bench.given.settings.rounds, now.seen.density(layer)
    lowest = bench.given.layers[layer].lowest
    tries = {max(lowest, density * rounds.keep ** (severity * power)) for power in LADDER}
    wanted = [one for one in sorted(tries) if one < density]
    most = now.seen.loss + part * severity * rounds.tolerance
    tried = solutions(bench, now.state, layer, wanted) if wanted else []
    found = [one for one in tried if one.density < density]
    chosen = _first_within(bench, now, layer, found, most)
    if chosen is None:
        return _left(now, layer, began)
    tensors = {weight_of(layer): chosen.weights}
    seen = bench.see({**now.state, **tensors})
    if seen.energy >= now.seen.energy:  # denser activations cost more than zero weights save
        return _left(now, layer, began)
    return Kept(tensors=tensors, facts=_facts(layer, now.seen, seen, began, how(chosen)))


def _left(now: Position, layer: str, began: float) -> Kept:
    """Leave the layer as it is."""
    return Kept(facts=_facts(layer, now.seen, now.seen, began, None))


def _facts(
    layer: str, before: Seen, after: Seen, began: float, solved: How | None
) -> dict[str, Any]:
    """Return what is told of a layer, and what was seen of the network after it."""
    done = LayerSolved(
        step="",
        layer=layer,
        density=after.density(layer),
        density_before=before.density(layer),
        loss=after.loss,
        energy=after.energies[layer],
        energy_before=before.energies[layer],
        network_energy=after.energy,
        seconds=monotonic() - began,
        solved=solved,
    )
    return {**said(done), "seen": after.facts()}


def _first_within(
    bench: Bench, now: Position, layer: str, found: Sequence[Solution], most: float
) -> Solution | None:
    """Return the solution of the lowest density with which the held-out loss is within `most`.

    The loss is taken to fall as the density rises, so that halving finds it.
    """
    first, last = 0, len(found)
    while first < last:
        middle = (first + last) // 2
        if bench.loss({**now.state, weight_of(layer): found[middle].weights}) <= most:
            last = middle
        else:
            first = middle + 1
    return found[first] if first < len(found) else None
