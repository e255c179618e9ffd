"""An explanation to the screen or two that an architect reads: why the layer costs what it does."""

from collections.abc import Iterator
from fractions import Fraction

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from hwsim.cost import Cost, spent_on, value
from hwsim.explanation import Explanation, accounts
from hwsim.mapper import NO_LIMITS, Certificate
from hwsim.report.causes import causes_told
from hwsim.report.estimates import estimated
from hwsim.report.explain.nest import nest_lines
from hwsim.report.figures import DASH, percent, si
from hwsim.report.layout import (
    Facts,
    Row,
    aim,
    conventions,
    facts,
    in_seconds,
    in_unit,
    joule,
    printed,
    table,
    titled,
)
from hwsim.report.limits import told_limits
from hwsim.vocabulary import DIMENSIONS, Objective

#: The least difference that has a row of its own: a hundredth of a per cent.
LEAST = 1e-4
#: Of what falls, and of what rises.
STYLES = ("green", "red")


def render(explanation: Explanation, *, colour: bool = False) -> str:
    """The explanation as text, with the escape codes of a terminal only if `colour`."""
    return printed(_parts(explanation), colour=colour)


def _parts(explanation: Explanation) -> Iterator[RenderableType]:
    yield facts(_heading(explanation))
    yield ""
    yield from nest_lines(explanation)
    yield ""
    yield _split(explanation)
    yield ""
    yield facts(_grounds(explanation))
    if explanation.effects:
        yield ""
        yield _changes(explanation)
    if explanation.changes:
        yield ""
        yield facts(_rest(explanation))


def _heading(explanation: Explanation) -> Facts:
    result, layer = explanation.result, explanation.layer
    architecture, network = result.architecture, result.network
    cost, bounds = layer.cost, layer.layer.bounds
    kind = layer.layer.kind.replace("_", " ")
    yield "layer", f"{layer.name} of {network.name}, batch {network.batch}: {kind}"
    moving = (f"{name} {bounds[name]} {DIMENSIONS[name]}" for name in bounds if bounds[name] > 1)
    yield "dimensions", f"{', '.join(moving) or 'none'}; {si(layer.layer.once.macs)} MACs"
    if layer.layer.times > 1:
        yield "runs", f"{layer.layer.times}, one after another: {si(layer.layer.macs)} MACs"
    yield "architecture", titled(architecture.name, architecture.title)
    per_mac = in_unit(architecture, cost.energy / layer.layer.macs)
    spent = f"{in_unit(architecture, cost.energy)}, {per_mac} per MAC"
    yield "energy", f"{spent}, {conventions(architecture)}"
    if told := estimated(architecture):
        yield "estimated", told
    if result.within.limits:
        yield "within", told_limits(result.within)
    took = in_seconds(architecture, cost.cycles)
    at_clock = f", {took} at {architecture.clock_mhz:g} MHz" if took else ""
    work = f"{layer.active_pes} of {layer.macs_per_cycle} PEs active"
    utilized = f"{percent(layer.utilization)} % utilized"
    yield (
        "time",
        f"{si(cost.cycles)} cycles{at_clock}, bound by {cost.bound_by}; {work}, {utilized}",
    )
    if cost.cycles > cost.compute_cycles:
        yield "cycles", causes_told(cost)


def _split(explanation: Explanation) -> Table:
    """How the energy divides among components and tensors, in per cent of the whole."""
    architecture, cost = explanation.result.architecture, explanation.layer.cost
    rows = [
        _shares(explanation, name, {what: entry.energy for what, entry in account.entries.items()})
        for name, account in accounts(architecture, explanation.layer).items()
        if account.whole.energy
    ]
    total = _shares(explanation, "total", cost.by_tensor)
    return table(("energy, %", *spent_on(architecture), "total", "energy"), rows, [total])


def _shares(explanation: Explanation, name: str, parts: dict[str, Fraction]) -> Row:
    """A row of shares by tensor, the largest of all emphasised."""
    whole, architecture = explanation.layer.cost.energy, explanation.result.architecture
    most = max(explanation.layer.cost.energies.values())
    energy = sum(parts.values(), Fraction(0))
    cells = [parts.get(what, Fraction(0)) for what in spent_on(architecture)]
    shares = [Text(percent(part, whole), style="bold" if part == most else "") for part in cells]
    amount = in_unit(architecture, energy)
    return name, *shares, percent(energy, whole), amount


def _grounds(explanation: Explanation) -> Facts:
    """Why the mapping is this one."""
    certificate = explanation.layer.certificate
    if certificate is None:
        yield "mapping", "given"
        return
    yield "mapping", f"derived: {aim(explanation.result.architecture, certificate)}"
    yield "certificate", _certificate(explanation, certificate)
    yield "space", _space(certificate)


