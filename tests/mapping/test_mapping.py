"""Given mappings: from the document to the nests of the layers that it names."""

from pathlib import Path

import pytest

from hwsim import architecture, workload
from hwsim.mapping import build, nests
from hwsim.mapping.nest import Loop
from hwsim.specification import load, render, shipped
from tests.test_bad_files import named

GOOD = Path(__file__).parents[1] / "good" / "mapping" / "pair_on_grid.yaml"
DOCUMENTS = [*shipped("mapping").values(), GOOD]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_yaml_to_object_to_yaml_is_the_identity(path: Path, tmp_path: Path) -> None:
    """What is rendered builds an equal mapping, with its loops in the same order."""
    again = tmp_path / "again.yaml"
    again.write_text(render(load("mapping", path)), encoding="utf-8")
    given, read = build(load("mapping", path)), build(load("mapping", again))
    assert (read.name, read.tiles, read.document) == (given.name, given.tiles, given.document)
    assert ordered(read.tiles) == ordered(given.tiles)


def ordered(tiles: object) -> object:
    """The mapping as nested lists, so that order counts."""
    if isinstance(tiles, dict):
        return [[key, ordered(value)] for key, value in tiles.items()]
    return tiles


def test_a_nest_has_the_loops_as_they_are_written() -> None:
    """Outermost first at each place, and places in the order of the architecture."""
    document = load("mapping", GOOD)
    chip = architecture.build(named(document, "architecture"))
    net = workload.build(named(document, "network"))
    found = nests(build(document), chip, net)
    assert list(found) == ["conv1", "conv2"]
    assert found["conv2"].loops == (
        Loop(place="dram", dimension="G", tile=1),
        Loop(place="dram", dimension="C", tile=2),
        Loop(place="dram", dimension="Q", tile=1),
        Loop(place="grid.rows", dimension="R", tile=1),
        Loop(place="grid.columns", dimension="P", tile=1),
        Loop(place="spad", dimension="C", tile=1),
        Loop(place="spad", dimension="S", tile=1),
        Loop(place="spad", dimension="M", tile=1),
    )
    assert list(found["conv2"].loops_at) == [place.name for place in chip.places]


def test_tiles_shrink_from_the_layer_to_a_single_iteration() -> None:
    """A position's tile is what the loops outside it leave."""
    document = load("mapping", GOOD)
    chip = architecture.build(named(document, "architecture"))
    net = workload.build(named(document, "network"))
    nest, layer = nests(build(document), chip, net)["conv1"], net.layers[0]
    tiles = [nest.tiles(layer.bounds, chip.position(name)) for name in ("dram", "buffer", "spad")]
    assert tiles[0] == layer.bounds
    assert tiles[1] == dict(layer.bounds) | {"M": 4, "P": 4, "Q": 1, "C": 2}
    assert tiles[2] == tiles[1] | {"R": 1, "P": 1}
    assert set(nest.tiles(layer.bounds, len(chip.places)).values()) == {1}


@pytest.mark.parametrize("path", shipped("mapping").values(), ids=lambda path: path.stem)
def test_a_shipped_mapping_fits_what_it_says_it_is_for(path: Path) -> None:
    """On the shipped architecture and network that it names, at batches of one and of four."""
    document = load("mapping", path)
    chip = architecture.build(load("architecture", document.data["architecture"]))
    for batch in (1, 4):
        net = workload.build(load("network", document.data["network"]), batch)
        assert list(nests(build(document), chip, net)) == list(document.data["layers"])
