"""What is said of a kept mapping without a search: it can be right, or it cannot."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim import load_architecture, load_network
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.mapper import Mapped, NoMapping, Options, confirmed, mapped
from hwsim.mapping.nest import Loop, Nest
from hwsim.priced import priced
from hwsim.vocabulary import Objective, Tiles
from hwsim.workload.layer import Layer
from tests.build import architecture, compute, convolution, mapping, storage
from tests.command.call import CHIP, NET
from tests.mapper.problems import Problem, problems
from tests.mapper.test_zeros import sparse

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples


@pytest.fixture(scope="module")
def chip() -> Architecture:
    """The small chip."""
    return load_architecture(CHIP)


@pytest.fixture(scope="module")
def layers() -> tuple[Layer, ...]:
    """The small network's two layers."""
    return load_network(NET).layers


@settings(max_examples=max(20, CHOSEN // 5))
@given(st.one_of(problems(most=150), sparse(problems(most=150))), st.sampled_from(Objective))
def test_whatever_a_search_finds_is_believed_at_its_price(
    problem: Problem, objective: Objective
) -> None:
    """Of any objective, also where the search ended early; nothing is searched twice in vain."""
    chip, layer = problem.architecture, problem.layer
    for options in (Options(objective=objective), Options(objective=objective, limit=1)):
        try:
            found = mapped(chip, layer, options)
        except NoMapping:
            return
        assert confirmed(chip, layer, options, found) == priced(chip, layer, found.nest)


def nests(of: Nest) -> Iterator[Nest]:
    """The nest with one loop gone, moved, or of another tile, and with places that are others."""
    loops_at = dict(of.loops_at)
    for place, loops in loops_at.items():
        for at, loop in enumerate(loops):
            rest = loops[:at] + loops[at + 1 :]
            yield replace(of, loops_at=loops_at | {place: rest})
            for tile in (1, 2 * loop.tile, 1000):
                if tile != loop.tile:
                    other = replace(loop, tile=tile)
                    changed = (*loops[:at], other, *loops[at + 1 :])
                    yield replace(of, loops_at=loops_at | {place: changed})
            yield replace(of, loops_at=loops_at | {place: (*loops, loop)})
        strange = Loop(place=place, dimension="X", tile=1)
        yield replace(of, loops_at=loops_at | {place: (*loops, strange)})
        yield replace(of, bypassed={place: ("weights",)})
        yield replace(of, loops_at={at_: loops_at[at_] for at_ in loops_at if at_ != place})
    yield replace(of, loops_at=dict(reversed(loops_at.items())))


def test_no_other_nest_passes_for_the_one_that_was_found(
    chip: Architecture, layers: tuple[Layer, ...]
) -> None:
    """One that does not fit, is not of the dataflow, or costs more or less is searched again."""
    for layer in layers:
        found = mapped(chip, layer)
        own = priced(chip, layer, found.nest).cost.energy
        changed = [*nests(found.nest)]
        assert len(changed) > 15
        for nest in changed:
            price = confirmed(chip, layer, Options(), replace(found, nest=nest))
            assert price is None or price.cost.energy == own


@pytest.mark.parametrize(
    "said",
    [
        {"value": 0.365},
        {"lower_bound": 1.1},
        {"value": float("nan")},
        {"lower_bound": float("-inf")},
        {"objective": Objective.cycles},
    ],
    ids=str,
)
def test_a_certificate_says_what_its_nest_costs(
    chip: Architecture, layers: tuple[Layer, ...], said: dict[str, Any]
) -> None:
    """At another value, above its own bound, of another objective, it is not believed."""
    found = mapped(chip, layers[0])
    scaled = {
        name: number * getattr(found.certificate, name) if isinstance(number, float) else number
        for name, number in said.items()
        if name != "objective"
    }
    forged = replace(found.certificate, **{**said, **scaled})
    assert (
        confirmed(chip, layers[0], Options(), Mapped(nest=found.nest, certificate=forged)) is None
    )


def test_a_mapping_of_another_layer_is_none_of_this(
    chip: Architecture, layers: tuple[Layer, ...]
) -> None:
    """Layers of other shapes have other mappings."""
    first, second = layers
    assert confirmed(chip, second, Options(), mapped(chip, first)) is None
    assert confirmed(chip, first, Options(), mapped(chip, second)) is None


@pytest.mark.parametrize(
    ("order", "tiles", "passes"),
    [
        (("M", "C"), {"M": 3, "C": 1}, True),
        (("C", "M"), {"M": 3, "C": 1}, False),  # in another order than the declared one
        (("C", "M"), {"C": 1, "M": 3}, True),
        (("C", "M"), {"C": 1, "M": 4}, False),  # of tiles that do not divide
        (("C",), {"C": 1, "M": 3}, False),  # of a loop that may not run there
    ],
    ids=str,
)
def test_only_nests_of_the_declared_space_pass(
    order: tuple[str, ...], tiles: dict[str, int], passes: bool
) -> None:
    """Whatever they cost: a nest out of it may be cheaper than all that are in it."""
    chip, layer, options = ordered(order), convolution(M=6, C=5, P=4), Options(tiles=Tiles.divisors)
    odd = mapping(chip, {"dram": tiles, "buffer": {"M": 1, "P": 1}})
    value = float(priced(chip, layer, odd).cost.energy)
    known = mapped(ordered(("M", "C")), layer, options).certificate
    kept = Mapped(nest=odd, certificate=replace(known, value=value, lower_bound=value))
    assert (confirmed(chip, layer, options, kept) is not None) == passes


def ordered(order: tuple[str, ...]) -> Architecture:
    """A chip whose DRAM runs these loops in this order."""
    rules = {
        "dram": Constraint(dimensions=order, order=order),
        "buffer": Constraint(dimensions=("M", "C", "P")),
    }
    return architecture(
        storage("dram", read=200, write=200),
        storage("buffer", read=6, write=6, capacity_words=50),
        compute(),
        dataflow=Dataflow(name="ordered", constraints=rules),
    )
