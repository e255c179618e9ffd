"""A layer that runs several times costs exactly as many times what it costs once, however it is
asked for.
"""

import csv
import json
from dataclasses import replace
from fractions import Fraction
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import hwsim
from hwsim import energy_tool
from hwsim.accesses.traffic import accesses
from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache, keys
from hwsim.cost import Cost
from hwsim.cost.moved import Moved, moved
from hwsim.explanation import Explanation, changes_to_try, effects
from hwsim.mapper import NoMapping, Options
from hwsim.mapping.pair import Pair
from hwsim.oracle import Oracle
from hwsim.priced import priced
from hwsim.report import network as shown
from hwsim.report.explain import text as explained
from hwsim.result import LayerResult, Result
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS, Objective
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Node
from prune.oracle import layer_energies, oracles
from tests.build import convolution, fully_connected
from tests.command.call import CHIP, SCHEMA
from tests.generate import Case, cases
from tests.mapper.problems import Problem, problems
from tests.worth import WORTH

MANY = settings(max_examples=150)
SOME = settings(max_examples=40)
TIMES = st.integers(2, 40)
DATA = Data(densities={WEIGHTS: Fraction(1, 3), INPUTS: Fraction(1, 2)})
#: Seven features to five, whose cycles under a bandwidth are no whole number.
STEP = replace(fully_connected(M=5, C=7), name="rnn.hidden", data=DATA)


def network(layer: Layer) -> Network:
    """The layer alone."""
    nodes = (Node(name=layer.name, kind=layer.kind, sources=("input",), shape=(5, 1, 1)),)
    return Network(name="net", title="", source="", batch=1, nodes=nodes, layers=(layer,))


def simulated(chip: Architecture, layer: Layer, cache: Cache | None = None) -> Result:
    """The layer alone on the chip."""
    return hwsim.simulate(chip, network(layer), cache=cache)


def assert_times_as_much(often: LayerResult, once: LayerResult, times: int) -> None:
    """All that one costs, and each of its accesses, is so many times what the other costs."""
    assert often.nest == once.nest
    assert_costs(often.cost, once.cost, times)
    for part, tensors in once.accesses.items():
        for tensor, words in tensors.items():
            assert often.accesses[part][tensor] == replace(
                words, reads=times * words.reads, writes=times * words.writes
            )
            bits = once.moved[part][tensor]
            assert often.moved[part][tensor] == Moved(
                read=times * bits.read, written=times * bits.written
            )
    assert often.layer.macs == times * once.layer.macs
    assert often.macs_charged == times * once.macs_charged
    assert often.macs_timed == times * once.macs_timed
    assert (often.active_pes, often.stored) == (once.active_pes, once.stored)
    assert often.utilization == pytest.approx(once.utilization)


def assert_costs(often: Cost, once: Cost, times: int) -> None:
    """So many times the cost."""
    assert often.energies == {cell: times * energy for cell, energy in once.energies.items()}
    assert often.cycles == times * once.cycles
    assert often.cycles_by_component == {
        name: times * cycles for name, cycles in once.cycles_by_component.items()
    }


# --- Counting and pricing --------------------------------------------------------------------


@MANY
@given(cases(), TIMES)
def test_a_given_nest_costs_as_many_times_as_much(case: Case, times: int) -> None:
    """Every access and every bit, the energy everywhere, and the cycles."""
    chip = case.architecture
    layers = (case.layer, replace(case.layer, times=times))
    once, often = (priced(chip, layer, case.nest) for layer in layers)
    assert often.counts == once.counts.repeated(times)
    words, more = once.words, often.words
    assert_costs(often.cost, once.cost, times)
    for part, tensors in accesses(words).items():
        for tensor, of in tensors.items():
            assert accesses(more)[part][tensor].reads == times * of.reads
            assert moved(chip, more, layers[1])[part][tensor].read == (
                times * moved(chip, words, layers[0])[part][tensor].read
            )


def test_every_run_ends_with_a_whole_cycle() -> None:
    """A run that is bound by a bandwidth waits for the last word of the one before."""
    chip = hwsim.load_architecture(CHIP, ["components.dram.bandwidth_words_per_cycle=0.7"])
    once = simulated(chip, STEP).layers[0]
    assert once.cost.bound_by == "dram"
    assert simulated(chip, replace(STEP, times=3)).cycles == 3 * once.cycles


def test_weights_are_the_same_in_every_run() -> None:
    """They are counted once among the network's, and read anew in every run."""
    often = replace(STEP, times=9)
    assert often.parameters == STEP.parameters
    chip = hwsim.load_architecture("eyeriss")
    dram = simulated(chip, often).layers[0].accesses["dram"][WEIGHTS]
    assert dram.reads == 9 * STEP.parameters


# --- Mapping ---------------------------------------------------------------------------------


@SOME
@given(problems(most=400), TIMES, st.sampled_from(Objective))
def test_the_best_nest_is_that_of_one_run(
    problem: Problem, times: int, objective: Objective
) -> None:
    """And its certificate is of all runs."""
    chip, often = problem.architecture, replace(problem.layer, times=times)
    try:
        once, many = (
            hwsim.simulate(chip, network(layer), objective=objective).layers[0]
            for layer in (problem.layer, often)
        )
    except NoMapping:
        return
    assert_times_as_much(many, once, times)
    certificate, of_one = many.certificate, once.certificate
    assert certificate is not None
    assert of_one is not None
    assert certificate.value == pytest.approx(WORTH[objective](many.energy, many.cycles))
    assert (certificate.proven, certificate.priced) == (of_one.proven, of_one.priced)


