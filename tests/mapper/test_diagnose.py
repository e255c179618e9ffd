"""Why no mapping fits: the constraint, the dimension and the component that stand in the way."""

import pytest
from hypothesis import given

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.mapper import NoMapping, best_nest
from hwsim.workload.layer import Layer
from tests.build import architecture, array, compute, convolution, fully_connected, storage
from tests.mapper.problems import Problem, problems

LAYER = fully_connected(M=6, C=4)


def chip(capacity_words: int | None = None, **dimensions: str) -> Architecture:
    """Six elements in 2 rows and 3 columns, and which dimensions may run where."""
    places = {
        place.replace("pes_", "pes."): Constraint(dimensions=tuple(names))
        for place, names in dimensions.items()
    }
    return architecture(
        storage("dram"),
        array("pes", rows=2, columns=3),
        storage("spad", capacity_words=capacity_words),
        compute(),
        dataflow=Dataflow(name="drawn", constraints=places),
    )


def reasons(architecture: Architecture, layer: Layer) -> tuple[str, ...]:
    """Why the layer has no mapping."""
    with pytest.raises(NoMapping) as error:
        best_nest(architecture, layer)
    (found,) = error.value.reasons.values()
    return found


def test_a_dimension_without_a_place_is_named() -> None:
    """With its extent and the dataflow; each that has none."""
    assert reasons(chip(spad="P"), LAYER) == (
        "the drawn dataflow has no place for a loop over M, whose extent is 6",
        "the drawn dataflow has no place for a loop over C, whose extent is 4",
    )


def test_axes_that_are_too_short_for_a_dimension_are_named() -> None:
    """Alone or together, where the dimension may run nowhere else."""
    assert reasons(chip(dram="C", pes_rows="M"), LAYER) == (
        "pes.rows: needs 6 instances for M, which may run nowhere else, has 2",
    )
    wide = fully_connected(M=7, C=4)
    assert reasons(chip(dram="C", pes_rows="M", pes_columns="M"), wide) == (
        "pes.rows and pes.columns: needs 7 instances for M, which may run nowhere else, has 6",
    )
    assert best_nest(chip(dram="C", pes_rows="M", pes_columns="M"), LAYER).loops


def test_an_axis_that_is_too_short_for_several_dimensions_is_named() -> None:
    """Each would fit alone."""
    layer = convolution(M=3, P=2, C=4)
    assert reasons(chip(dram="C", pes_columns="MP"), layer) == (
        "pes.columns: needs at least 6 instances (M 3 x P 2), has 3",
    )


def test_a_storage_that_is_too_small_for_the_least_tiles_is_named() -> None:
    """With what each tensor needs in it."""
    needs = "weights 24 + inputs 4 + outputs 6 do not fit into 6 words of 16 bits"
    assert reasons(chip(6, spad="MC"), LAYER) == (
        f"with the least tiles, spad overflows by 28 words: {needs}",
    )


def test_what_suffices_alone_but_not_together_is_said() -> None:
    """M may be spread or kept, and so may C: one of them has to be kept, and either is too much."""
    crowded = chip(6, pes_columns="MC", spad="MC")
    assert reasons(crowded, fully_connected(M=3, C=3)) == (
        "each storage and axis suffices alone, but not all at once under drawn",
    )


def test_a_missing_dataflow_is_said() -> None:
    """There is nothing to derive a mapping under."""
    assert reasons(architecture(storage("dram"), compute()), LAYER) == (
        "chip declares no dataflow to derive a mapping under: give one",
    )


@given(problems(most=300))
def test_whatever_has_no_mapping_has_a_reason(problem: Problem) -> None:
    """Also where only a search can tell that nothing fits."""
    try:
        best_nest(problem.architecture, problem.layer)
        found = None
    except NoMapping as error:
        found = error.reasons[problem.layer.name]
    assert found is None or any(found)
