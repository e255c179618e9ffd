"""What the mapper is asked for and says of its search, judged by every mapping that there is."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice, repeat
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim import load_architecture, load_network
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Interconnect, Storage
from hwsim.cost import Cost
from hwsim.mapper import Mapped, NoMapping, Options, mapped
from hwsim.mapping.nest import Nest, nest
from hwsim.priced import priced
from hwsim.vocabulary import Objective, Tiles
from hwsim.workload.layer import Layer
from tests.build import limited
from tests.cost.timed import timed as timed_part
from tests.generate import layers
from tests.mapper.pricing import Pricing
from tests.mapper.problems import Problem, problems
from tests.mapper.space import (
    Enclosing,
    any_extent,
    balanced_multiples,
    fits,
    least,
    nests,
    places_of,
    tried_orders,
)
from tests.worth import WORTH

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
SOME = settings(max_examples=CHOSEN // 2)
FEW = settings(max_examples=CHOSEN // 5)
BANDWIDTHS = st.sampled_from([None, None, 0.25, 0.7, 1, 3])


@st.composite
def timed(draw: st.DrawFn, most: int = 150) -> Problem:
    """A problem some of whose storages and networks have a bandwidth; or all that a chip may say of
    time.
    """
    problem = draw(problems(most=most))
    if draw(st.booleans()):
        return _with_causes(draw, problem)
    parts = {
        name: replace(part, bandwidth=limited(draw(BANDWIDTHS), apart=part.duplex))
        if isinstance(part, Storage | Interconnect)
        else part
        for name, part in problem.architecture.components.items()
    }
    return replace(problem, architecture=replace(problem.architecture, components=parts))


def _with_causes(draw: st.DrawFn, problem: Problem) -> Problem:
    chip = problem.architecture
    homes = {route[0] for route in chip.routes.values()}
    parts = {
        name: draw(timed_part(part, home=name in homes)) for name, part in chip.components.items()
    }
    return replace(problem, architecture=replace(chip, components=parts))


def cost(chip: Architecture, layer: Layer, mapping: Nest) -> Cost:
    """What the mapping costs, as it is counted."""
    return priced(chip, layer, mapping).cost


def costs(problem: Problem) -> list[Cost]:
    """What every mapping of the space costs."""
    chip, layer = problem.architecture, problem.layer
    return [
        cost(chip, layer, one)
        for family in nests(chip, layer, orders=tried_orders)
        for one in family
    ]


def found(problem: Problem, **options: object) -> tuple[Mapped, Cost] | None:
    """The mapper's choice and what it costs; None if there is no mapping."""
    chip, layer = problem.architecture, problem.layer
    try:
        chosen = mapped(chip, layer, Options(**options))  # type: ignore[arg-type]
    except NoMapping:
        return None
    assert fits(chip, layer, chosen.nest)
    return chosen, cost(chip, layer, chosen.nest)


@SOME
@given(timed())
def test_no_mapping_takes_fewer_cycles(problem: Problem) -> None:
    """And of those that take as few, none needs less energy."""
    every = [(one.cycles, one.energy) for one in costs(problem)]
    if chosen := found(problem, objective=Objective.cycles):
        assert (chosen[1].cycles, chosen[1].energy) == min(every)
    else:
        assert not every


@SOME
@given(timed())
def test_no_mapping_has_a_smaller_product(problem: Problem) -> None:
    """Of energy and cycles."""
    every = [one.energy * one.cycles for one in costs(problem)]
    if chosen := found(problem, objective=Objective.edp):
        assert chosen[1].energy * chosen[1].cycles == min(every)
    else:
        assert not every


@SOME
@given(timed(), st.sampled_from(Objective))
def test_every_candidate_is_accounted_for(problem: Problem, objective: Objective) -> None:
    """Each is priced or cut, once; and the bound that is proven is what the mapping costs."""
    if not (chosen := found(problem, objective=objective)):
        return
    it, spent = chosen[0].certificate, chosen[1]
    cut = it.without_room + it.above_bound + it.dominated
    assert (it.nests, it.unseen) == (it.priced + cut, 0)
    assert it.value == pytest.approx(float(WORTH[objective](spent.energy, spent.cycles)))
    assert it.lower_bound == it.value
    assert (it.proven, it.gap) == (True, 0)


