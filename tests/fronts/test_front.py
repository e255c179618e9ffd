"""Fronts of layers and of networks, judged by every mapping that there is."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hwsim.architecture.architecture import Architecture
from hwsim.fronts import Front, front_of
from hwsim.mapper import Options, OutOfReach
from hwsim.vocabulary import Objective
from hwsim.within import Within, WithinSaid
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network
from tests.mapper.problems import Problem
from tests.mapper.test_objectives import costs, timed
from tests.worth import WORTH

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples
SOME = settings(max_examples=CHOSEN // 2)

#: An energy, and cycles.
Figures = tuple[Fraction, int]


def network(*layers: Layer) -> Network:
    """A network of these layers, by numbers."""
    named = (replace(layer, name=f"layer{number}") for number, layer in enumerate(layers))
    return Network(name="net", title="net", source="here", batch=1, nodes=(), layers=(*named,))


def front(chip: Architecture, layers: Sequence[Layer], said: WithinSaid = ()) -> Front:
    """The front of the layers."""
    net = network(*layers)
    return front_of(chip, net, net.layers, {}, Options(), within=Within.said(said))


def figures(of: Front) -> list[Figures]:
    """What each point costs."""
    return [(point.energy, point.cycles) for point in of]


def undominated(every: set[Figures]) -> list[Figures]:
    """Those that no other is below."""
    return sorted(
        one
        for one in every
        if not any(other != one and other[0] <= one[0] and other[1] <= one[1] for other in every)
    )


def all_figures(chip: Architecture, layer: Layer) -> set[Figures]:
    """What every mapping costs, all runs of it together."""
    once = costs(Problem(replace(layer, times=1), chip))
    return {(layer.times * one.energy, layer.times * one.cycles) for one in once}


def all_sums(chip: Architecture, layers: Sequence[Layer]) -> set[Figures]:
    """What every choice of a mapping for each layer costs."""
    each = [undominated(all_figures(chip, layer)) for layer in layers]
    return {
        (sum((energy for energy, _ in choice), Fraction(0)), sum(cycles for _, cycles in choice))
        for choice in product(*each)
    }


@st.composite
def networks(draw: st.DrawFn) -> tuple[Architecture, list[Layer]]:
    """A chip, and layers that have a mapping on it: one, and smaller ones."""
    problem = draw(timed(most=100))
    layers = [replace(problem.layer, times=draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, 2))):
        bounds = {name: draw(st.integers(1, bound)) for name, bound in problem.layer.bounds.items()}
        layers.append(replace(problem.layer, bounds=bounds, times=draw(st.integers(1, 3))))
    assume(all(all_figures(problem.architecture, layer) for layer in layers))
    return problem.architecture, layers


@SOME
@given(networks())
def test_the_front_is_all_choices_that_no_choice_is_below(
    drawn: tuple[Architecture, list[Layer]],
) -> None:
    """Of the mappings of one layer, or of several: proven, and of points that say what they are."""
    found = front(*drawn)
    assert figures(found) == undominated(all_sums(*drawn))
    assert (found.proven, found.gap) == (True, 0)
    for number, point in enumerate(found):
        result = found.result(number)
        assert (result.cost.energy, result.cycles) == (point.energy, point.cycles)


@SOME
@given(networks(), st.sampled_from(Objective), st.data())
def test_no_choice_within_limits_of_the_sum_is_better(
    drawn: tuple[Architecture, list[Layer]], objective: Objective, data: st.DataObject
) -> None:
    """Whether a choice is just at a limit, or a cycle or a thousandth of its energy beyond."""
    every = all_sums(*drawn)
    energy, cycles = data.draw(st.sampled_from(sorted(every)))
    assume(energy)
    cycles += data.draw(st.sampled_from([-1, 0, 1]))
    energy *= data.draw(st.sampled_from([Fraction(999, 1000), Fraction(1), Fraction(1001, 1000)]))
    assume(cycles)
    said = {"cycles": cycles, "energy": float(energy)}
    fine = [one for one in every if one[0] <= energy and one[1] <= cycles]
    if not fine:
        with pytest.raises(OutOfReach, match=r"the limit is|the fewest cycles are"):
            front(*drawn, said)
        return
    for result in (front(*drawn, said).best(objective), front(*drawn).best(objective, said)):
        assert result.choice
        assert result.choice.proven
        assert (result.cost.energy, result.cycles) in fine
        least = min(WORTH[objective](*one) for one in fine)
        assert WORTH[objective](result.cost.energy, result.cycles) == least


@SOME
@given(networks())
def test_the_ends_of_the_front_are_the_best_of_each_measure(
    drawn: tuple[Architecture, list[Layer]],
) -> None:
    """The plain search for each layer finds the same."""
    chip, layers = drawn
    found, net = front(*drawn), network(*layers)
    from hwsim.pipeline import simulate

    leanest, fastest = (simulate(chip, net, objective=one) for one in ("energy", "cycles"))
    assert found[0].energy == leanest.cost.energy
    last = found[len(found) - 1]
    assert (last.energy, last.cycles) == (fastest.cost.energy, fastest.cycles)


@SOME
@given(networks(), st.integers(1, 30))
def test_a_front_that_is_not_proven_says_how_far_off_it_may_be(
    drawn: tuple[Architecture, list[Layer]], limit: int
) -> None:
    """Every choice has the energy and cycles of a corner or more, and some point is near it."""
    chip, layers = drawn
    net = network(*layers)
    found = front_of(chip, net, net.layers, {}, Options(limit=limit))
    below = list(zip(found.below.energies, found.below.cycles, strict=True))
    near = float(found.gap) + 1e-9
    for energy, cycles in all_sums(*drawn):
        assert any(low <= energy * (1 + 1e-9) and few <= cycles for low, few in below)
        assert any(
            energy >= one.energy * (1 - near) or cycles >= one.cycles * (1 - near) for one in found
        )
        assert any(
            float(energy) >= float(one.energy) * (1 - near) and cycles >= one.cycles * (1 - near)
            for one in found
        )


def test_a_network_has_the_front_of_its_layers_whatever_they_are_called() -> None:
    """On the shelf: all layers of AlexNet on Eyeriss are those of each."""
    from hwsim import front as front_on
    from hwsim import load_architecture, load_network

    chip, net = load_architecture("eyeriss"), load_network("alexnet")
    whole = front_on(chip, net, layers="conv1,conv3,fc8")
    assert [len(each.points) for each in whole.layers] == [
        len(front_on(chip, net, layers=name)) for name in ("conv1", "conv3", "fc8")
    ]
    assert whole.proven
