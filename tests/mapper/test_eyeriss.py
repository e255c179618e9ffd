"""The mapper on the shipped Eyeriss: every layer of AlexNet, and the chip's own mappings."""

import pytest

from hwsim import load_architecture, load_mapping, load_network
from hwsim import mapping as mappings
from hwsim.architecture.architecture import Architecture
from hwsim.mapper import best_nest
from hwsim.mapping.fit import misfits
from hwsim.workload.layer import Layer
from tests.mapper.space import energy

CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
LAYERS = (*CONVOLUTIONS, "fc6", "fc7", "fc8")


def eyeriss() -> Architecture:
    """The shipped chip."""
    return load_architecture("eyeriss")


def layer_of(name: str, batch: int) -> Layer:
    """That layer of AlexNet."""
    return next(layer for layer in load_network("alexnet", batch).layers if layer.name == name)


def test_these_are_the_layers() -> None:
    """No layer of AlexNet is missed."""
    assert tuple(layer.name for layer in load_network("alexnet").layers) == LAYERS


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_is_mapped_and_fits(name: str) -> None:
    """A mapping is found that the chip can run, and the same one each time."""
    chip, layer = eyeriss(), layer_of(name, batch=1)
    found = best_nest(chip, layer)
    assert misfits(chip, layer, found) == []
    assert best_nest(eyeriss(), layer_of(name, batch=1)) == found


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("given", ["eyeriss_jssc_alexnet", "eyeriss_jssc_alexnet_printed"])
def test_the_best_is_at_most_the_chips_own(name: str, given: str) -> None:
    """At batch 4, in energy: the published mappings are in the declared space, or beaten by it."""
    chip, network = eyeriss(), load_network("alexnet", 4)
    own = mappings.nests(load_mapping(given), chip, network)
    layer = layer_of(name, batch=4)
    if name in own:
        assert energy(chip, layer, best_nest(chip, layer)) <= energy(chip, layer, own[name])
