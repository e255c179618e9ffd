"""The oracle's energies are those of a search at every density, its slopes their differences."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import hwsim
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Compartment, Storage
from hwsim.mapper import NoMapping, Options
from hwsim.oracle import Oracle
from hwsim.solve import solve
from hwsim.vocabulary import INPUTS, OUTPUTS, TENSORS, WEIGHTS
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network
from tests.build import convolution

LAYER = convolution(C=12, M=20, P=9, Q=9, R=3, S=3)
CURVE = np.linspace(0.02, 1, 24)


def searched(chip: Architecture, layer: Layer, densities: Mapping[str, float]) -> float:
    """The least energy by a search of its own."""
    given = replace(layer, data=Data(densities=densities))
    network = Network(name="one", title="", source="", batch=1, nodes=(), layers=(given,))
    return hwsim.simulate(chip, network).energy


@pytest.mark.parametrize("name", ["eyeriss", "cvpr17"])
@pytest.mark.parametrize("tensor", TENSORS)
def test_energies_are_those_of_a_search_at_each_density(name: str, tensor: str) -> None:
    """A third mapping, better between two that are known to be the best, would be found here."""
    chip = hwsim.load_architecture(name)
    densities = np.array([0.0, 0.03, 0.17, 0.4, 0.61, 0.74, 0.76, 1.0])
    asked: dict[str, Any] = {tensor: densities}
    found = Oracle(architecture=chip, layer=LAYER).energy(**asked)
    for density, energy in zip(densities.tolist(), found.tolist(), strict=True):
        assert energy == pytest.approx(searched(chip, LAYER, {tensor: density}), rel=1e-9)


def test_densities_of_all_tensors_are_broadcast_together() -> None:
    """A row for each weight density, a column for each input density."""
    chip = hwsim.load_architecture("cvpr17")
    rows, columns = np.array([[0.2], [0.5], [0.9]]), np.array([0.3, 0.8])
    found = Oracle(architecture=chip, layer=LAYER).energy(weights=rows, inputs=columns, outputs=0.5)
    assert found.shape == (3, 2)
    densities = {WEIGHTS: 0.5, INPUTS: 0.8, OUTPUTS: 0.5}
    assert found[1, 1] == pytest.approx(searched(chip, LAYER, densities), rel=1e-9)


@pytest.mark.parametrize("tensor", TENSORS)
def test_curves_never_fall(tensor: str) -> None:
    """More nonzeros never cost less, with the mapping chosen anew for each."""
    chip = hwsim.load_architecture("cvpr17")
    asked: dict[str, Any] = {tensor: CURVE}
    curve = Oracle(architecture=chip, layer=LAYER).energy(**asked)
    assert (np.diff(curve) >= 0).all()


def test_a_curve_takes_few_searches() -> None:
    """One at each end and at each crossing; a second curve none."""
    oracle = Oracle(architecture=hwsim.load_architecture("cvpr17"), layer=LAYER)
    oracle.energy(weights=CURVE)
    searches = oracle.searches
    assert searches <= 5
    oracle.energy(weights=CURVE * 0.97)
    assert oracle.searches == searches


def test_slopes_are_exact_where_capacity_makes_the_energy_leap() -> None:
    """A buffer that holds its inputs encoded: one nonzero too many, and a better mapping is lost.

    The slopes on both sides are the differences of searched energies, and the one above is a leap.
    """
    eyeriss = hwsim.load_architecture("eyeriss")
    buffer = eyeriss.components["buffer"]
    assert isinstance(buffer, Storage)
    buffer = replace(
        buffer,
        formats={INPUTS: "bitmask"},
        compartments=(
            Compartment(tensors=(INPUTS,), capacity_words=400),
            Compartment(tensors=(OUTPUTS,), capacity_words=4000),
        ),
    )
    chip = replace(eyeriss, components={**eyeriss.components, "buffer": buffer})
    oracle = Oracle(architecture=chip, layer=LAYER)
    words = LAYER.words(INPUTS)
    counts = np.arange(1005, 1021)
    steps = np.diff(oracle.energy(inputs=counts / words))
    low = int(counts[steps.argmax()])
    below, above = oracle.marginal(INPUTS, low / words)
    energies = [searched(chip, LAYER, {INPUTS: (low + step) / words}) for step in (-1, 0, 1)]
    assert [below, above] == pytest.approx(np.diff(energies).tolist(), rel=1e-5)
    assert above > 1.5 * below > 0


def test_slopes_end_where_densities_do() -> None:
    """There is no nonzero to take away from none, and none to add to all."""
    oracle = Oracle(architecture=hwsim.load_architecture("eyeriss"), layer=LAYER)
    assert np.isnan(oracle.marginal(INPUTS, 0)[0])
    assert np.isnan(oracle.marginal(INPUTS, 1)[1])


def test_a_density_above_1_is_refused() -> None:
    """With the tensor and the value."""
    oracle = Oracle(architecture=hwsim.load_architecture("eyeriss"), layer=LAYER)
    with pytest.raises(ValueError, match=r"the density of weights must be from 0 to 1, not 1\.5"):
        oracle.energy(weights=[0.5, 1.5])


def test_what_is_not_asked_is_as_it_was_measured() -> None:
    """Zeros of a real pattern stay where they are while another tensor's density changes."""
    chip = hwsim.load_architecture("eyeriss")
    inputs = np.zeros((1, 12, 11, 11))
    inputs[:, :, 4:7, 4:7] = 1
    layer = replace(LAYER, data=hwsim.data_of(LAYER, {INPUTS: inputs}))
    network = Network(name="one", title="", source="", batch=1, nodes=(), layers=(layer,))
    measured = hwsim.simulate(chip, network).energy
    oracle = Oracle(architecture=chip, layer=layer)
    assert float(oracle.energy()) == pytest.approx(measured, rel=1e-9)
    assert float(oracle.energy(outputs=1.0)) == pytest.approx(measured, rel=1e-9)
    anywhere = oracle.energy(inputs=float(layer.data.density(INPUTS)))
    assert abs(float(anywhere) / measured - 1) > 0.01


