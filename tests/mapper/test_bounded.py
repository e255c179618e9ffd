"""Every search ends: in time, in memory, and with what is known by then."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from math import inf, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Array, Component
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.mapper import Interrupted, Mapped, NoMapping, Options, Progress, mapped
from hwsim.mapper.objective import goal
from hwsim.mapper.search import Search
from hwsim.mapper.sizes import SIZES_OF, Balanced, balanced, divisors, primes, sparse
from hwsim.mapper.tilings import Loops
from hwsim.mapper.watch import Watch
from hwsim.vocabulary import DIMENSIONS, TENSORS, Objective, Tiles
from hwsim.workload.layer import Layer
from tests.build import architecture, compute, convolution, fully_connected, storage
from tests.mapper.problems import Problem, problems
from tests.mapper.space import energy, fits, least, tried_orders

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
SOME = settings(max_examples=CHOSEN // 5)


def everywhere(storages: int, axes: int) -> Architecture:
    """So many storages and axes of two, and every dimension may run at each of them."""
    names = [f"s{number}" for number in range(storages - 1)]
    inner = [
        storage(name, capacity_words=2 ** (2 * (storages - number)), read=storages - number)
        for number, name in enumerate(names)
    ]
    sizes = {f"x{number}": 2 for number in range(axes)}
    pes = Array(name="pes", axes=sizes, multicast=TENSORS, reduces_along=tuple(sizes))
    dram = storage("dram", read=200, write=200)
    parts: list[Component] = [dram, *inner[:-1], pes, *inner[-1:], compute()]
    places = [place.name for place in architecture(*parts).places]
    free = {name: Constraint(dimensions=tuple(DIMENSIONS)) for name in places}
    return architecture(*parts, dataflow=Dataflow(name="free", constraints=free))


def ticks(step: float = 1.0) -> Callable[[], float]:
    """A clock that goes on by a step whenever it is looked at: it counts work, not time."""
    times = count(0, step)
    return lambda: next(times)


def run(problem: Problem, objective: Objective = Objective.energy, **sizes: int) -> Search:
    """The search for a problem's best mapping."""
    search = Search(
        layer=problem.layer,
        options=Options(objective=objective),
        watch=Watch(),
        goal_of=partial(goal, objective=objective),
        **sizes,  # type: ignore[arg-type]
    )
    search.run(problem.architecture)
    return search


# --- Time ------------------------------------------------------------------------------------

LARGE = convolution(N=4, M=96, C=64, P=27, Q=27, R=5, S=5)


@pytest.mark.parametrize(("storages", "axes", "ends"), [(2, 5, 200), (5, 2, 300), (12, 5, 1500)])
@pytest.mark.parametrize(
    ("layer", "objective"),
    [*((LARGE, each) for each in Objective), (fully_connected(M=4096, C=10**6), Objective.energy)],
)
def test_any_space_that_can_be_declared_is_bounded(
    storages: int, axes: int, ends: int, layer: Layer, objective: Objective
) -> None:
    """What is found by then fits, and no mapping is below the bound."""
    chip = everywhere(storages, axes)
    options = Options(objective=objective, seconds=ends)
    found = mapped(chip, layer, options, clock=ticks())
    it = found.certificate
    assert fits(chip, layer, found.nest)
    assert 0 <= it.lower_bound <= it.value < inf
    assert it.proven or found.seconds == ends


@SOME
@given(problems(most=300), st.integers(1, 60))
def test_a_search_that_time_ends_bounds_what_it_found(problem: Problem, seconds: int) -> None:
    """The best is between the bound and what was found, or nothing was found by then."""
    chip, layer = problem.architecture, problem.layer
    best = least(chip, layer, orders=tried_orders)
    try:
        found = mapped(chip, layer, Options(seconds=seconds), clock=ticks())
    except NoMapping:
        return
    assert best is not None
    assert found.certificate.lower_bound <= float(best) * (1 + 1e-9)
    assert found.certificate.value >= float(best) * (1 - 1e-9)
    assert energy(chip, layer, found.nest) == pytest.approx(found.certificate.value)
    assert found.certificate.proven or found.seconds == seconds


@SOME
@given(problems(most=300))
def test_time_that_is_not_up_changes_nothing(problem: Problem) -> None:
    """No mapping depends on how fast the clock goes."""
    found = list[Mapped | None]()
    for seconds, step in ((None, 1.0), (60, 0.0), (10**9, 3.0)):
        try:
            options = Options(seconds=seconds)
            found.append(mapped(problem.architecture, problem.layer, options, clock=ticks(step)))
        except NoMapping:
            found.append(None)
    assert found[0] == found[1] == found[2]


@SOME
@given(problems(most=1000), st.sampled_from(Objective))
def test_piece_by_piece_it_is_the_same(problem: Problem, objective: Objective) -> None:
    """A good mapping first, then one order of loops after the other, three tilings at a time."""
    whole, pieces = run(problem, objective), run(problem, objective, together=1, piece=3)
    assert pieces.best.value == pytest.approx(whole.best.value)
    assert pieces.bound == whole.bound == inf
    assert (pieces.nest is None) == (whole.nest is None)
    if pieces.nest:
        assert fits(problem.architecture, problem.layer, pieces.nest)
        assert pieces.certificate.unseen == 0


