"""Shortest paths through tiles: what the search of a large space begins with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Component
from hwsim.mapper import Options, mapped
from hwsim.mapper.grid import Grid
from hwsim.mapper.measures import energy as measured
from hwsim.mapper.path import shortest_path
from hwsim.mapper.room import room
from hwsim.mapper.sizes import SIZES_OF
from hwsim.mapper.space import Frame, all_declared
from hwsim.mapper.watch import TimeUp, Watch
from hwsim.mapping.nest import Nest
from hwsim.vocabulary import Tiles
from hwsim.workload.layer import Layer
from tests.build import compute, convolution
from tests.generate import layers
from tests.mapper.problems import Problem, problems, storages
from tests.mapper.space import balanced_multiples, energy, fits, least, tried_orders
from tests.mapper.test_bounded import LARGE, everywhere, ticks
from tests.mapper.test_objectives import dividing

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
SOME = settings(max_examples=CHOSEN // 5)
MANY = settings(max_examples=CHOSEN // 2)

#: Layers without windows.
STILL = layers(among="NMC", macs=400, most=16)


def path(chip: Architecture, layer: Layer, tiles: Tiles, watch: Watch | None = None) -> Nest | None:
    """The nest of the shortest path through all tiles of these sizes."""
    frame = Frame(architecture=chip, bypassed={}, layer=layer, room=room(chip, layer))
    places = all_declared(frame, tiles).places
    grid = Grid(frame=frame, places=places, sizes=SIZES_OF[tiles])
    return shortest_path(grid, measured(chip, layer), watch or Watch())


@st.composite
def towers(draw: st.DrawFn) -> tuple[Component, ...]:
    """Storages one inside the other, and no array."""
    names = ["dram", "outer", "middle", "inner", "spad"][: draw(st.integers(2, 5))]
    home, *inner = names
    every = [draw(storages(name, "weights", "inputs", "outputs")) for name in inner]
    return (draw(storages(home, "weights", "inputs", "outputs")), *every, compute())


@MANY
@given(problems(STILL, towers(), most=2000, enclosing=dividing))
def test_without_windows_arrays_and_partial_tiles_the_shortest_path_is_the_best(
    problem: Problem,
) -> None:
    """There the estimate is exact: no mapping of the space costs less."""
    chip, layer = problem.architecture, problem.layer
    found = path(chip, layer, Tiles.divisors)
    best = least(chip, layer, dividing, tried_orders)
    assert (None if found is None else energy(chip, layer, found)) == best


@MANY
@given(problems(most=600))
def test_what_a_path_finds_fits(problem: Problem) -> None:
    """In any space; and where nothing is found, nothing fits, or axes had to be looked at whole."""
    chip, layer = problem.architecture, problem.layer
    found = path(chip, layer, Tiles.balanced)
    best = least(chip, layer, balanced_multiples, tried_orders)
    if found is not None:
        assert fits(chip, layer, found)
        assert best is not None
        assert energy(chip, layer, found) >= best


def test_a_path_ends_when_time_is_up() -> None:
    """At the next step."""
    with pytest.raises(TimeUp):
        path(everywhere(5, 2), LARGE, Tiles.divisors, Watch(clock=ticks(), ends=20))


def test_a_good_mapping_is_found_with_little_work() -> None:
    """Work is counted in looks at the clock: twice as much betters little."""
    chip, layer = everywhere(4, 0), convolution(M=64, C=64, P=28, Q=28, R=3, S=3)
    soon, late = (
        mapped(chip, layer, Options(seconds=ends), clock=ticks()).certificate.value
        for ends in (6000, 12000)
    )
    assert soon <= 1.03 * late
