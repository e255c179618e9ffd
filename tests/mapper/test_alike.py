"""Equal computations have equal optima, however they are spelt; no spelling is better than that."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.mapper import NoMapping, Options, best_nest, mapped
from hwsim.mapping.fit import misfits
from hwsim.vocabulary import Tiles
from hwsim.workload.layer import Layer
from hwsim.workload.merge import canonical, merged
from tests.build import architecture, array, compute, convolution, scattered, storage
from tests.generate import layers
from tests.mapper.alike import as_one, classes, each_as_one, labelled
from tests.mapper.problems import Problem, components, dataflows
from tests.mapper.space import any_extent, best, energy, least, size

SOME = settings(max_examples=60)
FEW = settings(max_examples=25)

#: Layers along one or both of whose axes no window slides.
ALIKE = st.one_of(
    layers(among="NMCPQ", macs=150),
    layers(among="NPQCRS", strides=(3, 4), dilations=(1, 1), macs=120, most=3),
    layers(among="NPCRM", strides=(1, 2), macs=120, most=4),
    layers(among="CRSM", macs=120, most=4),
)


@st.composite
def spelt(draw: st.DrawFn, layer: st.SearchStrategy[Layer] = ALIKE) -> Problem:
    """A problem with a dataflow in the dimensions of the layer as it is spelt."""
    shape = draw(layer)
    made = draw(components())
    places = tuple(place.name for place in architecture(*made).places)
    chip = architecture(
        *made,
        operands=draw(st.sampled_from(["every_mac", "latched"])),
        dataflow=draw(dataflows(shape, places)),
    )
    return Problem(shape, chip)


@given(st.one_of(ALIKE, ALIKE.map(scattered)))
def test_merging_keeps_the_work_and_the_words(layer: Layer) -> None:
    """As many multiplications, as many elements of every tensor; and merging once is enough."""
    once, _ = canonical(layer)
    for one in (merged(layer), once):
        assert one.macs == layer.macs
        assert {t: one.words(t) for t in one.tensors} == {t: layer.words(t) for t in layer.tensors}
    assert canonical(once)[0] == once


@given(st.one_of(ALIKE, ALIKE.map(scattered)))
def test_what_is_merged_is_what_no_window_slides_over(layer: Layer) -> None:
    """It is called by the dimensions that have more than one iteration."""
    names = labelled(layer)
    moving = {name: bound for name, bound in merged(layer).bounds.items() if bound > 1}
    expected = {
        names[name]: bound for name, bound in as_one(layer).bounds.items() if name in classes(layer)
    }
    assert moving == {name: bound for name, bound in expected.items() if bound > 1}


@SOME
@given(st.one_of(spelt(), spelt(ALIKE.map(scattered))))
def test_a_layer_costs_what_its_matrix_product_does(problem: Problem) -> None:
    """Positions may be split as images may, sums as channels: wherever the dataflow lets any of
    them run.
    """
    chip, layer = problem.architecture, problem.layer
    every = [best(*one) for one in each_as_one(chip, layer)]
    known = [cost for cost in every if cost is not None]
    if not known:
        with pytest.raises(NoMapping):
            best_nest(chip, layer)
        return
    chosen = best_nest(chip, layer)
    assert misfits(chip, layer, chosen) == []
    assert energy(chip, layer, chosen) == min(known)


@FEW
@given(spelt(), st.sampled_from([Tiles.divisors, Tiles.any]))
def test_no_mapping_as_it_is_spelt_is_better(problem: Problem, tiles: Tiles) -> None:
    """Loops over rows and columns apart are a part of the loops over both."""
    chip, layer = problem.architecture, problem.layer
    enclosing = any_extent if tiles is Tiles.any else _divisors
    if size(chip, layer, enclosing) > 2000:
        return
    as_spelt = least(chip, layer, enclosing)
    if as_spelt is not None:
        chosen = mapped(chip, layer, Options(tiles=tiles)).nest
        assert energy(chip, layer, chosen) <= as_spelt


def _divisors(bound: int, tile: int) -> set[int]:
    return {size for size in range(tile, bound + 1, tile) if bound % size == 0}


def test_a_dataflow_reads_in_the_part_that_each_of_its_dimensions_has() -> None:
    """Rows outside the filters and columns inside them: positions may be either."""
    rule = Constraint(dimensions=("P", "M", "Q"), order=("P", "M", "Q"))
    chip = architecture(
        storage("dram", read=200, write=200),
        storage("buffer", "weights", capacity_words=1),
        storage("spad", "inputs", capacity_words=1),
        compute(),
        dataflow=Dataflow(name="rows, filters, columns", constraints={"dram": rule}),
    )
    for bounds in ({"P": 6, "M": 5}, {"Q": 6, "M": 5}, {"P": 2, "Q": 3, "M": 5}):
        layer = convolution(**bounds)
        assert best(chip, layer) == best(chip, convolution(P=6, M=5))
    tall = best_nest(chip, convolution(P=6, M=2))
    wide = best_nest(chip, convolution(P=2, M=6))
    assert [loop.dimension for loop in tall.loops] == ["M", "P"]
    assert [loop.dimension for loop in wide.loops] == ["P", "M"]


def test_loops_that_are_needed_run_only_where_nothing_else_fits() -> None:
    """One more at a time, in their order, until the layer has a mapping."""
    rules = {
        "dram": Constraint(dimensions=("M",), if_needed=("Q", "C")),
        "buffer": Constraint(dimensions=("M", "C", "Q", "S")),
    }
    chip = architecture(
        storage("dram", read=200, write=200),
        storage("buffer", capacity_words=40),
        array("pes", x=1),
        compute(),
        dataflow=Dataflow(name="rows", constraints=rules),
    )

    def at_dram(**bounds: int) -> set[str]:
        loops = best_nest(chip, convolution(S=3, **bounds)).loops_at["dram"]
        return {loop.dimension for loop in loops if loop.tile < bounds[loop.dimension]}

    assert at_dram(Q=8, C=1) <= {"M"}
    assert at_dram(Q=60, C=1) == {"Q"}
    assert at_dram(Q=2, C=60) >= {"C"}
    with pytest.raises(NoMapping):
        best_nest(chip, replace(convolution(S=99, Q=99)))
