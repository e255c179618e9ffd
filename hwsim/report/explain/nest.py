"""A mapping to its loop nest on the screen, with what every component holds, moves and spends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from rich.text import Text

from hwsim.architecture.components import Array
from hwsim.architecture.place import Place
from hwsim.cost import COMPUTE
from hwsim.explanation import Account, Explanation, Run, TensorAccount, accounts, runs
from hwsim.report.figures import DASH, percent, si
from hwsim.report.layout import in_unit
from hwsim.workload.data import DENSE

NEST_HEADS = ("holds", "of", "%", "reads", "writes", "energy", "%")
NOT_MOVED = ("", "", "", "")
GAP = "  "
NEST_LEGEND = """\
holds: words of the largest tile, of those that there is room for; on an axis, instances at work.
M:4 P+R:9 is a tile of 4 values of M by 9 of P + R. reads, writes: words, for the whole batch; at a
network, words down and up."""
EARLIER = "Inside a last tile that is smaller, loops end earlier."
RUNS = "The loops are those of one run of the layer, words and energies those of all its runs."
ZEROS = """\
Words are read and written whatever they hold; energies are of what zeros and bits leave, and a tile
holds as many words as it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NestLine:
    """A line of the nest: a text as deep as the loops around it, and figures or a note beside."""

    depth: int
    text: Text
    figures: tuple[str, ...] = ()
    note: str = ""

    @property
    def indented(self) -> Text:
        """The text where it stands."""
        return Text(GAP * self.depth) + self.text


def nest_lines(explanation: Explanation) -> Iterator[Text]:
    """The lines of the nest below their head, and what they mean."""
    lines = list(_lines(explanation))
    left = max(line.indented.cell_len for line in lines)
    rows = [line.figures for line in lines if line.figures]
    widths = [max(map(len, column)) for column in zip(NEST_HEADS, *rows, strict=True)]
    yield _padded(Text("loops and tiles", style="bold"), left) + _set(NEST_HEADS, widths, "bold")
    yield Text("─" * (left + sum(widths) + len(GAP) * len(widths)))
    for line in lines:
        beside = _set(line.figures, widths) if line.figures else Text(GAP + line.note, style="dim")
        yield _padded(line.indented, left) + beside
    yield Text("")
    partial = any("the last of" in line.note for line in lines)
    yield Text(f"{NEST_LEGEND} {EARLIER}" if partial else NEST_LEGEND, style="dim")
    if explanation.layer.layer.times > 1:
        yield Text(RUNS, style="dim")
    if explanation.layer.layer.data != DENSE:
        yield Text(ZEROS, style="dim")


def _padded(text: Text, width: int) -> Text:
    padded = text.copy()
    padded.pad_right(width - text.cell_len)
    return padded


def _set(figures: Sequence[str], widths: Sequence[int], style: str = "") -> Text:
    """Figures, each to the right of its column."""
    set_ = (GAP + figure.rjust(width) for figure, width in zip(figures, widths, strict=True))
    return Text("".join(set_), style=style)


def _lines(explanation: Explanation) -> Iterator[NestLine]:
    architecture, layer = explanation.result.architecture, explanation.layer
    loops = runs(architecture, layer.layer, layer.nest)
    told = accounts(architecture, layer)
    depth = 0
    for name, part in architecture.components.items():
        if isinstance(part, Array):
            yield NestLine(depth=depth, text=Text(name, style="bold"))
        else:
            yield from _component(explanation, told[name], depth)
            if cycles := layer.cost.stall_cycles.get(name):
                share = percent(cycles, layer.cost.cycles)
                text = Text(f"- waited for, {share} % of the cycles", style="dim")
                yield NestLine(depth=depth, text=text)
            for tensor in layer.nest.bypassed.get(name, ()):
                text = Text(f"- {tensor:7} bypass", style="dim")
                yield NestLine(depth=depth, text=text)
        for place in architecture.places:
            if place.component == name:
                yield from _axis(place, loops[place.name], depth)
                for run in loops[place.name]:
                    yield _loop(run, depth)
                    depth += 1


def _axis(place: Place, here: Sequence[Run], depth: int) -> Iterator[NestLine]:
    """The instances at work along an axis; a storage has none."""
    if place.size is not None:
        used = prod(run.steps for run in here)
        figures = (str(used), str(place.size), percent(used, place.size), *NOT_MOVED)
        yield NestLine(depth=depth, text=Text(f"- {place.name.partition('.')[2]}"), figures=figures)


def _loop(run: Run, depth: int) -> NestLine:
    word = "parallel-for" if run.spatial else "for"
    by = f" by {run.tile}" if run.tile > 1 else ""
    return NestLine(
        depth=depth,
        text=Text(f"{word} {run.dimension} in 0..{run.extent}{by}"),
        note=_steps(run) if run.tile > 1 else "",
    )


def _steps(run: Run) -> str:
    steps = f"{run.steps} {'side by side' if run.spatial else 'steps'}"
    return f"{steps}, the last of {run.last}" if run.last < run.tile else steps


def _component(explanation: Explanation, account: Account, depth: int) -> Iterator[NestLine]:
    """A component's name, and a line for each of its tensors; for one alone, a line together."""
    name = Text(account.component, style="bold")
    if not account.entries:
        yield NestLine(depth=depth, text=name)
        return
    if len(account.entries) == 1:
        ((what, entry),) = account.entries.items()
        text = name + Text("" if what == COMPUTE else f" {_tensor(what, entry)}", style="not bold")
        yield NestLine(depth=depth, text=text, figures=_figures(explanation, entry))
        return
    yield NestLine(depth=depth, text=name, figures=_figures(explanation, account.whole))
    for what, entry in account.entries.items():
        text = Text(f"- {_tensor(f'{what:7}', entry)}")
        yield NestLine(depth=depth, text=text, figures=_figures(explanation, entry))


def _tensor(what: str, entry: TensorAccount) -> str:
    """A tensor and the shape of its tile."""
    shape = entry.tile.shape if entry.tile else {}
    return " ".join([what, *(f"{index}:{size}" for index, size in shape.items())]).rstrip()


def _figures(explanation: Explanation, entry: TensorAccount) -> tuple[str, ...]:
    tile, room, moved = entry.tile, entry.capacity_words, entry.accesses
    cost = explanation.layer.cost
    return (
        si(tile.words) if tile else "",
        (si(room) if room else DASH) if tile else "",
        (percent(tile.words, room) if room else DASH) if tile else "",
        (si(moved.reads) if moved.reads else DASH) if moved else "",
        (si(moved.writes) if moved.writes else DASH) if moved else "",
        in_unit(explanation.result.architecture, entry.energy) if entry.energy else DASH,
        percent(entry.energy, cost.energy),
    )
