"""The mapper against every mapping of its declared space, enumerated and priced anew."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Compartment, Component
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.mapper import NoMapping
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from tests.build import architecture, array, compute, convolution, fully_connected, storage
from tests.generate import layers
from tests.mapper.pricing import Pricing
from tests.mapper.problems import Problem, problems, storages
from tests.mapper.space import (
    any_extent,
    cheapest,
    choice,
    energy,
    fits,
    least,
    nests,
    steps,
    tried_orders,
)

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
MANY = settings(max_examples=CHOSEN * 3 // 5)
SOME = settings(max_examples=CHOSEN // 5)
FEW = settings(max_examples=CHOSEN // 10)

#: Layers whose loops overlap along both ranks of the input.
WINDOWS = layers(among="PQRSMC", always="PQ", strides=(1, 2), dilations=(1, 2), macs=120, most=4)
#: Layers of few, long loops.
LONG = layers(among="MCP", most=30, macs=900)


def assert_best(problem: Problem) -> None:
    """The mapper's choice fits and costs what the cheapest of all does; or nothing fits."""
    chip, layer = problem.architecture, problem.layer
    found = cheapest(chip, layer, orders=tried_orders)
    if not found:
        with pytest.raises(NoMapping):
            choice(chip, layer)
        return
    chosen = choice(chip, layer)
    assert fits(chip, layer, chosen)
    assert energy(chip, layer, chosen) == energy(chip, layer, found[0])


def assert_quickest(problem: Problem) -> None:
    """Of the equally cheap mappings, the mapper's choice takes the fewest steps."""
    chip, layer = problem.architecture, problem.layer
    found = {frozenset(it.loops): it for it in cheapest(chip, layer, orders=tried_orders)}
    if found:  # Those of the same tiles take the same steps, whatever their order.
        fewest = min(steps(chip, layer, it) for it in found.values())
        assert steps(chip, layer, choice(chip, layer)) == fewest


@st.composite
def scratchpads(draw: st.DrawFn) -> tuple[Component, ...]:
    """As in Eyeriss: weights bypass the buffer, each tensor has a scratchpad in every PE."""
    along = draw(st.sampled_from([(), ("x",), ("x", "y")]))
    return (
        storage("dram", read=200, write=200),
        draw(storages("buffer", INPUTS, OUTPUTS)),
        array("pes", reduces_along=along, x=draw(st.integers(1, 4)), y=draw(st.integers(1, 4))),
        draw(storages("weight_spad", WEIGHTS)),
        draw(storages("input_spad", INPUTS)),
        draw(storages("output_spad", OUTPUTS)),
        compute(),
    )


@MANY
@given(problems(most=1000))
def test_no_mapping_is_better(problem: Problem) -> None:
    """The law, for any layer, architecture and dataflow of a few hundred mappings."""
    assert_best(problem)


@SOME
@given(problems(WINDOWS, most=1500))
def test_no_mapping_of_windows_is_better(problem: Problem) -> None:
    """Loops of both windows, along rows and along columns, in competition with each other."""
    assert_best(problem)


@SOME
@given(problems(LONG, most=4000))
def test_no_tiling_of_long_loops_is_better(problem: Problem) -> None:
    """Many tilings, most of them with a partial tile."""
    assert_best(problem)


@SOME
@given(problems(parts=scratchpads(), most=3000))
def test_no_mapping_on_scratchpads_is_better(problem: Problem) -> None:
    """Row stationary's architecture with small capacities of all sorts."""
    assert_best(problem)


@FEW
@given(problems(st.builds(convolution, N=st.integers(1, 3), M=st.integers(1, 9)), most=500))
def test_no_mapping_of_one_or_two_loops_is_better(problem: Problem) -> None:
    """Layers of a single iteration, or a single loop, are layers."""
    assert_best(problem)


@FEW
@given(problems(layers(among="MCP", macs=60), most=300))
def test_of_equally_cheap_mappings_it_is_the_quickest(problem: Problem) -> None:
    """Energy first, then steps."""
    assert_quickest(problem)


