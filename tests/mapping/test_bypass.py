"""What bypasses in a mapping: from the file to the nest, to the report, and back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hwsim import architecture, load_architecture, load_mapping, load_network, render, simulate
from hwsim.accesses import count
from hwsim.accesses.traffic import traffic
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.bypass import bypassing
from hwsim.cache import Cache
from hwsim.cost import price
from hwsim.explanation import Explanation, accounts
from hwsim.explanation.tiles import tiles_held
from hwsim.mapping.fit import misfits
from hwsim.mapping.nest import nest
from hwsim.priced import priced
from hwsim.report.explain.text import render as explain
from hwsim.specification import load
from hwsim.vocabulary import INPUTS, OUTPUTS, TENSORS, WEIGHTS, Objective
from hwsim.workload.network import Network
from tests.build import architecture as built
from tests.build import compute, convolution, storage
from tests.bypass import written

GOOD = Path(__file__).parents[1] / "good"


@pytest.fixture
def chip() -> Architecture:
    """The grid whose buffer and scratchpads tensors may bypass."""
    return load_architecture(GOOD / "architecture" / "open_grid.yaml")


@pytest.fixture
def net() -> Network:
    """Two layers."""
    return load_network(GOOD / "network" / "pair.yaml")


def test_a_file_says_what_may_bypass_and_what_does(chip: Architecture, net: Network) -> None:
    """Of one layer here; the other leaves nothing out."""
    assert {part.name: part.may_bypass for part in chip.storages} == {
        "dram": (),
        "buffer": (OUTPUTS,),
        "spad": (WEIGHTS, OUTPUTS),
    }
    given = load_mapping(GOOD / "mapping" / "pair_on_open_grid.yaml")
    one, other = simulate(chip, net, mapping=given).layers
    assert one.nest.bypassed == {"buffer": (OUTPUTS,), "spad": (WEIGHTS,)}
    assert other.nest.bypassed == {}


def test_a_bypass_costs_what_the_architecture_without_it_does(net: Network) -> None:
    """A given mapping is charged, and explained, without what bypasses."""
    open_chip = load_architecture(GOOD / "architecture" / "open_grid.yaml")
    given = load_mapping(GOOD / "mapping" / "pair_on_open_grid.yaml")
    one = simulate(open_chip, net, mapping=given).layers[0]
    told = accounts(open_chip, one)
    assert set(told["buffer"].entries) == {INPUTS}
    assert set(told["spad"].entries) == {OUTPUTS}
    assert OUTPUTS not in one.accesses["buffer"]
    assert WEIGHTS not in one.accesses["spad"]
    closed = bypassing(open_chip, one.nest.bypassed)
    assert closed.routes == {
        WEIGHTS: ("dram", "bus", "grid", "mac"),
        INPUTS: ("dram", "buffer", "bus", "grid", "mac"),
        OUTPUTS: ("dram", "grid", "spad", "mac"),
    }
    counts = count(closed, one.layer, replace(one.nest, bypassed={}))
    assert price(closed, counts, traffic(closed, counts), one.layer) == one.cost


def test_reports_say_what_bypasses(chip: Architecture, net: Network) -> None:
    """The nest beside its storage, and the summary of all layers."""
    given = load_mapping(GOOD / "mapping" / "pair_on_open_grid.yaml")
    result = simulate(chip, net, mapping=given)
    assert "outputs past buffer in conv1; weights past spad in conv1" in render(result, "text")
    alone = simulate(chip, net, mapping=given, layers="conv1")
    told = explain(Explanation(result=alone, objective=Objective.energy))
    lines = [line.strip() for line in told.splitlines()]
    assert [line for line in lines if line.endswith("bypass")] == [
        "- outputs bypass",
        "- weights bypass",
    ]


def test_a_storage_may_end_up_with_nothing(net: Network) -> None:
    """Its place is still in the nest; it has no tiles, no accesses and no cost."""
    chip = built(storage("dram"), storage("buffer", may_bypass=TENSORS), storage("s"), compute())
    layer = net.layers[0]
    loops = {name: 1 for name, bound in layer.bounds.items() if bound > 1}
    left = nest(("dram", "buffer", "s"), {"buffer": loops}, {"buffer": TENSORS})
    assert misfits(chip, layer, left) == []
    found = priced(chip, layer, left)
    assert "buffer" not in found.cost.by_component
    assert {part: tiles for part, tiles in tiles_held(chip, layer, left).items() if not tiles} == {
        "buffer": ()
    }
    there = written(chip, {("buffer", tensor) for tensor in TENSORS})
    assert found.counts == count(there, layer, replace(left, bypassed={}))


def test_what_bypasses_takes_no_room() -> None:
    """A mapping fits when what is too large bypasses, and only where that is left open."""
    layer = convolution(M=4, C=3)
    places = {"dram": {}, "buffer": {"M": 1, "C": 1}}
    tight = built(
        storage("dram"), storage("buffer", capacity_words=7, may_bypass=(WEIGHTS,)), compute()
    )
    assert misfits(tight, layer, nest(tuple(places), places))
    assert misfits(tight, layer, nest(tuple(places), places, {"buffer": (WEIGHTS,)})) == []
    (wrong,) = misfits(tight, layer, nest(tuple(places), places, {"buffer": (WEIGHTS, INPUTS)}))
    assert (wrong.place, wrong.tensor) == ("buffer", INPUTS)


def test_what_the_mapper_chose_is_reported_kept_and_taken_back(
    chip: Architecture, net: Network, tmp_path: Path
) -> None:
    """Through the JSON report and through the cache, with the same costs."""
    cache = Cache(folder=tmp_path / "cache")
    first, again = simulate(chip, net, cache=cache), simulate(chip, net, cache=cache)
    chosen = [layer.nest.bypassed for layer in first.layers]
    assert any(chosen), "nothing bypasses: this test says nothing"
    assert [layer.nest for layer in again.layers] == [layer.nest for layer in first.layers]
    for layer in json.loads(render(first, "json"))["layers"]:
        saved = tmp_path / f"{layer['name']}.json"
        saved.write_text(json.dumps(layer["mapping"]))
        (given,) = simulate(chip, net, mapping=load_mapping(saved), layers=layer["name"]).layers
        (known,) = (one for one in first.layers if one.name == layer["name"])
        assert (given.nest, given.cost) == (known.nest, known.cost)


def test_nothing_left_open_is_nothing_changed(net: Network) -> None:
    """An empty list is as good as none."""
    path = GOOD / "architecture" / "grid.yaml"
    none = architecture.build(load("architecture", path, ["components.buffer.may_bypass=[]"]))
    assert none == architecture.build(load("architecture", path))
