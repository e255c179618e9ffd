"""An energy to densities of all layers, and every layer solved anew at its own.

What a layer loses at a density is the error of its outputs, as a share of their squares, when it is
solved alone in the network as it stands. The losses are measured at few densities and on some of
the filters of each layer, and read between them on logarithmic scales; energies are the oracle's at
every density that is tried. Then layers are solved at their densities in the order of computing,
those that do not depend on one another from one run of the network.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import dropwhile
from time import monotonic
from typing import Final

import numpy as np

from prune.densities import Vector
from prune.errors import Error
from prune.methods.allot import MET_WITHIN, Allotment, BelowFloor, Choices, Curve, front, meet
from prune.methods.layer import Sampled, how, sampled, solutions
from prune.network.waves import waves
from prune.oracle import layer_energies
from prune.run.bench import Bench
from prune.run.events import Allotted, Began, LossesMeasured, measured_as, said, solved_as
from prune.run.given import Given
from prune.run.journal import Kept
from prune.run.position import Position, Seen, State
from prune.run.prunable import Prunable

#: Densities at which a layer's loss is measured.
MEASURED: Final = 9
#: Filters of each group that stand for all where losses are measured.
FILTERS: Final = 64
#: Sums of products of inputs that are kept at a time: 2 GB.
MOST_SUMS: Final = 1 << 28
#: An error below which layers do not differ.
NO_ERROR: Final = 1e-7
#: Where the floor of what may be pruned is above this share of its energy, zeros do not pay.
NO_USE: Final = 0.98
#: How often a network is solved anew until its measured energy meets the budget.
ATTEMPTS: Final = 8
#: What share of a target an allotment leaves at most, beside what rounding up wastes.
CLOSELY: Final = 5e-4
#: The name of the network as it was given, which is solved to give what it gives in any case.
START: Final = "start"
#: Where in the budget's last half per cent the measured energy is aimed at.
AIM: Final = 1 - MET_WITHIN / 2


class Unmet(Error):
    """The network's energy, as measured, stayed above the budget, at `energy`."""

    budget: float
    energy: float

    def __str__(self) -> str:
        return (
            f"the network costs {self.energy:.4g}, above the budget {self.budget:.4g}, however"
            " often its layers are solved anew: another budget, or a lower lowest_density, may help"
        )


class NoUse(Error):
    """Zero weights save next to nothing on `chip`: all that can go, to densities of `lowest` at
    least, leaves `share` of the energy of the layers that may be pruned.
    """

    chip: str
    lowest: float
    share: float

    def __str__(self) -> str:
        return (
            f"zero weights would save next to nothing on {self.chip}: at their lowest densities, of"
            f" {self.lowest:.2g} or more, the layers that may be pruned still cost {self.share:.3f}"
            " of their energy; a lower lowest_density may help, or an architecture that skips zero"
            " weights or stores them encoded, as cvpr17 does"
        )


#: By layer, densities, and what it loses at each.
Losses = Mapping[str, tuple[Vector, Vector]]


def to_energy(bench: Bench, start: Position, name: str, target: float, stage: str) -> Position:
    """Solve every layer in turn, at densities that together cost `target`.

    What the network costs then may differ a little, as zeros of inputs and outputs change. `name`
    is that of the start. Raises `BelowFloor`.
    """
    losses = courses(bench, start, name)
    return _solved(bench, start, _told(bench, start, losses, target, stage), stage)


def brought_within(bench: Bench, start: Position, name: str, budget: float, stage: str) -> Position:
    """Solve layers until the network, as measured, costs the budget or up to 0.5 % less.

    Layers are solved to give what they give in the network as it stands, which was fine-tuned: to
    give what the dense one's do would undo that. Each attempt starts from the same network and aims
    where the last one missed. Raises `Unmet`, and `BelowFloor` where the zeros of activations have
    become too few.
    """
    bench = bench.keeping(start.state)
    losses = courses(bench, start, name if name == START else f"{name}-itself")
    target, best = AIM * budget, None
    for attempt in range(1, ATTEMPTS + 1):
        step = f"{stage}/attempt-{attempt}"
        now = _solved(bench, start, _told(bench, start, losses, target, step), step)
        energy = now.seen.energy
        if energy <= budget and (best is None or energy > best.seen.energy):
            best = now
        if (1 - MET_WITHIN) * budget <= energy <= budget:
            break
        target *= AIM * budget / energy
    if best is None:
        raise Unmet(budget, now.seen.energy)
    return best