def test_a_kept_mapping_serves_any_number_of_runs(tmp_path: Path) -> None:
    """It is found by one run, kept once, and costs every layer what a search would."""
    chip, cache = hwsim.load_architecture("eyeriss"), Cache(folder=tmp_path)
    whole = {times: simulated(chip, replace(STEP, times=times)).layers[0] for times in (1, 5, 7)}
    for times in (5, 1, 7, 5):
        found = simulated(chip, replace(STEP, times=times), cache).layers[0]
        assert found == whole[times]
        assert_times_as_much(found, whole[1], times)
    assert len(cache.entries()) == 1
    addresses = keys([Pair(chip, replace(STEP, times=times)) for times in (1, 5, 7)], Options())
    assert len(set(addresses)) == 1


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("times", [(1, 5, 7, 5), (5, 1, 7, 1)])
def test_layers_of_one_shape_share_a_search_and_not_their_runs(
    times: tuple[int, ...], kept: bool, tmp_path: Path
) -> None:
    """In one network, whichever stands first, kept or not; each costs what it would alone."""
    chip, cache = hwsim.load_architecture("eyeriss"), Cache(folder=tmp_path) if kept else None
    layers = tuple(replace(STEP, name=f"x{at}", times=often) for at, often in enumerate(times))
    together = replace(network(STEP), nodes=(), layers=layers)
    for _ in range(2):
        found = hwsim.simulate(chip, together, cache=cache).layers
        for layer, of in zip(layers, found, strict=True):
            (alone,) = simulated(chip, layer).layers
            assert of == alone
            assert of.certificate is not None
            assert of.certificate.value == pytest.approx(of.energy)


# --- Whoever asks ----------------------------------------------------------------------------


def test_every_change_is_explained_for_all_runs() -> None:
    """What a change makes of the layer is so many times what it makes of one run."""
    chip = hwsim.load_architecture(CHIP)
    changes = tuple(changes_to_try(CHIP, (), Objective.energy))
    told = []
    for layer in (STEP, replace(STEP, times=6)):
        (one,) = simulated(chip, layer).layers
        told.append([*effects(changes, CHIP, (), one, Options())])
    for once, often in zip(*told, strict=True):
        assert (once.cost is None) == (often.cost is None)
        if once.cost and often.cost:
            assert_costs(often.cost, once.cost, 6)


def test_an_oracle_knows_of_all_runs() -> None:
    """At every density, and what one more nonzero adds."""
    chip, densities = hwsim.load_architecture("cvpr17"), np.linspace(0, 1, 9)
    once, often = (Oracle(architecture=chip, layer=replace(STEP, times=t)) for t in (1, 6))
    assert often.energy(weights=densities) == pytest.approx(6 * once.energy(weights=densities))
    for tensor in (INPUTS, OUTPUTS):  # of which each run has its own
        assert often.marginal(tensor, 0.4) == pytest.approx(once.marginal(tensor, 0.4))
    assert often.marginal(WEIGHTS, 0.4) == pytest.approx(
        tuple(6 * slope for slope in once.marginal(WEIGHTS, 0.4))
    )


def test_a_pruner_is_told_the_cost_of_all_runs() -> None:
    """Layers that differ in their runs alone share no oracle."""
    chip = hwsim.load_architecture("cvpr17")
    layers = tuple(replace(STEP, name=f"x{times}", times=times) for times in (1, 6))
    costs = layer_energies(oracles(chip, replace(network(STEP), layers=layers)))
    assert costs["x6"] == pytest.approx(6 * costs["x1"])


def test_arrays_are_those_of_one_run() -> None:
    """The share of MACs that zeros leave is of a run, however many there are."""
    arrays = {WEIGHTS: np.eye(5, 7), INPUTS: np.ones((1, 7))}
    assert hwsim.data_of(replace(STEP, times=6), arrays) == hwsim.data_of(STEP, arrays)


# --- Reports ---------------------------------------------------------------------------------


def test_reports_say_how_often_a_layer_runs() -> None:
    """In each format; where all run once there is no such column in the text."""
    result = simulated(hwsim.load_architecture(CHIP), replace(STEP, times=35))
    (line,) = [one for one in hwsim.render(result, "text").splitlines() if "x 35" in one]
    assert line.startswith("rnn.hidden")
    report = json.loads(hwsim.render(result, "json"))
    Draft202012Validator(SCHEMA).validate(report)
    assert report["layers"][0]["times"] == 35
    first, _ = csv.DictReader(StringIO(hwsim.render(result, "csv")))
    assert first["times"] == "35"
    assert "bounds: {N: 1, G: 1, M: 5, C: 7, P: 1, Q: 1, R: 1, S: 1}, times: 35" in shown.render(
        result.network
    )
    once = simulated(hwsim.load_architecture(CHIP), STEP)
    assert "runs" not in hwsim.render(once, "text")


def test_an_explanation_tells_a_run_from_all_runs() -> None:
    """Its loops are those of one run, its words and energies of all."""
    result = simulated(hwsim.load_architecture(CHIP), replace(STEP, times=35))
    told = explained.render(Explanation(result=result, objective=Objective.energy))
    assert "7 input channels of a group; 35 MACs" in told
    assert "runs          35, one after another: 1.225 k MACs" in told
    assert "The loops are those of one run of the layer" in told


def test_an_energy_tool_is_not_told_of_a_layer_that_runs_again() -> None:
    """Its numbers have no place for it: a file would lack most of the work."""
    with pytest.raises(energy_tool.NotDescribed, match=r"that run once, not rnn\.hidden"):
        energy_tool.render(network(replace(STEP, times=2)))
    assert energy_tool.render(network(replace(convolution(M=2), name="conv")))