@SOME
@given(problems(most=400), st.integers(1, 40))
def test_a_search_that_ends_early_says_how_far_it_may_be_from_the_best(
    problem: Problem, limit: int
) -> None:
    """The best is between the bound and what was found."""
    best = least(problem.architecture, problem.layer, orders=tried_orders)
    if chosen := found(problem, limit=limit):
        it = chosen[0].certificate
        assert it.lower_bound <= float(best or 0) * (1 + 1e-9)
        assert it.value >= float(best or 0) * (1 - 1e-9)
        assert it.proven or it.unseen > 0
    else:
        assert best is None


def dividing(bound: int, tile: int) -> set[int]:
    """The extents that divide, and are divided."""
    return {size for size in range(tile, bound + 1) if bound % size == 0 and size % tile == 0}


@pytest.mark.parametrize(
    ("tiles", "enclosing"),
    [
        (Tiles.divisors, dividing),
        (Tiles.balanced, balanced_multiples),
        (Tiles.any, any_extent),
    ],
)
def test_no_tiles_of_the_asked_sizes_are_better(tiles: Tiles, enclosing: Enclosing) -> None:
    """Each of the spaces of sizes is searched whole."""

    @FEW
    @given(problems(layers(among="MCP", most=9, macs=120), most=700, enclosing=any_extent))
    def judge(problem: Problem) -> None:
        best = least(problem.architecture, problem.layer, enclosing, tried_orders)
        chosen = found(problem, tiles=tiles)
        assert (chosen[1].energy if chosen else None) == best

    judge()


# --- Real layers -----------------------------------------------------------------------------

#: Random mappings tried against each of the eight layers of AlexNet, 10,000 in all: of so many
#: orders of loops, tilings of so many sizes.
ORDERS, TILINGS = 125, 10


def ordered(chip: Architecture, layer: Layer, random: Random) -> dict[str, list[str]]:
    """At each place its loops, in a random order that the dataflow allows."""
    orders = {}
    for place in (place.name for place in chip.places):
        last = chip.dataflow.at(place).innermost
        here = [name for name, places in places_of(chip, layer).items() if place in places]
        free = [name for name in here if name not in last]
        orders[place] = random.sample(free, len(free)) + [name for name in last if name in here]
    return orders


def drawn(
    chip: Architecture, layer: Layer, orders: Mapping[str, list[str]], random: Random
) -> Nest | None:
    """A random mapping in these orders, with tiles of any size, if it fits."""
    tiles: dict[str, dict[str, int]] = {name: {} for name in orders}
    at = places_of(chip, layer)
    for name in random.sample(list(at), len(at)):
        extent = layer.bounds[name]
        for place in at[name][:-1]:
            size = next(it.size for it in chip.places if it.name == place)
            lowest = -(-extent // size) if size else 1
            extent = min(extent, random.choice([lowest, extent, random.randint(lowest, extent)]))
            tiles[place][name] = extent
        tiles[at[name][-1]][name] = 1
    made = nest(
        tuple(orders),
        {place: {name: tiles[place][name] for name in order} for place, order in orders.items()},
    )
    return made if fits(chip, layer, made) else None


@pytest.mark.parametrize("name", [f"conv{n}" for n in range(1, 6)] + ["fc6", "fc7", "fc8"])
def test_no_random_mapping_of_a_real_layer_is_better(name: str) -> None:
    """On Eyeriss: 10,000 valid mappings in all, whatever their tile sizes and orders."""
    chip = load_architecture("eyeriss")
    layer = next(layer for layer in load_network("alexnet").layers if layer.name == name)
    best = cost(chip, layer, mapped(chip, layer).nest).energy
    random, price = Random(name), Pricing(chip, layer)
    for _ in range(ORDERS):
        orders = ordered(chip, layer, random)
        draws = (drawn(chip, layer, orders, random) for _ in repeat(None))
        family = [*islice(filter(None, draws), TILINGS)]
        energies = price.energies(family)
        assert energies[0] == cost(chip, layer, family[0]).energy
        assert min(energies) >= best
