"""A result to one screen that an architect reads: what every layer costs, and where it is spent."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from hwsim.architecture.architecture import Architecture
from hwsim.cost import STATIC, Cost, spent_on
from hwsim.report import omissions
from hwsim.report.area import area
from hwsim.report.causes import causes_table, says_why
from hwsim.report.contents import contents_table, says_anything
from hwsim.report.efficiency import efficiency
from hwsim.report.estimates import estimated
from hwsim.report.figures import percent, si
from hwsim.report.layout import (
    Facts,
    Row,
    aim,
    conventions,
    facts,
    in_seconds,
    in_unit,
    printed,
    some,
    table,
    titled,
)
from hwsim.report.limits import how_chosen, told_limits
from hwsim.report.widths import width_warning
from hwsim.result import Result
from hwsim.vocabulary import Tiles
from hwsim.workload.network import Network, tallied

#: Of what a total lacks.
MISSING = "bold red"


def render(result: Result, *, colour: bool = False) -> str:
    """The report as text, with the escape codes of a terminal only if `colour`."""
    parts: list[RenderableType] = [facts(heading(result)), "", _work(result), ""]
    parts += [causes_table(result), ""] if says_why(result) else []
    parts += [_split(result), ""]
    parts += [contents_table(result), ""] if says_anything(result) else []
    parts.append(facts(summed_up(result)))
    return printed(parts, colour=colour)


def heading(result: Result) -> Facts:
    """What stands above the tables: the inputs, and what holds for all figures."""
    yield from inputs(result.architecture, result.network)
    if told := area(result.architecture):
        yield "area", told
    if result.within.limits:
        yield "within", told_limits(result.within)


def inputs(architecture: Architecture, network: Network) -> Facts:
    """What is simulated, and what its energies are."""
    yield "architecture", titled(architecture.name, architecture.title)
    yield "network", titled(network.name, network.title)
    yield "batch", str(network.batch)
    yield "energy", conventions(architecture)
    if told := estimated(architecture):
        yield "estimated", told


def _work(result: Result) -> Table:
    """What each layer does, costs and takes."""
    effort = ("MACs", "energy", "energy\nper MAC", "cycles", "time")
    heads = ("layer", "runs", *effort, "utilized\n%", "active\nPEs", "waits\n%", "bound by")
    rows = [
        (
            each.layer.name,
            f"x {each.layer.times}" if each.layer.times > 1 else "",
            *_effort(result, each.layer.macs, each.cost),
            percent(each.utilization),
            str(each.active_pes),
            _waiting(each.cost),
            each.cost.bound_by,
        )
        for each in result.layers
    ]
    whole = _effort(result, result.macs, result.cost)
    total = ("total", "", *whole, percent(result.utilization), "", _waiting(result.cost), "")
    made = table(heads, rows, [total, *_missing(result, len(heads))])
    made.columns[-1].justify = "left"
    return made


def _waiting(cost: Cost) -> str:
    """The share of the cycles in which the MACs wait."""
    return percent(cost.cycles - cost.compute_cycles, cost.cycles)


def _missing(result: Result, columns: int) -> Iterator[Row]:
    """What the total lacks, a row for each kind."""
    for what, macs in omissions.by_kind(result.network.missing):
        cells = (f"missing  {what}", "", macs)
        yield *(Text(cell, style=MISSING) for cell in cells), *[""] * (columns - len(cells))


def _effort(result: Result, macs: int, cost: Cost) -> tuple[str, ...]:
    architecture = result.architecture
    return (
        si(macs),
        in_unit(architecture, cost.energy),
        in_unit(architecture, cost.energy / macs),
        si(cost.cycles),
        in_seconds(architecture, cost.cycles),
    )


def _split(result: Result) -> Table:
    """How the energy of each layer, and of each tensor, divides among the components."""
    architecture, cost = result.architecture, result.cost
    components = architecture.spenders
    heads = ("share, %", "energy", "of\ntotal", *(name.replace("_", "\n") for name in components))
    of = architecture, cost.energy
    layers = [
        _shares(*of, each.layer.name, each.cost.energy, each.cost.by_component)
        for each in result.layers
    ]
    total = _shares(*of, "total", cost.energy, cost.by_component)
    tensors = [
        _shares(*of, name, energy, _of_tensor(cost, name))
        for name in spent_on(architecture)
        if (energy := cost.by_tensor.get(name))
    ]
    return table(heads, layers, [total, *tensors])


def _of_tensor(cost: Cost, tensor: str) -> dict[str, Fraction]:
    return {
        component: energy for (component, what), energy in cost.energies.items() if what == tensor
    }


def _shares(
    architecture: Architecture,
    whole: Fraction,
    name: str,
    energy: Fraction,
    parts: Mapping[str, Fraction],
) -> Row:
    """A row of shares by component, the largest emphasised; and the share of the whole."""
    most = max(parts.values())
    shares = []
    for component in architecture.spenders:
        part = parts.get(component, Fraction(0))
        shares.append(Text(percent(part, energy), style="bold" if part == most else ""))
    return name, in_unit(architecture, energy), percent(energy, whole), *shares


def summed_up(result: Result) -> Facts:
    """What stands below the tables: time, mappings, and what is in no total."""
    cost, network = result.cost, result.network
    seconds = result.architecture.seconds(cost.cycles)
    if seconds is not None:
        rate = network.batch / seconds
        clock = f"{si(cost.cycles)} cycles at {result.architecture.clock_mhz:g} MHz"
        yield "latency", f"{si(seconds, 's')}, {clock}; {_rate(rate)} images per second"
    yield from _efficiency(result)
    yield "mappings", _mappings(result)
    if passing := _bypassing(result):
        yield "bypass", passing
    if gaps := _gaps(result):
        doubt = f"another mapping may be better, by at most: {some(gaps)}"
        yield "not proven", doubt + _cheaper(result)
    if result.choice and not result.choice.proven:
        gap = percent(result.choice.gap)
        yield "together", f"not proven, the {result.choice.objective} may be {gap} % lower"
    if rows := result.architecture.in_rows:
        sought = "mappings are sought, and bounded, by the words used"
        yield "rows", f"charged whole in {', '.join(rows)}; {sought}"
    if counted := width_warning(result.architecture, [each.layer for each in result.layers]):
        yield "widths", counted
    yield from _beyond(network)
    if result.unmapped:
        yield "no mapping", some(list(result.unmapped))
    if left_out := _left_out(result):
        yield "left out", left_out


def _efficiency(result: Result) -> Facts:
    """Power and operations, where they are those of a chip: energies in joules, or an area."""
    of, static = efficiency(result), result.cost.by_tensor.get(STATIC, Fraction(0))
    if of.watts is not None and of.joules_per_image is not None:
        idle = f", {percent(static, result.cost.energy)} % of it whatever is done" if static else ""
        each = si(of.joules_per_image, "J")
        yield "power", f"{si(of.watts, 'W')} on average{idle}; {each} per image"
    if of.tops_per_watt is None and of.gops_per_mm2 is None:
        return
    rates = [(of.tops, of.charged_tops, "TOPS")]
    rates += [(of.tops_per_watt, of.charged_tops_per_watt, "TOPS/W")]
    every = [f"{float(all_):.3g} {unit}" for all_, _, unit in rates if all_ is not None]
    if of.gops_per_mm2 is not None:
        every.append(f"{float(of.gops_per_mm2):.3g} GOPS/mm2")
    told = f"{', '.join(every)}; a MAC is two"
    fewer = [f"{float(it):.3g} {unit}" for all_, it, unit in rates if it is not None and it != all_]
    without = f"; without those that zeros save {', '.join(fewer)}" if fewer else ""
    yield "operations", told + without


def _beyond(network: Network) -> Facts:
    """What of the network has no part in the totals, and what is not known of it."""
    if network.missing:
        yield "missing", f"from every total: {omissions.listed(network.missing)}"
    yield "not priced", tallied(network.unpriced) or "nothing"
    if network.precomputed:
        yield "precomputed", _precomputed(network)
    for note in network.notes:
        yield "note", note


def _rate(rate: Fraction) -> str:
    """Images are not counted in thousandths."""
    return si(rate) if rate >= 1 else f"{float(rate):.4g}"


def _mappings(result: Result) -> str:
    derived = {each.name: each.certificate for each in result.layers if each.certificate}
    if not derived:
        return "given"
    if result.choice:
        how = how_chosen(result)
    else:
        how = aim(result.architecture, next(iter(derived.values())))
    if len(derived) == len(result.layers):
        return f"derived: {how}"
    return f"given, but derived for {some(list(derived))}: {how}"


def _bypassing(result: Result) -> str:
    """Which tensors bypass which storages, and in which layers."""
    layers: dict[tuple[str, str], list[str]] = {}
    for each in result.layers:
        for storage, tensors in each.nest.bypassed.items():
            for tensor in tensors:
                layers.setdefault((tensor, storage), []).append(each.name)
    told = []
    for (tensor, storage), names in layers.items():
        where = "every layer" if len(names) == len(result.layers) else some(names)
        told.append(f"{tensor} past {storage} in {where}")
    return "; ".join(told)


def _gaps(result: Result) -> list[str]:
    """By how much a layer may be better whose mapping may not be the best, the most first."""
    gaps = {
        each.name: each.certificate.gap
        for each in result.layers
        if each.certificate and not each.proven
    }
    widest = sorted(gaps, key=gaps.__getitem__, reverse=True)
    return [f"{name} {percent(gaps[name])} %" for name in widest]


def _cheaper(result: Result) -> str:
    """What is named where a search was not done: the sizes of which there are fewest."""
    unproven = (each.certificate for each in result.layers if not each.proven)
    more = any(one and one.tiles is not Tiles.divisors for one in unproven)
    return "; --tiles divisors leaves fewer to try" if more else ""


def _precomputed(network: Network) -> str:
    names, work = omissions.listed(network.precomputed), omissions.macs_of(network.precomputed)
    return f"once, before any image, and in no total: {work} MACs: {names}"


def _left_out(result: Result) -> str:
    """The layers that were not asked for."""
    asked = {each.layer.name for each in result.layers} | result.unmapped.keys()
    names = (layer.name for layer in result.network.layers)
    return some([name for name in names if name not in asked])