def courses(bench: Bench, start: Position, name: str) -> Losses:
    """Measure what every layer loses at some densities, in the network of that name."""
    found = {}
    known: Sampled = {}

    def measured(layer: str) -> Kept:
        nonlocal known
        if layer not in known:
            known = sampled(bench, start.state, _together(bench.given.layers.values(), layer))
        return _measured(bench, start, layer, known)

    for layer in bench.given.layers:
        step = f"courses-{name}/{layer}"
        kept = bench.journal.once(step, partial(measured, layer))
        told = measured_as(step, kept.facts)
        bench.tell(told)
        found[layer] = (np.array(told.densities), np.array(told.losses))
    return found


def _told(bench: Bench, start: Position, losses: Losses, target: float, stage: str) -> Allotment:
    """Return the densities of least loss for the target, and tell of them."""
    found = allotment(bench.given, start, losses, target)
    fixed = _fixed(bench.given, start.seen)
    allotted = Allotted(
        step=f"{stage}/allotted",
        energy=found.energy + fixed,
        target=target,
        loss=found.loss,
        bound=found.bound,
        gap=found.gap,
    )
    bench.tell(allotted)
    return found


def allotment(given: Given, start: Position, losses: Losses, target: float) -> Allotment:
    """Return the densities of least loss at which the network costs no more than the target.

    Raises `BelowFloor`.
    """
    fixed = _fixed(given, start.seen)
    layers, grids = _choices(given, start.seen, losses)
    try:
        return meet(layers, grids, target - fixed, CLOSELY)
    except BelowFloor as error:
        raise BelowFloor(target, error.floor + fixed) from None


def pareto(given: Given, start: Position, losses: Losses) -> list[tuple[float, float]]:
    """Return energies of the network, and the least loss at each, all from one measurement."""
    fixed = _fixed(given, start.seen)
    layers = [
        course(grid) for course, grid in zip(*_choices(given, start.seen, losses), strict=True)
    ]
    return [(one.energy + fixed, one.loss) for one in front(layers)]


def budget_of(given: Given, share: float, seen: Seen) -> float:
    """Return that share of the least energy of the network as it was given, which was `seen`.

    Oracles with levels of densities never say less than the least energy. A network that is within
    the budget by them is therefore within that share of the least. Raises `BelowFloor`.
    """
    dense = sum(layer_energies(given.exact, seen.contents).values())
    least = least_energy(given, seen)
    if share * dense < least:
        raise BelowFloor(share * dense, least, dense)
    return share * dense


def check_use(given: Given, seen: Seen) -> None:
    """Raise `NoUse` where the layers that may be pruned cannot cost much less than was `seen`."""
    fixed = _fixed(given, seen)
    share = (least_energy(given, seen) - fixed) / (seen.energy - fixed)
    if share > NO_USE:
        least = min(layer.lowest for layer in given.layers.values())
        raise NoUse(given.chip.name, least, share)


def least_energy(given: Given, seen: Seen) -> float:
    """Return what the network costs with every layer at its lowest density."""
    layers = given.layers.values()
    least = (float(layer.energy(seen, layer.grid(seen)).min()) for layer in layers)
    return _fixed(given, seen) + sum(least)


def _fixed(given: Given, seen: Seen) -> float:
    """Return the energy of the layers that stay as they are."""
    return sum(energy for name, energy in seen.energies.items() if name not in given.layers)


def _together(layers: Iterable[Prunable], first: str) -> list[str]:
    """Return layers to sample in one run: this one, and those after it that fit in memory."""
    chosen, sums = list[str](), 0
    for layer in dropwhile(lambda one: one.name != first, layers):
        sums += layer.sums
        if chosen and sums > MOST_SUMS:
            break
        chosen.append(layer.name)
    return chosen


def _measured(bench: Bench, start: Position, layer: str, known: Sampled) -> Kept:
    began = monotonic()
    asked = bench.given.layers[layer]
    densities = np.geomspace(asked.lowest, start.seen.density(layer), MEASURED)
    counted = asked.even(densities).tolist()
    found = solutions(bench, start.state, layer, counted, known, FILTERS)
    measured = LossesMeasured(
        step="",
        layer=layer,
        densities=tuple(solution.density for solution in found),
        losses=tuple(solution.error for solution in found),
        warnings=found[0].warnings,
        seconds=monotonic() - began,
    )
    return Kept(facts=said(measured))


