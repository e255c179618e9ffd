"""Cycles and their causes: the closed forms against the clock, and the laws of time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Array, Bandwidth, Component, Compute, Mover, Storage
from hwsim.cost import Cost
from tests.build import architecture, network
from tests.clock import clocked
from tests.cost.priced import cost_of
from tests.cost.timed import RATES, timed
from tests.generate import Case, cases

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
MANY = settings(max_examples=CHOSEN * 2)


@dataclass(frozen=True)
class Timing(Case):
    """A case on a chip that says how long things take, shown with its components."""

    def __repr__(self) -> str:
        parts = (*self.architecture.components.values(),)
        return "".join((self.recipe, *(f"\n    {part}" for part in parts)))


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    """A case with wires somewhere, bandwidths, buffers, a pipeline, and arrays that hand on."""
    case = draw(cases())
    wires = network("wires")
    parts = [*case.architecture.components.values()]
    parts.insert(draw(st.integers(1, len(parts) - 1)), wires)
    each = tuple(draw(timed(part, home=part.name == "dram")) for part in parts)
    whole = replace(
        architecture(*each, operands=case.architecture.operands),
        charge_by=case.architecture.charge_by,
    )
    return Timing(case.layer, whole, case.nest, case.recipe)


def changed(chip: Architecture, parts: Mapping[str, Component]) -> Architecture:
    """The chip with other components of the same names."""
    return replace(chip, components={**chip.components, **parts})


def cost(case: Case, chip: Architecture | None = None) -> Cost:
    """What the case costs, on its own chip or on another one."""
    return cost_of(chip or case.architecture, case.layer, case.nest)


# --- The clock ----------------------------------------------------------------------------------


@MANY
@given(timings())
def test_the_closed_forms_are_what_a_clock_shows(case: Timing) -> None:
    """In all, and of computing and of filling and draining: storages, arrays, partial tiles, ports,
    buffers, conventions.
    """
    shown, told = clocked(case.architecture, case.layer, case.nest), cost(case)
    assert told.cycles == shown.cycles
    assert (told.compute_cycles, told.fill_cycles) == (shown.compute, shown.fill)


@st.composite
def with_one_port(draw: st.DrawFn) -> Timing:
    """Cases on chips only one port of which takes time."""
    case = draw(timings())
    movers = [part for part in case.architecture.components.values() if isinstance(part, Mover)]
    slow, way = draw(st.sampled_from(movers)), draw(st.sampled_from(["read", "write", "both"]))
    limit = Bandwidth(**{way: draw(RATES)})
    parts = {
        part.name: replace(part, bandwidth=limit if part is slow else Bandwidth())
        for part in movers
    }
    parts |= {
        name: replace(part, charging=Charging())
        for name, part in parts.items()
        if isinstance(part, Storage)
    }
    return replace(case, architecture=changed(case.architecture, parts))


@given(with_one_port())
def test_move_by_move_it_takes_as_long_where_one_port_is_slow(case: Timing) -> None:
    """Each tile comes and goes by itself, before the work that waits for it."""
    shown = clocked(case.architecture, case.layer, case.nest, move_by_move=True)
    assert cost(case).cycles == shown.cycles


@given(timings())
def test_move_by_move_it_never_takes_less(case: Timing) -> None:
    """The closed forms let what one exchange does not use of a port serve another one."""
    charged = {part.name: replace(part, charging=Charging()) for part in case.architecture.storages}
    chip = changed(case.architecture, charged)
    shown = clocked(chip, case.layer, case.nest, move_by_move=True)
    assert cost(case, chip).cycles <= shown.cycles


# --- Laws ---------------------------------------------------------------------------------------


@given(timings())
def test_stalls_add_up(case: Timing) -> None:
    """Computing, filling and draining, and what each component is waited for are all cycles, also
    of layers together.
    """
    once = cost(case)
    for told in (once, once + once):
        assert (
            told.compute_cycles + told.fill_cycles + sum(told.stall_cycles.values()) == told.cycles
        )
        assert all(cycles > 0 for cycles in told.stall_cycles.values())


@given(timings(), st.data())
def test_more_of_anything_never_costs_cycles(case: Timing, data: st.DataObject) -> None:
    """More bandwidth, another buffer, a shorter pipeline, an array that hands on at once."""
    chip = case.architecture
    name = data.draw(st.sampled_from([*chip.components]))
    better = data.draw(st.sampled_from([*_bettered(chip.components[name])]))
    assert cost(case, changed(chip, {name: better})).cycles <= cost(case).cycles


def _bettered(part: Component) -> list[Component]:
    match part:
        case Mover():
            width = part.bandwidth
            wider = [replace(width, **{way: 2 * limit}) for way, limit in width.limits]
            wider += [replace(width, **{way: None}) for way, _ in width.limits]
            better: list[Component] = [replace(part, bandwidth=each) for each in wider]
            if isinstance(part, Storage) and part.buffers:
                better.append(replace(part, buffers=part.buffers + 1))
            return better or [part]
        case Array():
            return [replace(part, skew_cycles={})]
        case Compute():
            return [replace(part, latency_cycles=part.cycles_per_mac)]
        case _:
            raise AssertionError(part)


@given(timings())
def test_without_limits_and_depth_it_takes_the_steps(case: Timing) -> None:
    """Unlimited bandwidth and nothing to fill: one cycle a step, whatever the buffers."""
    chip = case.architecture
    ideal = {name: _ideal(part) for name, part in chip.components.items()}
    told = cost(case, changed(chip, ideal))
    assert told.cycles == told.compute_cycles
    assert told.cycles == cost(case).compute_cycles / chip.compute.cycles_per_mac
    assert (told.fill_cycles, told.stall_cycles) == (0, {})


def _ideal(part: Component) -> Component:
    match part:
        case Mover():
            return replace(part, bandwidth=Bandwidth())
        case Array():
            return replace(part, skew_cycles={})
        case Compute():
            return replace(part, cycles_per_mac=1, latency_cycles=1)
        case _:
            raise AssertionError(part)
