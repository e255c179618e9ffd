"""What is said of a kept mapping without a search: it can be right, or it cannot."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsim import load_architecture, load_network
from hwsim.architecture.architecture import Architecture
from hwsim.mapper import Mapped, NoMapping, Options, checked, mapped
from hwsim.mapping.nest import Loop, Nest
from hwsim.priced import priced
from hwsim.vocabulary import Objective
from hwsim.workload.layer import Layer
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
        assert checked(chip, layer, options, found) == priced(chip, layer, found.nest)


def nests(nest: Nest) -> Iterator[Nest]:
    """The nest with one loop gone, moved, or of another tile, and with places that are others."""
    for place, loops in nest.loops_at.items():
        for at, loop in enumerate(loops):
            rest = loops[:at] + loops[at + 1 :]
            yield replace(nest, loops_at=nest.loops_at | {place: rest})
            for tile in (1, 2 * loop.tile, 1000):
                if tile != loop.tile:
                    other = replace(loop, tile=tile)
                    changed = (*loops[:at], other, *loops[at + 1 :])
                    yield replace(nest, loops_at=nest.loops_at | {place: changed})
        strange = Loop(place=place, dimension="X", tile=1)
        yield replace(nest, loops_at=nest.loops_at | {place: (*loops, strange)})
        yield replace(nest, bypassed={place: ("weights",)})
        yield replace(nest, loops_at={of: nest.loops_at[of] for of in nest.loops_at if of != place})
    yield replace(nest, loops_at=dict(reversed(nest.loops_at.items())))


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
            price = checked(chip, layer, Options(), replace(found, nest=nest))
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
    assert checked(chip, layers[0], Options(), Mapped(nest=found.nest, certificate=forged)) is None


def test_a_mapping_of_another_layer_is_none_of_this(
    chip: Architecture, layers: tuple[Layer, ...]
) -> None:
    """Layers of other shapes have other mappings."""
    first, second = layers
    assert checked(chip, second, Options(), mapped(chip, first)) is None
    assert checked(chip, first, Options(), mapped(chip, second)) is None