def _solved(bench: Bench, start: Position, found: Allotment, stage: str) -> Position:
    """Solve each layer at its density, in the order of computing, in the network pruned so far."""
    wanted, own = found.densities, start.seen.density
    layers = [name for name in bench.given.layers if wanted[name] < own(name)]
    bench.tell(Began(stage=stage, layers=len(layers)))
    state, saved = start.state, 0.0
    for wave in waves(bench.given.dense, layers, bench.given.calibration[0][:1]):
        solved = _wave(bench, start, state, {name: found.densities[name] for name in wave}, stage)
        state = {
            **state,
            **{key: one for kept in solved.values() for key, one in kept.tensors.items()},
        }
        loss = bench.journal.once(f"{stage}/after-{wave[-1]}", partial(_loss, bench, state)).facts
        for name, kept in solved.items():
            saved += kept.facts["energy_before"] - kept.facts["energy"]
            told = {**kept.facts, **loss, "network_energy": start.seen.energy - saved}
            bench.tell(solved_as(f"{stage}/{name}", told))
    return bench.position(state) if layers else start


def _wave(
    bench: Bench, start: Position, state: State, densities: Mapping[str, float], stage: str
) -> dict[str, Kept]:
    """Solve layers that do not depend on one another, each at its density."""
    known: Sampled = {}

    def solved(layer: str) -> Kept:
        nonlocal known
        began = monotonic()
        known = known or sampled(bench, state, list(densities))
        found = _at(bench, start.seen, state, layer, densities[layer], known)
        return replace(found, facts={**found.facts, "seconds": monotonic() - began})

    return {
        layer: bench.journal.once(f"{stage}/{layer}", partial(solved, layer)) for layer in densities
    }


def _loss(bench: Bench, state: State) -> Kept:
    return Kept(facts={"loss": bench.loss(state)})


def _at(
    bench: Bench, before: Seen, state: State, layer: str, density: float, known: Sampled
) -> Kept:
    """Solve the layer at that density, and price it with the activations of before."""
    (solution,) = solutions(bench, state, layer, [density], known)
    return Kept(
        tensors={bench.given.layers[layer].key: solution.weights},
        facts={
            "layer": layer,
            "allotted": density,
            "density": solution.density,
            "density_before": before.density(layer),
            "energy": float(bench.given.layers[layer].energy(before, solution.density)),
            "energy_before": before.energies[layer],
            **said(how(solution)),
        },
    )


def _choices(given: Given, seen: Seen, losses: Losses) -> tuple[list[Curve], list[Vector]]:
    """Return what each layer costs and loses at any densities, and those to choose among."""
    layers = [given.layers[name] for name in losses]
    courses = [_course(layer, seen, *losses[layer.name]) for layer in layers]
    return courses, [layer.grid(seen) for layer in layers]


def _course(layer: Prunable, seen: Seen, densities: Vector, losses: Vector) -> Curve:
    """Return what the layer costs and loses at densities of whole numbers of units."""
    distinct, order = np.unique(densities, return_index=True)
    falling = np.minimum.accumulate(losses[order])
    own = seen.density(layer.name)

    def course(wanted: Vector) -> Choices:
        least = np.maximum(wanted[wanted < own], layer.lowest)
        chosen = np.append(layer.whole(least), own)
        return Choices(
            name=layer.name,
            densities=chosen,
            energies=layer.energy(seen, chosen),
            losses=_between(chosen, distinct, falling),
        )

    return course


def _between(chosen: Vector, densities: Vector, losses: Vector) -> Vector:
    """Return losses between those measured at ascending densities; the last is the layer's own.

    They are read on logarithmic scales. Only between the last two densities do they follow the cube
    of the share that goes: where there are as many weights of every small size, the squares of the
    smallest sum as the cube of their number.

    >>> densities, losses = np.array([0.25, 0.5, 1.0]), np.array([0.16, 0.08, 0.0])
    >>> _between(np.array([0.25, 0.5, 0.75, 1.0]), densities, losses).round(9).tolist()
    [0.16, 0.08, 0.01, 0.0]
    """
    if len(densities) == 1:
        return np.full(len(chosen), losses[0])
    logarithms = np.interp(np.log(chosen), np.log(densities), np.log(losses + NO_ERROR))
    last, own = densities[-2:]
    gone = np.clip((own - chosen) / (own - last), 0, 1)
    cubes = losses[-1] + (losses[-2] - losses[-1]) * gone**3
    return np.where(chosen > last, cubes, np.exp(logarithms) - NO_ERROR)