@pytest.mark.parametrize(("tensor", "density"), [("weights", 1.5), ("weigths", 0.5)])
def test_slopes_of_nothing_are_refused(tensor: str, density: float) -> None:
    """With what is wrong."""
    oracle = Oracle(architecture=hwsim.load_architecture("eyeriss"), layer=LAYER)
    with pytest.raises(ValueError, match=r"no tensor 'weigths'|must be from 0 to 1, not 1\.5"):
        oracle.marginal(tensor, density)


def test_few_levels_of_density_take_few_searches_and_cost_next_to_nothing() -> None:
    """The mapping is the next level's; it is priced exactly, so it is never below the least."""
    chip = hwsim.load_architecture("cvpr17")
    coarse = Oracle(architecture=chip, layer=LAYER, levels=4)
    inputs = np.linspace(0.43, 0.49, 10)
    for density in inputs.tolist():
        least = searched(chip, LAYER, {WEIGHTS: 0.2, INPUTS: density, OUTPUTS: 1.0})
        found = float(coarse.energy(weights=0.2, inputs=density))
        assert least * (1 - 1e-9) <= found <= least * 1.002
    assert coarse.searches == 1


def test_energy_that_follows_time_is_in_the_answers() -> None:
    """They are those of simulations, at densities between which another mapping is better."""
    spends = {"clock_energy": 500, "components.input_network.bandwidth_words_per_cycle": 0.5}
    chip = hwsim.load_architecture("eyeriss", spends)
    layer = hwsim.load_network("alexnet").layers[2]
    densities = [0.1, 0.4, 0.7, 1.0]
    answers = Oracle(architecture=chip, layer=layer).energy(inputs=densities)
    for density, answer in zip(densities, answers, strict=True):
        own = replace(layer, data=layer.data.with_density("inputs", density))
        (solved,) = solve(chip, [own], Options())
        assert not isinstance(solved, NoMapping)
        assert float(solved.price.cost.energy) == answer
        assert solved.price.cost.energies["clock", "static"] == 500 * solved.price.cost.cycles
