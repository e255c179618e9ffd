"""A result to one screen that an architect reads: what every layer costs, and where it is spent."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from io import StringIO

from rich.box import Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hwsim.architecture.architecture import Architecture
from hwsim.cost import COMPUTE, Cost
from hwsim.report.figures import NOTHING, percent, si
from hwsim.result import LayerResult, Result
from hwsim.vocabulary import TENSORS, Objective
from hwsim.workload.network import Network

#: Prose is set to this width; a table is as wide as it needs to be.
WIDTH = 100
WIDEST = 10_000

UNITS = {"mac": "in units of one MAC", "pJ": "in joules, declared in pJ"}
CHARGING = {
    "transfer": "a word that moves between two levels costs the dearer of them",
    "action": "every read and every write costs where it happens",
}
OPERANDS = {
    "every_mac": "each MAC reads its operands from the innermost storages",
    "latched": "a MAC keeps an operand until the next one differs",
}

AIMS = {
    Objective.energy: "least energy",
    Objective.cycles: "fewest cycles, then least energy",
    Objective.edp: "least product of energy and cycles",
}
#: So many layers are listed by name.
NAMED = 12

#: A rule below the head and between the sections of a table, and no other line.
RULES = Box("    \n    \n ── \n    \n ── \n ── \n    \n    \n")

Facts = Iterator[tuple[str, str]]
Row = Sequence[str | Text]


def render(result: Result, *, colour: bool = False) -> str:
    """The report as text, with the escape codes of a terminal only if `colour`."""
    console = Console(
        file=StringIO(),
        width=WIDEST,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as captured:
        console.print(_facts(_heading(result)), width=WIDTH)
        console.print("", _work(result), "", _split(result), "", sep="\n")
        console.print(_facts(_summary(result)), width=WIDTH)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _heading(result: Result) -> Facts:
    architecture, network = result.architecture, result.network
    charging = f"{CHARGING[architecture.charge_by]}; {OPERANDS[architecture.operands]}"
    yield "architecture", _titled(architecture.name, architecture.title)
    yield "network", _titled(network.name, network.title)
    yield "batch", str(network.batch)
    yield "energy", f"{UNITS[architecture.energy_unit]}; {charging}"


def _titled(name: str, title: str) -> str:
    return name if title in ("", name) else f"{name}: {title}"


def _work(result: Result) -> Table:
    """What each layer does, costs and takes."""
    heads = ("layer", "MACs", "energy", "energy\nper MAC", "cycles", "time", "utilized\n%")
    rows = [
        (
            each.layer.name,
            *_effort(result, each.layer.macs, each.cost),
            percent(each.utilization),
            str(each.active_pes),
            each.cost.bound_by,
        )
        for each in result.layers
    ]
    whole = _effort(result, result.macs, result.cost)
    total = ("total", *whole, percent(result.utilization), "", "")
    table = _table((*heads, "active\nPEs", "bound by"), rows, [total])
    table.columns[-1].justify = "left"
    return table


def _effort(result: Result, macs: int, cost: Cost) -> tuple[str, ...]:
    architecture = result.architecture
    return (
        si(macs),
        _energy(architecture, cost.energy),
        _energy(architecture, cost.energy / macs),
        si(cost.cycles),
        _time(architecture, cost.cycles),
    )


def _energy(architecture: Architecture, energy: Fraction) -> str:
    if architecture.energy_unit == "mac":
        return si(energy)
    return si(energy / 10**12, "J")


def _time(architecture: Architecture, cycles: int) -> str:
    """The time of the cycles if the clock is known."""
    clock_mhz = architecture.clock_mhz
    return si(cycles / (Fraction(str(clock_mhz)) * 10**6), "s") if clock_mhz else ""


def _split(result: Result) -> Table:
    """How the energy of each layer, and of each tensor, divides among the components."""
    components = list(result.architecture.components)
    heads = ("share, %", "energy", "of\ntotal", *(name.replace("_", "\n") for name in components))
    layers = [
        _shares(result, each.layer.name, each.cost.energy, each.cost.by_component)
        for each in result.layers
    ]
    cost = result.cost
    total = _shares(result, "total", cost.energy, cost.by_component)
    tensors = [
        _shares(result, name, energy, _of_tensor(cost, name))
        for name in (*TENSORS, COMPUTE)
        if (energy := cost.by_tensor.get(name))
    ]
    return _table(heads, layers, [total, *tensors])


def _of_tensor(cost: Cost, tensor: str) -> dict[str, Fraction]:
    return {
        component: energy for (component, what), energy in cost.energies.items() if what == tensor
    }


def _shares(result: Result, name: str, energy: Fraction, parts: Mapping[str, Fraction]) -> Row:
    """A row of shares by component, the largest emphasised."""
    most = max(parts.values())
    shares = []
    for component in result.architecture.components:
        part = parts.get(component, Fraction(0))
        shares.append(Text(percent(part, energy), style="bold" if part == most else ""))
    amount = _energy(result.architecture, energy)
    return name, amount, percent(energy, result.cost.energy), *shares


def _summary(result: Result) -> Facts:
    cost, network = result.cost, result.network
    time = _time(result.architecture, cost.cycles)
    if time:
        rate = Fraction(str(result.architecture.clock_mhz)) * 10**6 * network.batch / cost.cycles
        clock = f"{si(cost.cycles)} cycles at {result.architecture.clock_mhz:g} MHz"
        yield "latency", f"{time}, {clock}; {si(rate)} images per second"
    yield "mappings", _mappings(result)
    yield "not priced", _unpriced(result.network)
    if result.unmapped:
        yield "no mapping", _some(list(result.unmapped))
    if left_out := _left_out(result):
        yield "left out", left_out


def _mappings(result: Result) -> str:
    derived = [each for each in result.layers if each.certificate]
    if not derived:
        return "given"
    best = AIMS[derived[0].certificate.objective] if derived[0].certificate else ""
    how = f"{best} under the {result.architecture.dataflow.name} dataflow"
    if doubtful := [_gap(each) for each in derived if not each.proven]:
        how += f"; best found, not proven: {_some(doubtful)}"
    if len(derived) == len(result.layers):
        return f"derived: {how}"
    return f"given, but derived for {_some([each.name for each in derived])}: {how}"


def _gap(each: LayerResult) -> str:
    """A layer whose mapping may not be the best, and how far it may be from it."""
    gap = each.certificate.gap if each.certificate else 0
    return f"{each.name} (at most {percent(gap)} % from it)"


def _some(names: Sequence[str]) -> str:
    """The names, of many only the first."""
    more = len(names) - NAMED
    return ", ".join(names if more <= 1 else [*names[:NAMED], f"and {more} more"])


def _unpriced(network: Network) -> str:
    """The nodes whose energy nobody counts, by kind."""
    kinds = Counter(node.kind for node in network.unpriced)
    return ", ".join(f"{kind} x{number}" for kind, number in kinds.items()) or "nothing"


def _left_out(result: Result) -> str:
    """The layers that were not asked for."""
    simulated = {each.layer.name for each in result.layers}
    names = (layer.name for layer in result.network.layers)
    return _some([name for name in names if name not in simulated | set(result.unmapped)])


def _facts(facts: Facts) -> Table:
    """Labels and what they say."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    for label, fact in facts:
        grid.add_row(label, fact)
    return grid


def _table(heads: Sequence[str], *sections: Sequence[Row]) -> Table:
    """A table whose columns that say nothing are left out; the first is of names."""
    rows = [row for section in sections for row in section]
    said = [any(str(row[i]) not in ("", NOTHING) for row in rows) for i in range(len(heads))]
    table = Table(box=RULES, show_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for head, keep in zip(heads, said, strict=True):
        if keep:
            table.add_column(head, justify="right" if table.columns else "left", vertical="bottom")
    for section in sections:
        for row in section:
            table.add_row(*(cell for cell, keep in zip(row, said, strict=True) if keep))
        table.add_section()
    return table
