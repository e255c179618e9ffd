"""Architectures: what a document declares is what is built, and what follows from it."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from hwsim.architecture import Architecture, Link, Place, build
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import Compartment, Compute, Storage
from hwsim.specification import load, load_any, render, shipped
from hwsim.vocabulary import INPUTS, OUTPUTS, TENSORS, WEIGHTS
from tests.build import architecture, array, compute, network, storage

GOOD = Path(__file__).parents[1] / "good" / "architecture"
DOCUMENTS = [*shipped("architecture").values(), *sorted(GOOD.glob("*.yaml"))]


def built(path: Path | str, *overrides: str) -> Architecture:
    """The architecture of a file or a shipped name."""
    return build(load("architecture", path, overrides))


def steps(chip: Architecture, tensor: str) -> list[tuple[str, str]]:
    """The links of a tensor as (parent, child)."""
    return [(link.parent, link.child) for link in chip.links if link.tensor == tensor]


# --- What is shipped -------------------------------------------------------------------------


def test_eyeriss_holds_168_macs() -> None:
    """12 rows of 14 PEs (JSSC 2017, section IV)."""
    assert built("eyeriss").macs_per_cycle == 12 * 14 == 168


def test_eyeriss_weights_skip_the_global_buffer() -> None:
    """Filters go from DRAM to the scratchpads, inputs and partial sums through the buffer."""
    chip = built("eyeriss")
    assert steps(chip, WEIGHTS) == [("dram", "filter_spad"), ("filter_spad", "mac")]
    assert steps(chip, INPUTS) == [
        ("dram", "buffer"),
        ("buffer", "input_spad"),
        ("input_spad", "mac"),
    ]
    assert steps(chip, OUTPUTS) == [
        ("dram", "buffer"),
        ("buffer", "psum_spad"),
        ("psum_spad", "mac"),
    ]


def test_eyeriss_has_the_capacities_of_the_chip() -> None:
    """100 kB of buffer in 16-bit words; scratchpads of 224, 12 and 24 words (JSSC 2017)."""
    storages = built("eyeriss").storages
    assert {whole.name: whole.compartments[0].capacity_words for whole in storages} == {
        "dram": None,
        "buffer": 51200,
        "filter_spad": 224,
        "input_spad": 12,
        "psum_spad": 24,
    }


def test_eyeriss_adds_partial_sums_up_a_column_only() -> None:
    """Rows reduce, columns do not: a row of PEs computes different outputs."""
    axes = {place.name: place.reduces for place in built("eyeriss").places if place.spatial}
    assert axes == {"array.rows": True, "array.columns": False}


# --- From a document to the architecture -----------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_yaml_to_object_to_yaml_is_the_identity(path: Path, tmp_path: Path) -> None:
    """What is rendered builds an equal architecture."""
    again = tmp_path / "again.yaml"
    again.write_text(render(load("architecture", path)), encoding="utf-8")
    assert built(again) == built(path)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_extends_of_an_unchanged_base_is_the_base(path: Path, tmp_path: Path) -> None:
    """Only the name differs, which a variant has to have."""
    variant = tmp_path / "variant.yaml"
    variant.write_text(f"schema: hwsim/architecture/v1\nname: variant\nextends: {path}\n")
    base = built(path)
    title = "variant" if base.title == base.name else base.title
    assert build(load_any(variant)) == replace(base, name="variant", title=title)


def test_a_capacity_in_bytes_is_counted_in_whole_words() -> None:
    """1000 bytes hold 571 words of 14 bits; the remaining bits hold none."""
    chip = built("eyeriss", "components.buffer.capacity_bytes=1000", "word_bits=14")
    buffer = chip.components["buffer"]
    assert isinstance(buffer, Storage)
    assert buffer.compartments == (Compartment(tensors=(INPUTS, OUTPUTS), capacity_words=571),)


def test_a_split_capacity_is_a_compartment_for_each_tensor() -> None:
    """No tensor uses the room of another."""
    spad = built(GOOD / "grid.yaml").components["spad"]
    assert isinstance(spad, Storage)
    assert spad.compartments == (
        Compartment(tensors=(WEIGHTS,), capacity_words=24),
        Compartment(tensors=(OUTPUTS,), capacity_words=8),
    )
    assert spad.holds == (WEIGHTS, OUTPUTS)


def test_a_storage_is_charged_as_the_file_unless_it_says_otherwise() -> None:
    """Its own words win one by one; what neither says has the documented default."""
    chip = built(
        GOOD / "grid.yaml",
        "charging={by: action, fills: free}",
        "components.spad.charging={drains: forwarded}",
    )
    charging = {part.name: part.charging for part in chip.storages}
    assert charging["buffer"] == Charging(fills="free", first_reads="free", drains="charged")
    assert charging["spad"] == Charging(fills="free", first_reads="free", drains="forwarded")


def test_a_dataflow_says_nothing_of_places_it_does_not_name() -> None:
    """No loop runs there."""
    dataflow = built(GOOD / "grid.yaml").dataflow
    assert dataflow.at("buffer").dimensions == ()
    assert dataflow.at("spad").order == ("C", "S", "M")
    assert dataflow.at("dram").innermost == ("P", "Q")
    assert dataflow.at("grid.rows").dimensions == ("R",)


# --- Places, positions, links ----------------------------------------------------------------

CHIP = architecture(
    storage("dram"),
    network("bus"),
    array("clusters", z=2, reduces_along=()),
    storage("buffer", INPUTS, OUTPUTS),
    network("wires"),
    array("pes", x=3, y=4, multicast=(WEIGHTS, OUTPUTS), reduces_along=("y",)),
    storage("spad", WEIGHTS),
    compute(),
)


def test_places_are_storages_and_axes_in_the_order_of_the_components() -> None:
    """Networks and the MAC run no loops; the axes of an array stand in their own order."""
    assert CHIP.places == (
        Place(name="dram", component="dram"),
        Place(name="clusters.z", component="clusters", size=2),
        Place(name="buffer", component="buffer"),
        Place(name="pes.x", component="pes", size=3),
        Place(name="pes.y", component="pes", size=4, reduces=True),
        Place(name="spad", component="spad"),
    )


def test_a_position_counts_the_places_outside() -> None:
    """A component's tile is what the places from its position inwards touch."""
    positions = {name: CHIP.position(name) for name in CHIP.components}
    assert positions == {
        "dram": 0,
        "bus": 1,
        "clusters": 1,
        "buffer": 2,
        "wires": 3,
        "pes": 3,
        "spad": 5,
        "mac": 6,
    }


