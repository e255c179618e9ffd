"""Laws that hold of mappings and of the best of them, whatever the architecture."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hwsim.accesses import count
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import (
    Compartment,
    Component,
    Compute,
    Interconnect,
    Mover,
    Storage,
)
from hwsim.mapper import best_nest
from hwsim.mapping.nest import Loop, Nest
from hwsim.priced import priced
from tests.generate import Case, cases
from tests.mapper.problems import ENERGIES, Problem, problems
from tests.mapper.space import best, energy, order_counts

MANY = settings(max_examples=80)
SOME = settings(max_examples=20)
FEW = settings(max_examples=12)


def changed(chip: Architecture, *parts: Component) -> Architecture:
    """The architecture with these components in place of those of their names."""
    return replace(chip, components={**chip.components, **{part.name: part for part in parts}})


def energies_changed(chip: Architecture, change: Callable[[float], float]) -> Architecture:
    """The architecture with every energy changed."""
    return changed(
        chip,
        *(
            replace(part, energies={name: change(of) for name, of in part.energies.items()})
            for part in chip.components.values()
            if isinstance(part, Mover | Compute)
        ),
    )


def with_energy(part: Mover | Compute, action: str, energy: float) -> Mover | Compute:
    """The component with another energy of an action."""
    return replace(part, energies={**part.energies, action: energy})


# --- Mappings --------------------------------------------------------------------------------


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Case, Nest]:
    """A case, and its loops in another order at every place."""
    case = draw(cases())
    shuffled = {
        place: tuple(draw(st.permutations(loops))) for place, loops in case.nest.loops_at.items()
    }
    return case, Nest(loops_at=shuffled)


@MANY
@given(pairs())
def test_every_order_runs_every_mac(pair: tuple[Case, Nest]) -> None:
    """MACs do not depend on the mapping: each runs once, on some instance, in some step."""
    case, other = pair
    for mapped in (case.nest, other):
        work = count(case.architecture, case.layer, mapped).work[case.architecture.compute.name]
        assert work.instance_steps == case.layer.macs


@MANY
@given(pairs())
def test_order_counts_only_in_time_around_what_keeps_words(pair: tuple[Case, Nest]) -> None:
    """The order of loops on an axis says nothing, nor that of loops with no storage inside, unless
    the MAC latches. The judge of the search relies on it."""
    case, other = pair
    loops_at = {
        place.name: case.nest.loops_at[place.name]
        if order_counts(case.architecture, place)
        else other.loops_at[place.name]
        for place in case.architecture.places
    }
    shuffled = count(case.architecture, case.layer, Nest(loops_at=loops_at))
    assert shuffled == count(case.architecture, case.layer, case.nest)


@MANY
@given(cases(), st.data())
def test_loops_of_one_iteration_change_nothing(case: Case, data: st.DataObject) -> None:
    """A loop in one step may be put anywhere."""
    extents = dict(case.layer.bounds)
    loops_at = {}
    for place, loops in case.nest.loops_at.items():
        here = list[Loop]()
        for loop in (*loops, None):
            name = data.draw(st.sampled_from([*extents, None]))
            if name and all(name != other.dimension for other in loops):
                here.append(Loop(place=place, dimension=name, tile=extents[name]))
            if loop:
                here.append(loop)
                extents[loop.dimension] = min(extents[loop.dimension], loop.tile)
        loops_at[place] = tuple({loop.dimension: loop for loop in here}.values())
    padded = count(case.architecture, case.layer, Nest(loops_at=loops_at))
    assert padded == count(case.architecture, case.layer, case.nest)


def _fixed_sides(
    chip: Architecture, part: Mover | Compute, action: str, values: list[float]
) -> bool:
    """Whether the same end of each transfer is the dearer one at all values of the energy."""
    sides = set()
    for value in values:
        other = changed(chip, with_energy(part, action, value))
        ends = [(other.components[it.parent], other.components[it.child]) for it in other.links]
        sides.add(
            tuple(
                (
                    above.energies["read"] >= below.energies["write"],
                    above.energies["write"] >= below.energies["read"],
                )
                for above, below in ends
                if isinstance(above, Storage) and isinstance(below, Storage)
            )
        )
    return len(sides) == 1


@MANY
@given(cases(), st.data())
def test_energy_is_linear_in_each_energy(case: Case, data: st.DataObject) -> None:
    """At a fixed mapping, equal steps of one component's energy are equal steps of the layer's.

    By transfer, as long as the same end of every transfer is the dearer one.
    """
    chip = case.architecture
    priced = [part for part in chip.components.values() if isinstance(part, Mover | Compute)]
    part = data.draw(st.sampled_from(priced))
    action = data.draw(st.sampled_from(part.ACTIONS))
    start, step = data.draw(ENERGIES), data.draw(st.integers(1, 9))
    values = [start, start + step, start + 2 * step]
    assume(chip.charge_by == "action" or _fixed_sides(chip, part, action, values))
    low, middle, high = (
        energy(changed(chip, with_energy(part, action, value)), case.layer, case.nest)
        for value in values
    )
    assert high - middle == middle - low >= 0


@MANY
@given(cases())
def test_energies_sum_to_the_total(case: Case) -> None:
    """By component and by tensor they are the total, exactly."""
    cost = priced(case.architecture, case.layer, case.nest).cost
    assert sum(cost.by_component.values()) == sum(cost.by_tensor.values()) == cost.energy


# --- The best mapping ------------------------------------------------------------------------


def _enlarged(chip: Architecture, name: str, more: Callable[[int], int]) -> Architecture:
    part = chip.components[name]
    assert isinstance(part, Storage)
    compartments = tuple(
        Compartment(
            tensors=it.tensors,
            capacity_words=None if it.capacity_words is None else more(it.capacity_words),
        )
        for it in part.compartments
    )
    return changed(chip, replace(part, compartments=compartments))


@SOME
@given(problems(most=2000))
def test_a_larger_buffer_never_costs_more(problem: Problem) -> None:
    """Any storage, one word larger or twice as large, at the best mapping of each."""
    before = best(problem.architecture, problem.layer)
    for storage in problem.architecture.storages:
        if all(part.capacity_words is None for part in storage.compartments):
            continue
        for more in (lambda words: words + 1, lambda words: 2 * words):
            larger = best(_enlarged(problem.architecture, storage.name, more), problem.layer)
            assert before is None or (larger is not None and larger <= before)


@FEW
@given(problems(most=2000), st.sampled_from([2.0, 0.5, 10.0]))
def test_energies_scaled_scale_the_best(problem: Problem, factor: float) -> None:
    """Only ratios of energies decide which mapping is best."""
    before = best(problem.architecture, problem.layer)
    scaled = energies_changed(problem.architecture, lambda value: value * factor)
    after = best(scaled, problem.layer)
    assert after == (None if before is None else before * Fraction(factor))


@FEW
@given(problems(most=2000))
def test_a_dearer_component_never_costs_less(problem: Problem) -> None:
    """At the best mapping of each, an energy that grows lowers nothing."""
    before = best(problem.architecture, problem.layer)
    for part in problem.architecture.components.values():
        if isinstance(part, Interconnect | Compute):
            for action, energy in part.energies.items():
                dearer = with_energy(part, action, energy + 3)
                after = best(changed(problem.architecture, dearer), problem.layer)
                assert before is None or (after is not None and after >= before)


@FEW
@given(problems(most=2000))
def test_the_best_is_the_same_each_time(problem: Problem) -> None:
    """No choice depends on anything but the problem."""
    if best(problem.architecture, problem.layer) is not None:
        again = best_nest(problem.architecture, problem.layer)
        assert best_nest(problem.architecture, problem.layer) == again