def _certificate(explanation: Explanation, certificate: Certificate) -> str:
    found = _amount(explanation, Fraction(certificate.value))
    least = _amount(explanation, Fraction(certificate.lower_bound))
    if certificate.proven:
        within = " within the limits" if certificate.within != NO_LIMITS else ""
        how = f"proven, no mapping of the declared space{within} has less"
    else:
        how = f"not proven, the least may be {percent(certificate.gap)} % lower"
    return f"{certificate.objective} {found}, bound {least}: {how}"


def _space(certificate: Certificate) -> str:
    """How many nests there are, and a line for each of their fates."""
    fates = {
        "do not fit": certificate.without_room,
        "cannot be better, by a bound": certificate.above_bound,
        "are no better than another that fits wherever they do": certificate.dominated,
        "were priced": certificate.priced,
        "were left unseen": certificate.unseen,
    }
    told = [
        f"{si(number):>7}  {percent(number, certificate.nests):>5} %  {fate}"
        for fate, number in fates.items()
        if number
    ]
    size = f"{si(certificate.nests)} nests, of {certificate.tiles} tile sizes"
    return "\n".join((f"{size}; seeds priced before: {certificate.seeds}", *told))


def _amount(explanation: Explanation, number: Fraction) -> str:
    """A value of the objective; a product of energy and cycles has no unit of its own."""
    architecture, objective = explanation.result.architecture, explanation.objective
    if not objective.cycles_power:
        return in_unit(architecture, number)
    return si(number / joule(architecture) ** objective.energy_power)


# --- What would help -------------------------------------------------------------------------


def _changes(explanation: Explanation) -> Table:
    """What would help, by how much, then what would hurt."""
    objective, now = explanation.objective, explanation.layer.cost
    told = sorted(
        (value(cost, objective), number, effect, cost)
        for number, effect in enumerate(explanation.effects)
        if (cost := effect.cost) and _difference(cost, now) >= LEAST
    )
    better, worse = list[Row](), list[Row]()
    for amount, _, effect, cost in told:
        row = (f"--set {effect.change}", str(effect.change.old), *_against(explanation, cost))
        section = better if amount < value(now, objective) else worse
        section.append((*row, "" if effect.proven else "not proven"))
    doubt = "" if explanation.layer.proven or not explanation.layer.derived else "not proven"
    as_it_is = ("as it is", "", *_against(explanation, now), doubt)
    heads = (objective, *(f"{measure},\n%" for measure in _measured(explanation)))
    return table(("what would help", "instead\nof", *heads, ""), better, [as_it_is], worse)


def _measured(explanation: Explanation) -> list[Objective]:
    """What a change is judged by, then what else it does."""
    others = (Objective.energy, Objective.cycles)
    return [explanation.objective, *(one for one in others if one is not explanation.objective)]


def _against(explanation: Explanation, cost: Cost) -> Iterator[str | Text]:
    """The value, and by how much all measures differ from those of the layer as it is."""
    yield _amount(explanation, value(cost, explanation.objective))
    for measure in _measured(explanation):
        now = value(explanation.layer.cost, measure)
        change = float(value(cost, measure) / now - 1) if now else 0
        yield Text(f"{change:+.2%}"[:-1], style=STYLES[change > 0]) if change else DASH


def _difference(cost: Cost, now: Cost) -> float:
    """The share by which energy or cycles differ, whichever does more."""
    pairs = ((cost.energy, now.energy), (cost.cycles, now.cycles))
    return max(abs(float(new / old - 1)) if old else float(new > 0) for new, old in pairs)


def _rest(explanation: Explanation) -> Facts:
    """How the changes were tried, and those that are not in the table."""
    anew = "the layer mapped anew for it" if explanation.layer.derived else "the mapping as it is"
    yield "changes", f"each alone, {anew}"
    now = explanation.layer.cost
    gaps = {str(one.change): _difference(one.cost, now) for one in explanation.effects if one.cost}
    if little := [change for change, gap in gaps.items() if 0 < gap < LEAST]:
        yield "below 0.01 %", ", ".join(little)
    if idle := [change for change, gap in gaps.items() if gap == 0]:
        yield "no effect", ", ".join(idle)
    for effect in explanation.effects:
        if effect.cost is None:
            yield "not possible", f"{effect.change}: {'; '.join(effect.reasons)}"
    if left := explanation.changes[len(explanation.effects) :]:
        yield "not tried", ", ".join(map(str, left))