@SOME
@given(problems(most=1000), st.sampled_from(Objective))
def test_kind_by_kind_it_is_the_same(problem: Problem, objective: Objective) -> None:
    """Rows of tilings that hold the same tiles bounded together, storage after storage."""
    whole, kinds = run(problem, objective), run(problem, objective, few_orders=0, many=1)
    assert kinds.best.value == pytest.approx(whole.best.value)
    assert kinds.bound == whole.bound == inf
    assert (kinds.nest is None) == (whole.nest is None)
    if kinds.nest:
        assert fits(problem.architecture, problem.layer, kinds.nest)
        assert kinds.certificate.unseen == 0


@pytest.mark.parametrize(
    ("chip", "layer"),
    [(everywhere(4, 3), LARGE), (everywhere(12, 5), fully_connected(M=4096, C=10**6))],
    ids=["windows", "places"],
)
def test_limits_hold_in_any_space(chip: Architecture, layer: Layer) -> None:
    """One candidate is enough to end a search by, however many there are: soon, by the looks at
    the clock.
    """
    clock = ticks()
    found = mapped(chip, layer, Options(limit=1, seconds=None), clock=clock)
    assert not found.certificate.proven
    assert found.seconds is None
    assert clock() < 3000


# --- Who waits -------------------------------------------------------------------------------


def test_ctrl_c_leaves_the_best_so_far() -> None:
    """Whenever it is pressed after something was found."""
    pressed = ticks()

    def clock() -> float:
        if (now := pressed()) == 300:
            raise KeyboardInterrupt
        return now

    chip = everywhere(5, 2)
    with pytest.raises(Interrupted) as interrupted:
        mapped(chip, LARGE, Options(seconds=None), clock=clock)
    found = interrupted.value.found
    assert fits(chip, LARGE, found.nest)
    assert not found.certificate.proven


def test_progress_is_told() -> None:
    """The best gets better, nothing is below the bound, and cheaper tiles are named."""
    told = list[Progress]()
    options = Options(seconds=300)
    found = mapped(everywhere(5, 2), LARGE, options, clock=ticks(), tell=told.append)
    bests = [one.best for one in told if one.best is not None]
    assert bests == sorted(bests, reverse=True)
    assert bests[-1] == found.certificate.value
    assert {one.bound for one in told} == {found.certificate.lower_bound}
    assert told[-1].divisors_help


# --- Memory ----------------------------------------------------------------------------------

HUNGRY = """
from hwsim.mapper import Options, mapped
from tests.mapper.test_bounded import LARGE, everywhere
for storages, axes in ((2, 5), (5, 2), (12, 5)):
    mapped(everywhere(storages, axes), LARGE, Options(seconds=4))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory")
def test_no_search_takes_more_than_a_gigabyte() -> None:
    """Beside what Python and its libraries have mapped."""
    room = 2**30 + 2**29
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (room, room))  # noqa: E731
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", HUNGRY], check=True, preexec_fn=limit, env=env)


# --- Sizes -----------------------------------------------------------------------------------


@given(st.integers(1, 3000), st.integers(1, 60))
def test_balanced_sizes_are_the_least_of_each_number_of_steps(extent: int, tile: int) -> None:
    """Whether they are written down or made when they are asked for."""
    blocks = -(-extent // tile)
    every = {-(-blocks // steps) for steps in range(1, blocks + 1)}
    sizes = [min(extent, tile * blocks) for blocks in sorted(every)]
    made = Balanced(extent=extent, tile=tile)
    assert list(made) == list(balanced(extent, tile)) == sizes
    assert list(made[:5]) == sizes[:5]
    assert list(made[2:9:3]) == sizes[2:9:3]


@given(st.integers(1, 3000), st.integers(1, 60))
def test_divisors_are_found_by_factors(extent: int, tile: int) -> None:
    """They are those that trying every number finds."""
    every = range(tile, extent + 1, tile)
    assert list(divisors(extent, tile)) == [size for size in every if extent % size == 0]


@pytest.mark.parametrize("number", [10**9, 2**60, 1048573 * 1048571, 1048573**3, 2**61 - 1, 4, 1])
def test_large_numbers_have_prime_factors(number: int) -> None:
    """Their product is the number, and none of them has a factor below a million."""
    found = primes(number)
    assert prod(found) == number
    assert all(prime % small for prime in found for small in range(2, min(prime, 2**20)))


@given(
    st.integers(1, 60),
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
    st.sampled_from(Tiles),
    st.booleans(),
)
def test_tilings_are_counted_as_they_are_made(
    bound: int, limits: list[int], tiles: Tiles, few: bool
) -> None:
    """And not far beyond the most that are of interest."""
    number = len(limits)
    loops = Loops(
        dimension="M",
        bound=bound,
        places=tuple(range(number)),
        limits=tuple(limits),
        largest=(bound,) * number,
        fixed=(None,) * number,
    )
    sizes = sparse(tiles) if few else SIZES_OF[tiles]
    made = len(loops.tilings(sizes))
    assert loops.number(sizes, 10**6) == made
    assert loops.number(sizes, 5) <= 6 or made == loops.number(sizes, 5)
    assert loops.number(sizes, 5) == made or loops.number(sizes, 5) > 5
