"""The facts of an explanation: loops as they run, tiles as they are held, energies as they add."""

from fractions import Fraction
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings

from hwsim import load_architecture, load_network, simulate
from hwsim.explanation import accounts, runs
from hwsim.explanation.tiles import tiles_held
from hwsim.mapper import NoMapping, mapped
from hwsim.workload.layer import Layer
from tests.build import architecture, array, compute, convolution, mapping, storage
from tests.generate import Case, cases
from tests.mapper.problems import Problem, problems

MANY = settings(max_examples=150)
SOME = settings(max_examples=40)


def elements(layer: Layer, tensor: str, extents: dict[str, int]) -> set[tuple[int, ...]]:
    """The elements of a tensor that the iterations of a box touch, one by one."""
    names = list(extents)
    return {
        tuple(
            sum(factor * at[names.index(name)] for name, factor in rank.terms)
            for rank in layer.tensors[tensor]
        )
        for at in product(*(range(extents[name]) for name in names))
    }


# --- Loops -----------------------------------------------------------------------------------


@MANY
@given(cases())
def test_loops_run_every_iteration_once(case: Case) -> None:
    """Taken apart step by step, with what is left for the last, the loops are the whole extent."""
    told = runs(case.architecture, case.layer, case.nest)
    assert [*told] == [*case.nest.loops_at]
    for name, bound in case.layer.bounds.items():
        here = [run for loops in told.values() for run in loops if run.dimension == name]
        inner = [run.tile for run in here]
        assert [run.extent for run in here] == [bound, *inner][: len(here)]
        assert inner[-1:] in ([], [1])
        for run in here:
            assert run.steps > 1
            assert 0 < run.last <= run.tile
            assert (run.steps - 1) * run.tile + run.last == run.extent
    loops = [run for here in told.values() for run in here]
    if all(run.last == run.tile for run in loops):
        assert prod(run.steps for run in loops) == case.layer.macs


def test_a_last_step_takes_what_is_left() -> None:
    """27 rows in steps of 14 are 14 and 13; a loop of one step is no loop."""
    chip = architecture(storage("dram"), array("pes", x=14), storage("spad"), compute())
    layer = convolution(P=27)
    nest = mapping(chip, {"dram": {"P": 14}, "pes.x": {"P": 1}, "spad": {"P": 1}})
    told = runs(chip, layer, nest)
    (outer,), (inner,), none = told["dram"], told["pes.x"], told["spad"]
    assert (outer.steps, outer.last, outer.spatial) == (2, 13, False)
    assert (inner.extent, inner.steps, inner.spatial) == (14, 14, True)
    assert none == ()


# --- Tiles -----------------------------------------------------------------------------------


@MANY
@given(cases())
def test_a_tile_is_what_the_loops_inside_touch(case: Case) -> None:
    """The words of a tile are counted by running what is inside the largest steps outside."""
    told = runs(case.architecture, case.layer, case.nest)
    extents = dict(case.layer.bounds)
    held = tiles_held(case.architecture, case.layer, case.nest)
    for place in case.architecture.places:
        for part in held.get(place.name, ()):
            for tensor, tile in part.tiles.items():
                assert tile.words == len(elements(case.layer, tensor, extents))
                assert tile.words == prod(tile.shape.values())
        extents |= {run.dimension: run.tile for run in told[place.name]}


@SOME
@given(problems())
def test_a_derived_mapping_has_room(problem: Problem) -> None:
    """No part of a storage holds more than its capacity."""
    try:
        nest = mapped(problem.architecture, problem.layer).nest
    except NoMapping:
        return
    for parts in tiles_held(problem.architecture, problem.layer, nest).values():
        for part in parts:
            assert part.words == sum(tile.words for tile in part.tiles.values())
            assert part.capacity_words is None or part.words <= part.capacity_words


def test_a_shape_is_written_by_the_indices_of_the_tensor() -> None:
    """Two dimensions that share a rank stand together, with their steps; one that never moves is
    left out, and so is what takes one value.
    """
    chip = architecture(storage("dram"), compute())
    strided = convolution(stride=4, dilation=2, C=3, P=5, R=3, Q=2)
    everything = mapping(chip, {"dram": dict.fromkeys("CPRQ", 1)})
    (held,) = tiles_held(chip, strided, everything)["dram"]
    assert held.tiles["inputs"].shape == {"C": 3, "4P+2R": 11, "4Q": 2}
    assert held.tiles["weights"].shape == {"C": 3, "R": 3}
    assert held.tiles["outputs"].shape == {"P": 5, "Q": 2}


# --- Accounts --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["eyeriss", "tpu_like", "simba_like"])
def test_accounts_add_up(name: str) -> None:
    """Of all components together, the energy is the layer's; of each, its tensors' together."""
    chip = load_architecture(name)
    (layer,) = simulate(chip, load_network("alexnet"), layers="conv5").layers
    told = accounts(chip, layer)
    wholes = {component: account.whole for component, account in told.items()}
    assert sum(whole.energy for whole in wholes.values()) == layer.cost.energy
    for component, whole in wholes.items():
        assert whole.energy == layer.cost.by_component.get(component, Fraction(0))
        moved = layer.accesses.get(component, {}).values()
        assert (whole.accesses is None) == (not moved)
        if whole.accesses:
            assert whole.accesses.reads == sum(words.reads for words in moved)
            assert whole.accesses.writes == sum(words.writes for words in moved)
        if whole.tile and whole.capacity_words:
            assert whole.tile.words <= whole.capacity_words
