"""Networks: shapes that chain, and the loop nests of what is priced."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hwsim.specification import load, load_any, render, shipped
from hwsim.specification.schema import schema
from hwsim.vocabulary import LARGEST_BATCH
from hwsim.workload import Network, build
from tests.build import convolution, depthwise, fully_connected

GOOD = Path(__file__).parents[1] / "good" / "network"
DOCUMENTS = [*shipped("network").values(), *sorted(GOOD.iterdir())]
Builder = Callable[..., Network]

#: Groups, output and input channels of a group, output side, kernel (Krizhevsky et al., 2012).
ALEXNET = {
    "conv1": convolution(G=1, M=96, C=3, P=55, Q=55, R=11, S=11, stride=4),
    "conv2": convolution(G=2, M=128, C=48, P=27, Q=27, R=5, S=5),
    "conv3": convolution(G=1, M=384, C=256, P=13, Q=13, R=3, S=3),
    "conv4": convolution(G=2, M=192, C=192, P=13, Q=13, R=3, S=3),
    "conv5": convolution(G=2, M=128, C=192, P=13, Q=13, R=3, S=3),
    "fc6": fully_connected(M=4096, C=256 * 6 * 6),
    "fc7": fully_connected(M=4096, C=4096),
    "fc8": fully_connected(M=1000, C=4096),
}


def alexnet(batch: int | None = None) -> Network:
    """The shipped AlexNet."""
    return build(load("network", "alexnet"), batch)


@pytest.fixture
def net(tmp_path: Path) -> Builder:
    """Builds a network of 3 x 8 x 8 inputs from its layers as YAML."""

    def built(**layers: str) -> Network:
        lines = "".join(f"  {name}: {{{settings}}}\n" for name, settings in layers.items())
        path = tmp_path / "net.yaml"
        head = "schema: hwsim/network/v1\nname: net\ninput: {channels: 3, height: 8, width: 8}\n"
        path.write_text(f"{head}layers:\n{lines}")
        return build(load_any(path))

    return built


def shapes(network: Network) -> dict[str, tuple[int, ...]]:
    """The shape that each node yields."""
    return {node.name: node.shape for node in network.nodes}


# --- AlexNet ---------------------------------------------------------------------------------


def test_alexnet_has_the_published_totals() -> None:
    """Caffe's grouped AlexNet: 60,954,656 weights and 724,406,816 MACs an image."""
    assert alexnet().weights == 60_954_656
    assert alexnet().macs == 724_406_816


def test_alexnet_has_its_eight_layers() -> None:
    """Five convolutions and three fully connected layers, each with its loop nest."""
    found = {layer.name: layer for layer in alexnet().layers}
    assert list(found) == list(ALEXNET)
    for name, expected in ALEXNET.items():
        assert replace(found[name], maps={}) == replace(expected, name=name), name


def test_a_batch_scales_macs_and_not_weights() -> None:
    """Every image is worked on with the same weights."""
    one, four = alexnet(), alexnet(batch=4)
    assert four.macs == 4 * one.macs
    assert four.weights == one.weights
    assert (one.batch, four.batch) == (1, 4)
    assert all(layer.bounds["N"] == 4 for layer in four.layers)


@pytest.mark.parametrize("batch", [-1, 0, LARGEST_BATCH + 1])
def test_a_batch_has_an_image_and_not_too_many(batch: int) -> None:
    """What no document may say, no caller may ask for."""
    said = schema("network")["$defs"]["whole"]["properties"]["batch"]
    assert (said["minimum"], said["maximum"]) == (1, LARGEST_BATCH)
    with pytest.raises(ValueError, match=f"from 1 to {LARGEST_BATCH} images, not {batch}"):
        alexnet(batch=batch)


def test_what_is_not_priced_is_listed() -> None:
    """Pools, normalisations and activations pass shapes on, and the network says which."""
    names = [node.name for node in alexnet().unpriced]
    assert names == [
        *("relu1", "norm1", "pool1", "relu2", "norm2", "pool2"),
        *("relu3", "relu4", "relu5", "pool5", "relu6", "relu7"),
    ]
    assert {node.kind for node in alexnet().unpriced} == {"relu", "lrn", "max_pool"}


# --- From a document to the network ----------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_yaml_to_object_to_yaml_is_the_identity(path: Path, tmp_path: Path) -> None:
    """What is rendered builds an equal network."""
    again = tmp_path / "again.yaml"
    again.write_text(render(load("network", path)), encoding="utf-8")
    assert build(load("network", again)) == build(load("network", path))


def test_the_documents_batch_counts_unless_another_is_asked_for(tmp_path: Path) -> None:
    """The caller has the last word."""
    path = tmp_path / "four.yaml"
    path.write_text(
        "schema: hwsim/network/v1\nname: four\nextends: alexnet\nset: {batch: 4}\n",
        encoding="utf-8",
    )
    assert build(load_any(path)).batch == 4
    assert build(load_any(path), 2).batch == 2


# --- Layers ----------------------------------------------------------------------------------


