"""What would be done, and what the oracle predicts of it, before anything is."""

import numpy as np

from hwsim.report.figures import si
from hwsim.report.layout import Facts, Row, facts, printed
from hwsim.report.layout import table as laid_out
from prune.densities import Vector
from prune.goals import Goal, Spending
from prune.methods.energy import MEASURED, allotment, budget_of, check_use, least_energy
from prune.network.probe import left_in_lines
from prune.oracle import ranked
from prune.run.given import Given
from prune.run.position import Position
from prune.run.prunable import Prunable


def plan(given: Given, goal: Goal, start: Position, *, colour: bool = False) -> str:
    """The layers of most energy first, and what they would cost.

    Zeros of activations are measured in the dense network. To an energy, densities are predicted
    from magnitudes: a layer is taken to lose the share of the squares of its weights that goes.
    Raises `BelowFloor`, `NoUse` and `AlwaysMet`.
    """
    goal.yardstick.check(given.classes)
    check_use(given, start.seen)
    densities = {name: layer.lowest for name, layer in given.layers.items()}
    what = "at lowest density"
    if isinstance(goal.yardstick, Spending):
        losses = {name: _by_magnitude(layer) for name, layer in given.layers.items()}
        target = budget_of(given, goal.limit, start.seen)
        densities = dict(allotment(given, start, losses, target).densities)
        what = "as allotted"
    rows = [
        _row(given, start, layer, densities) for layer in ranked(start.seen.energies, given.oracles)
    ]
    spent = sum(_at(given, start, layer, densities) for layer in given.oracles)
    total = ("total", "", "", si(start.seen.energy), "100.0", "", si(spent))
    heads = ("layer", "weights", "solver", "energy\nmeasured", "%", "density\npredicted")
    made = laid_out((*heads, f"energy\npredicted,\n{what}"), rows, [total])
    return printed((facts(_heading(given, goal, start)), "", made), colour=colour)


def _heading(given: Given, goal: Goal, start: Position) -> Facts:
    least = least_energy(given, start.seen)
    share = least / start.seen.energy
    yield "network", given.network.name
    yield "architecture", f"{given.chip.name}, batch {given.network.batch}"
    yield "goal", str(goal)
    yield "energy", f"{si(start.seen.energy)}, for densities measured on held-out images"
    yield "floor", f"{si(least)}, {share:.3f} of the energy, predicted for the same activations"
    for place, line in enumerate(left_in_lines(given.left)):
        yield "" if place else "left as it is", line
    yield "plan", "nothing has been pruned; the order is that of the first round"


def _row(given: Given, start: Position, layer: str, densities: dict[str, float]) -> Row:
    energy = start.seen.energies[layer]
    share = f"{100 * energy / start.seen.energy:.1f}"
    if layer not in densities:
        return (layer, "", "stays", si(energy), share, "", si(energy))
    asked = given.layers[layer]
    shape, name = "x".join(map(str, asked.weights.shape)), asked.solver.name
    predicted = si(_at(given, start, layer, densities))
    return (layer, shape, name, si(energy), share, f"{densities[layer]:.3f}", predicted)


def _at(given: Given, start: Position, layer: str, densities: dict[str, float]) -> float:
    if layer not in densities:
        return start.seen.energies[layer]
    return float(given.layers[layer].energy(start.seen, densities[layer]))


def _by_magnitude(layer: Prunable) -> tuple[Vector, Vector]:
    """Densities, and the share of the squares of the weights that are lost at each."""
    units = layer.gathered(layer.weights).double().cpu().square().sum(-1)
    squares = units.sort(dim=1).values.numpy()
    lost = np.concatenate([[0.0], np.cumsum(squares, axis=1).sum(axis=0)]) / squares.sum()
    densities = np.geomspace(layer.lowest, 1.0, MEASURED)
    gone = np.round((1 - densities) * squares.shape[1]).astype(int)
    return densities, lost[gone]