@pytest.mark.parametrize(("capacity", "operands"), [(3, "every_mac"), (9, "latched")])
def test_no_mapping_of_many_places_is_better(capacity: int, operands: str) -> None:
    """1024 choices of places, each a case of its own to the mapper."""
    order = ("N", "M", "C", "P", "R")
    names = ("dram", "buffer", "cache", "spad")
    chip = architecture(
        storage("dram", read=200, write=200),
        storage("buffer", capacity_words=3 * capacity, read=6, write=6),
        storage("cache", capacity_words=capacity, read=2, write=3),
        storage("spad", capacity_words=max(3, capacity // 3)),
        compute(),
        operands=operands,
        dataflow=Dataflow(
            name="ordered",
            constraints={name: Constraint(dimensions=order, order=order) for name in names},
        ),
    )
    assert_best(Problem(convolution(N=2, M=2, C=2, P=2, R=2), chip))


# --- Where it was wrong ----------------------------------------------------------------------


def test_what_passes_by_a_scratchpad_is_priced() -> None:
    """A forwarded first read saves one read a stay: short stays cost the scratchpad nothing."""
    passing = Charging(first_reads="forwarded", drains="forwarded")
    chip = architecture(
        storage("dram"),
        storage("spad", OUTPUTS, capacity_words=1, read=10, write=0, charging=passing),
        compute(energy=0),
        dataflow=Dataflow(name="free", constraints={"dram": Constraint(dimensions=("M", "C"))}),
    )
    assert_best(Problem(fully_connected(M=2, C=2), chip))


def test_what_saves_energy_is_no_reason_to_be_slow() -> None:
    """A forwarded drain saves energy: what the mapper decides is negative, ties stay ties."""
    passing = Charging(fills="free", drains="forwarded")
    chip = architecture(
        storage("dram", read=0, write=0),
        storage("buffer", WEIGHTS, read=0, write=0),
        array("pes", x=3, y=3),
        storage("spad", OUTPUTS, read=0, write=10, charging=passing),
        compute(energy=0),
        dataflow=Dataflow(
            name="free",
            constraints={
                "dram": Constraint(dimensions=("M", "C")),
                "buffer": Constraint(dimensions=("M",)),
                "pes.x": Constraint(dimensions=("M",)),
                "pes.y": Constraint(dimensions=("M",)),
            },
        ),
    )
    assert_quickest(Problem(fully_connected(M=6, C=2), chip))


# --- The space itself ------------------------------------------------------------------------


@FEW
@given(problems(most=200))
def test_many_mappings_are_priced_as_each(problem: Problem) -> None:
    """The judge prices many tilings at once: exactly as the pipeline prices each."""
    chip, layer = problem.architecture, problem.layer
    price = Pricing(chip, layer)
    for family in islice(nests(chip, layer), 8):
        costs = [energy(chip, layer, it) for it in family[:3]]
        assert price.energies(family)[:3] == costs


@FEW
@given(problems(WINDOWS, most=600))
def test_no_order_left_out_is_worse_than_those_tried(problem: Problem) -> None:
    """All orders contain those that are tried: the best of all is never dearer."""
    everything = least(problem.architecture, problem.layer)
    tried = least(problem.architecture, problem.layer, orders=tried_orders)
    assert (everything is None) == (tried is None)
    assert everything is None or tried is None or everything <= tried


@SOME
@given(problems(most=3000, enclosing=any_extent))
def test_tiles_of_any_size_are_never_worse(problem: Problem) -> None:
    """All chains of tiles contain the declared ones: the best of all is never dearer."""
    chip, layer = problem.architecture, problem.layer
    declared = least(chip, layer, orders=tried_orders)
    everything = least(chip, layer, any_extent, tried_orders)
    assert declared is None or (everything is not None and everything <= declared)


# --- Orders that are not tried ---------------------------------------------------------------


def _separate(weights: int, inputs: int, outputs: int) -> tuple[Compartment, ...]:
    return (
        Compartment(tensors=(WEIGHTS,), capacity_words=weights),
        Compartment(tensors=(INPUTS,), capacity_words=inputs),
        Compartment(tensors=(OUTPUTS,), capacity_words=outputs),
    )


def _filters_between_the_loops_of_a_window() -> Problem:
    """P outside M outside R: the partial sums stay while R runs, and what R's wrap leaves of the
    window is worth more at a move of P than at one of M, so M should move more often than P."""
    chip = architecture(
        storage("dram", read=10, write=10),
        storage("spad", compartments=_separate(1, 3, 3), read=0, write=0),
        compute(),
        dataflow=Dataflow(
            name="free",
            constraints={
                "dram": Constraint(dimensions=("M", "P", "R")),
                "spad": Constraint(dimensions=("P",)),
            },
        ),
    )
    return Problem(convolution(M=2, P=6, R=2), chip)


def _two_windows() -> Problem:
    """All four loops of two windows at one place: which slides second counts, too."""
    chip = architecture(
        storage("dram", read=0, write=0),
        storage("buffer", INPUTS, read=6, write=0),
        storage("spad", compartments=_separate(1, 1, 1), read=0, write=0),
        compute(energy=0),
        dataflow=Dataflow(
            name="free", constraints={"dram": Constraint(dimensions=("P", "Q", "R", "S"))}
        ),
    )
    return Problem(convolution(P=3, Q=4, R=2, S=3), chip)


def _an_idle_instance() -> Problem:
    """3 filters as 2 + 1 on 2 PEs: PE 1 rests and keeps its weight, but only from image to image,
    not from channel to channel. No window is needed for that."""
    chip = architecture(
        storage("dram", read=0, write=0),
        storage("input_buffer", INPUTS, read=100, write=0),
        array("pes", x=2),
        storage("input_spad", INPUTS, capacity_words=1, read=0, write=0),
        storage("weight_spad", WEIGHTS, capacity_words=1, read=0, write=10),
        storage("output_spad", OUTPUTS, capacity_words=1, read=0, write=0),
        compute(),
        dataflow=Dataflow(
            name="free",
            constraints={
                "dram": Constraint(dimensions=("M", "C", "N")),
                "pes.x": Constraint(dimensions=("M",)),
            },
        ),
    )
    return Problem(fully_connected(M=3, C=2, N=2), chip)


@pytest.mark.parametrize(
    "problem", [_filters_between_the_loops_of_a_window(), _two_windows(), _an_idle_instance()]
)
def test_an_order_that_is_not_tried_can_be_better(problem: Problem) -> None:
    """The limit that `hwsim.mapper.orders` declares, in its smallest known cases."""
    chip, layer = problem.architecture, problem.layer
    best = least(chip, layer)
    assert best is not None
    assert energy(chip, layer, choice(chip, layer)) > best