def test_a_convolution_is_a_nest_of_its_groups(net: Builder) -> None:
    """M and C are the channels of one group; a side of 8 padded by 1 yields 4 at stride 2."""
    settings = "out_channels: 6, kernel: 3, stride: 2, padding: 1, groups: 3"
    (layer,) = net(layer=f"kind: convolution, {settings}").layers
    expected = convolution(G=3, M=2, C=1, P=4, Q=4, R=3, S=3, stride=2)
    assert layer == replace(expected, maps={"P": (1, 8), "Q": (1, 8)})


def test_pairs_are_vertical_and_horizontal(net: Builder) -> None:
    """Each side has its own kernel, stride, dilation and padding."""
    both = "kernel: [3, 2], stride: [1, 2], dilation: [2, 1], padding: [0, 1]"
    (layer,) = net(layer=f"kind: convolution, out_channels: 1, {both}").layers
    assert {name: layer.bounds[name] for name in "PQRS"} == {"P": 4, "Q": 5, "R": 3, "S": 2}
    _, _, _, rows, columns = layer.tensors["inputs"]
    assert rows.terms == (("P", 1), ("R", 2))
    assert columns.terms == (("Q", 2), ("S", 1))


def test_padding_may_differ_on_each_side(net: Builder) -> None:
    """[top, bottom, left, right]: 8 + 2 rows and 8 + 4 columns under a kernel of 3."""
    network = net(layer="kind: convolution, out_channels: 1, kernel: 3, padding: [2, 0, 1, 3]")
    assert shapes(network)["layer"] == (1, 8, 10)


def test_a_depthwise_convolution_has_a_group_for_each_channel(net: Builder) -> None:
    """With a multiplier, each channel yields as many."""
    network = net(
        plain="kind: depthwise_convolution, kernel: 3",
        wide="kind: depthwise_convolution, kernel: 3, multiplier: 2",
    )
    plain, wide = network.layers
    assert plain == replace(depthwise(G=3, P=6, Q=6, R=3, S=3), name="plain")
    assert wide == replace(depthwise(G=3, M=2, P=4, Q=4, R=3, S=3), name="wide")
    assert shapes(network) == {"plain": (3, 6, 6), "wide": (6, 4, 4)}


def test_a_fully_connected_layer_reads_every_element(net: Builder) -> None:
    """It flattens what it reads: 3 x 8 x 8 elements."""
    network = net(layer="kind: fully_connected, out_features: 10, in_features: 192")
    assert network.layers == (fully_connected(M=10, C=192),)
    assert shapes(network) == {"layer": (10, 1, 1)}


def test_assertions_that_hold_change_nothing(net: Builder) -> None:
    """`in_channels` is checked, not used."""
    settings = "kind: convolution, out_channels: 4, kernel: 3"
    assert net(a=settings) == net(a=f"{settings}, in_channels: 3")


@pytest.mark.parametrize("kind", ["max_pool", "average_pool"])
def test_a_pool_rounds_down_unless_told_otherwise(net: Builder, kind: str) -> None:
    """(8 - 3) / 2 is 2.5 steps."""
    settings = f"kind: {kind}, from: input, kernel: 3, stride: 2"
    network = net(down=settings, up=f"{settings}, ceil_mode: true")
    assert shapes(network) == {"down": (3, 3, 3), "up": (3, 4, 4)}
    assert network.layers == ()


def test_other_nodes_pass_on_what_they_read(net: Builder) -> None:
    """Activations keep the shape, a global pool keeps channels, flatten keeps elements."""
    same = ("relu", "lrn", "batch_norm", "dropout", "softmax")
    others = {kind: f"kind: {kind}" for kind in (*same, "flatten")}
    network = net(**others, pool="kind: global_average_pool, from: input")
    assert shapes(network) == {
        **dict.fromkeys(same, (3, 8, 8)),
        "flatten": (192, 1, 1),
        "pool": (3, 1, 1),
    }


# --- The graph -------------------------------------------------------------------------------


def test_a_node_reads_the_one_before_it_unless_it_says_from(net: Builder) -> None:
    """The first reads the input; `from` names any that stands before."""
    network = net(
        a="kind: convolution, out_channels: 4, kernel: 3",
        b="kind: relu",
        c="kind: convolution, from: a, out_channels: 5, kernel: 1",
        d="kind: relu, from: [input]",
    )
    sources = {node.name: node.sources for node in network.nodes}
    assert sources == {"a": ("input",), "b": ("a",), "c": ("a",), "d": ("input",)}
    assert shapes(network)["d"] == (3, 8, 8)


def test_a_concatenation_adds_channels_up(net: Builder) -> None:
    """Maps of one size stand behind each other, one of them twice if it is named twice."""
    network = net(
        a="kind: convolution, out_channels: 4, kernel: 1",
        joined="kind: concatenation, from: [a, input, a]",
        next="kind: convolution, out_channels: 1, kernel: 1",
    )
    assert shapes(network)["joined"] == (11, 8, 8)
    assert network.layers[-1].bounds["C"] == 11


def test_an_addition_keeps_the_shape(net: Builder) -> None:
    """A shortcut around a layer of the same shape."""
    network = net(
        a="kind: convolution, out_channels: 3, kernel: 3, padding: 1",
        sum="kind: addition, from: [input, a]",
    )
    assert shapes(network)["sum"] == (3, 8, 8)
    assert [node.name for node in network.unpriced] == ["sum"]
