"""Every layer before and after it was pruned: its density, and its energy by tensor."""

from collections.abc import Sequence

from rich.table import Table

from hwsim.report.figures import si
from hwsim.report.layout import Facts, Row, facts, printed
from hwsim.report.layout import table as laid_out
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from prune.goals import Spending
from prune.methods.allot import MET_WITHIN
from prune.network.probe import left_in_lines
from prune.report.breakdown import PARTS, Breakdown
from prune.run.given import Given
from prune.run.outcome import Outcome
from prune.run.position import Accuracy


def outcome_table(
    given: Given,
    outcome: Outcome,
    before: Breakdown,
    after: Breakdown,
    tests: tuple[Accuracy, Accuracy] | None = None,
    *,
    colour: bool = False,
) -> str:
    """The outcome as text; `tests` are the accuracies on images that decided nothing."""
    heading = facts(_heading(given, outcome, before, after, tests))
    return printed((heading, "", _layers(before, after)), colour=colour)


def _heading(
    given: Given,
    outcome: Outcome,
    before: Breakdown,
    after: Breakdown,
    tests: tuple[Accuracy, Accuracy] | None,
) -> Facts:
    yield "network", given.network.name
    yield "architecture", f"{given.chip.name}, batch {given.network.batch}"
    yield "goal", str(outcome.goal)
    share = after.total() / before.total()
    least, most = si(after.total()), si(before.total())
    yield "energy", f"{share:.4f} of what it was: {most} to {least}, {1 / share:.2f} times less"
    spending = isinstance(outcome.goal.yardstick, Spending)
    if spending and share < (1 - MET_WITHIN) * outcome.goal.limit:
        yield "", "further below the goal than it need be: fine-tuning changes zeros of activations"
    images = given.settings.calibration.measured_images
    yield "", f"the chip's least for densities measured on {images} held-out images at most"
    yield "returned", f"the network of {outcome.after.name}, of {len(outcome.rounds)} rounds"
    for place, line in enumerate(left_in_lines(outcome.left)):
        yield "" if place else "left as it was", line
    pair = (outcome.before.accuracy, outcome.after.accuracy)
    yield "validation", _accuracies(*pair, "they decided how far to go")
    if tests:
        yield "test", _accuracies(*tests, "they decided nothing")


def _accuracies(before: Accuracy, after: Accuracy, role: str) -> str:
    tops = [
        f"top-{rank} {100 * before.top(rank):.2f} to {100 * after.top(rank):.2f} %"
        f" (standard error {100 * (after.top1_error if rank == 1 else after.top5_error):.2f})"
        for rank in (1, 5)
    ]
    return f"{', '.join(tops)}, measured on {after.images} images; {role}"


def _layers(before: Breakdown, after: Breakdown) -> Table:
    heads = ("layer", "weights\nleft %", "inputs\nnonzero %", "outputs\nnonzero %")
    each = [f"{part}\n{when}" for part in (*PARTS, "energy") for when in ("before", "after")]
    rows = [_row(layer, before, after) for layer in before.energies]
    total = ("total", "", "", "", *_pairs(before, after), _share(before.total(), after.total()))
    return laid_out((*heads, *each, "after\n%"), rows, [total])


def _row(layer: str, before: Breakdown, after: Breakdown) -> Row:
    data = after.contents[layer]
    densities = [
        f"{100 * float(data.density(tensor)):.1f}" for tensor in (WEIGHTS, INPUTS, OUTPUTS)
    ]
    amounts = [si(one.energies[layer].get(part, 0.0)) for part in PARTS for one in (before, after)]
    ends = [si(one.of(layer)) for one in (before, after)]
    return (layer, *densities, *amounts, *ends, _share(before.of(layer), after.of(layer)))


def _pairs(before: Breakdown, after: Breakdown) -> Sequence[str]:
    return [si(one.total(part)) for part in (*PARTS, None) for one in (before, after)]


def _share(before: float, after: float) -> str:
    return f"{100 * after / before:.1f}"