def test_macs_per_cycle_is_the_product_of_all_axes() -> None:
    """Arrays within arrays multiply; without any there is one MAC."""
    assert CHIP.macs_per_cycle == 2 * 3 * 4
    assert architecture(storage("dram"), compute()).macs_per_cycle == 1


def test_links_join_a_tensors_storages_with_the_networks_between() -> None:
    """A link skips storages that do not hold the tensor and keeps the networks it crosses."""
    assert [link for link in CHIP.links if link.tensor == INPUTS] == [
        Link(tensor=INPUTS, parent="dram", child="buffer", networks=("bus",), unicast=False),
        Link(tensor=INPUTS, parent="buffer", child="mac", networks=("wires",), unicast=True),
    ]
    assert [link for link in CHIP.links if link.tensor == WEIGHTS] == [
        Link(tensor=WEIGHTS, parent="dram", child="spad", networks=("bus", "wires"), unicast=False),
        Link(tensor=WEIGHTS, parent="spad", child="mac", networks=(), unicast=False),
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_links_are_a_chain_from_home_to_mac(path: Path) -> None:
    """Each link starts where the one before ends, the first at the route's start."""
    chip = built(path)
    for tensor in TENSORS:
        chain = steps(chip, tensor)
        assert chain[0][0] == chip.routes[tensor][0]
        assert chain[-1][1] == chip.compute.name
        assert [child for _, child in chain[:-1]] == [parent for parent, _ in chain[1:]]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_graph_is_the_routes(path: Path) -> None:
    """Every component is a node, every step of a route an edge keyed by its tensor."""
    chip = built(path)
    assert list(chip.graph.nodes) == list(chip.components)
    for tensor, route in chip.routes.items():
        edges = [(here, there) for here, there, key in chip.graph.edges(keys=True) if key == tensor]
        assert edges == list(pairwise(route))
        assert isinstance(chip.components[route[-1]], Compute)


def test_components_may_stand_in_any_order() -> None:
    """The routes order the components in the nest, wherever the file lists them."""
    document = load("architecture", GOOD / "grid.yaml")
    components = dict(reversed(document.data["components"].items()))
    shuffled = replace(document, data=document.data | {"components": components})
    assert build(shuffled).places == build(document).places
