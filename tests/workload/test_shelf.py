"""The shelf: each shipped network has the layers and the sizes that are published of it."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest

from hwsim.specification import load, shipped
from hwsim.workload import Layer, Network, build
from hwsim.workload.network import Node


class Size(NamedTuple):
    """Priced layers, weights without biases and batch norms, multiply-accumulates of an image."""

    layers: int
    weights: int
    macs: int


#: The sums of the papers' tables below. Of MobileNet, the text of TensorFlow's research/slim
#: mobilenet_v1 has the sums without the classifier, which adds 1,024,000 to each.
SIZES = {
    "bert_block": Size(8, 7_077_888, 931_135_488),
    "alexnet": Size(8, 60_954_656, 724_406_816),
    "googlenet": Size(58, 6_990_272, 1_582_671_872),
    "mobilenet_v1": Size(28, 3_185_088 + 1_024_000, 567_716_352 + 1_024_000),
    "mobilenet_v2": Size(53, 3_469_760, 300_774_272),
    "resnet18": Size(21, 11_678_912, 1_814_073_344),
    "resnet50": Size(54, 25_502_912, 4_089_184_256),
    "squeezenet1_0": Size(26, 1_244_448, 861_339_936),
    "vgg16": Size(16, 138_344_128, 15_470_264_320),
}

#: Trained parameters, and thousands of millions of MACs, printed: `num_params` and `GFLOPS` of the
#: weights in torchvision's documentation, whose FLOPS are MACs; of MobileNet, the trainable
#: parameters in the summary of Keras's, and the paper's table 4.
PUBLISHED = {
    "mobilenet_v1": (4_231_976, "0.569"),
    "mobilenet_v2": (3_504_872, "0.30"),
    "resnet18": (11_689_512, "1.81"),
    "resnet50": (25_557_032, "4.09"),
    "vgg16": (138_357_544, "15.47"),
}

#: Blocks of each network that branches, and what the names of a block begin with.
BLOCKS = {"googlenet": 9, "mobilenet_v2": 17, "resnet18": 8, "resnet50": 16, "squeezenet1_0": 8}
BLOCK = re.compile(r"inception_\d\w/|layer\d\.\d+\.|features\.\d+\.(?=conv|add|squeeze|expand|cat)")


class Shape(NamedTuple):
    """A convolution: side of its square output, channels in and out, kernel's side, groups."""

    side: int
    inputs: int
    outputs: int
    kernel: int = 1
    groups: int = 1


Named = Iterator[tuple[str, Shape]]


def network(name: str) -> Network:
    """A shipped network, one image."""
    return build(load("network", name), 1)


def shape_of(layer: Layer) -> Shape:
    """The layer's shape; its output and its kernel are square."""
    g, m, c, p, q, r, s = (layer.bounds[dimension] for dimension in "GMCPQRS")
    assert (p, r) == (q, s), layer.name
    return Shape(side=p, inputs=g * c, outputs=g * m, kernel=r, groups=g)


def parameters(network: Network) -> int:
    """Weights, scale and shift of every batch norm, and a bias where no batch norm follows."""
    channels = {node.name: node.shape[0] for node in network.nodes}
    norms = [node for node in network.nodes if node.kind == "batch_norm"]
    normed = {source for norm in norms for source in norm.sources}
    biases = sum(channels[layer.name] for layer in network.layers if layer.name not in normed)
    return network.weights + biases + 2 * sum(channels[norm.name] for norm in norms)


def blocks(network: Network) -> list[list[Node]]:
    """The nodes of each block, in their order."""
    found = dict[str, list[Node]]()
    for node in network.nodes:
        if match := BLOCK.match(node.name):
            found.setdefault(match.group(), []).append(node)
    return list(found.values())


# --- The papers' tables ----------------------------------------------------------------------


def alexnet() -> Named:
    """Krizhevsky et al., NIPS 2012, section 3.5, in the groups of its two graphics processors."""
    yield "conv1", Shape(55, 3, 96, 11)
    yield "conv2", Shape(27, 96, 256, 5, groups=2)
    yield "conv3", Shape(13, 256, 384, 3)
    yield "conv4", Shape(13, 384, 384, 3, groups=2)
    yield "conv5", Shape(13, 384, 256, 3, groups=2)
    yield "fc6", Shape(1, 256 * 6 * 6, 4096)
    yield "fc7", Shape(1, 4096, 4096)
    yield "fc8", Shape(1, 4096, 1000)


def googlenet() -> Named:
    """Szegedy et al., CVPR 2015, table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj."""
    table = {
        "3a": (28, 64, 96, 128, 16, 32, 32),
        "3b": (28, 128, 128, 192, 32, 96, 64),
        "4a": (14, 192, 96, 208, 16, 48, 64),
        "4b": (14, 160, 112, 224, 24, 64, 64),
        "4c": (14, 128, 128, 256, 24, 64, 64),
        "4d": (14, 112, 144, 288, 32, 64, 64),
        "4e": (14, 256, 160, 320, 32, 128, 128),
        "5a": (7, 256, 160, 320, 32, 128, 128),
        "5b": (7, 384, 192, 384, 48, 128, 128),
    }
    yield "conv1/7x7_s2", Shape(112, 3, 64, 7)
    yield "conv2/3x3_reduce", Shape(56, 64, 64)
    yield "conv2/3x3", Shape(56, 64, 192, 3)
    inputs = 192
    for name, (side, one, three_reduce, three, five_reduce, five, pool) in table.items():
        yield f"inception_{name}/1x1", Shape(side, inputs, one)
        yield f"inception_{name}/3x3_reduce", Shape(side, inputs, three_reduce)
        yield f"inception_{name}/3x3", Shape(side, three_reduce, three, 3)
        yield f"inception_{name}/5x5_reduce", Shape(side, inputs, five_reduce)
        yield f"inception_{name}/5x5", Shape(side, five_reduce, five, 5)
        yield f"inception_{name}/pool_proj", Shape(side, inputs, pool)
        inputs = one + three + five + pool
    yield "loss3/classifier", Shape(1, 1024, 1000)


def vgg16() -> Named:
    """Simonyan, Zisserman, ICLR 2015, table 1, column D."""
    inputs = 3
    groups = ((224, 64, 2), (112, 128, 2), (56, 256, 3), (28, 512, 3), (14, 512, 3))
    for group, (side, width, times) in enumerate(groups, 1):
        for index in range(1, times + 1):
            yield f"conv{group}_{index}", Shape(side, inputs, width, 3)
            inputs = width
    yield "fc6", Shape(1, 512 * 7 * 7, 4096)
    yield "fc7", Shape(1, 4096, 4096)
    yield "fc8", Shape(1, 4096, 1000)


def squeezenet1_0() -> Named:
    """Iandola et al., 2016, table 1: s1x1 and e1x1 = e3x3 of fire2 to fire9.

    Sides are those of the authors' prototxt: 227 x 227 in, and a padding of 1 on conv10.
    """
    fires = (
        (3, 55, 16, 64),
        (4, 55, 16, 64),
        (5, 55, 32, 128),
        (7, 27, 32, 128),
        (8, 27, 48, 192),
        (9, 27, 48, 192),
        (10, 27, 64, 256),
        (12, 13, 64, 256),
    )
    yield "features.0", Shape(111, 3, 96, 7)
    inputs = 96
    for index, side, squeeze, expand in fires:
        yield f"features.{index}.squeeze", Shape(side, inputs, squeeze)
        yield f"features.{index}.expand1x1", Shape(side, squeeze, expand)
        yield f"features.{index}.expand3x3", Shape(side, squeeze, expand, 3)
        inputs = 2 * expand
    yield "classifier.1", Shape(15, 512, 1000)


def resnet18() -> Named:
    """He et al., CVPR 2016, table 1, with shortcuts of option B."""
    yield "conv1", Shape(112, 3, 64, 7)
    inputs = 64
    for stage, (side, width) in enumerate(((56, 64), (28, 128), (14, 256), (7, 512)), 1):
        for block in (f"layer{stage}.0", f"layer{stage}.1"):
            yield f"{block}.conv1", Shape(side, inputs, width, 3)
            yield f"{block}.conv2", Shape(side, width, width, 3)
            if inputs != width:
                yield f"{block}.downsample.0", Shape(side, inputs, width)
            inputs = width
    yield "fc", Shape(1, 512, 1000)


def resnet50() -> Named:
    """He et al., CVPR 2016, table 1; the first 1x1 of a stage does not stride (version 1.5)."""
    yield "conv1", Shape(112, 3, 64, 7)
    inputs, before = 64, 56
    stages = ((56, 64, 3), (28, 128, 4), (14, 256, 6), (7, 512, 3))
    for stage, (side, width, times) in enumerate(stages, 1):
        for index in range(times):
            block = f"layer{stage}.{index}"
            yield f"{block}.conv1", Shape(before, inputs, width)
            yield f"{block}.conv2", Shape(side, width, width, 3)
            yield f"{block}.conv3", Shape(side, width, 4 * width)
            if index == 0:
                yield f"{block}.downsample.0", Shape(side, inputs, 4 * width)
            inputs, before = 4 * width, side
    yield "fc", Shape(1, 2048, 1000)


def mobilenet_v1() -> Named:
    """Howard et al., 2017, table 1."""
    widths = (32, 64, 128, 128, 256, 256, *6 * (512,), 1024, 1024)
    sides = (112, 56, 56, 28, 28, *6 * (14,), 7, 7)
    yield "Conv2d_0", Shape(112, 3, 32, 3)
    for index, (side, (width, wider)) in enumerate(zip(sides, pairwise(widths), strict=True), 1):
        yield f"Conv2d_{index}_depthwise", Shape(side, width, width, 3, groups=width)
        yield f"Conv2d_{index}_pointwise", Shape(side, width, wider)
    yield "Logits/Conv2d_1c_1x1", Shape(1, 1024, 1000)


def mobilenet_v2() -> Named:
    """Sandler et al., CVPR 2018, table 2: side out, channels, times; blocks expand to six times."""
    yield "features.0.0", Shape(112, 3, 32, 3)
    yield "features.1.conv.0.0", Shape(112, 32, 32, 3, groups=32)
    yield "features.1.conv.1", Shape(112, 32, 16)
    index, inputs, before = 1, 16, 112
    table = ((56, 24, 2), (28, 32, 3), (14, 64, 4), (14, 96, 3), (7, 160, 3), (7, 320, 1))
    for side, width, times in table:
        for _ in range(times):
            index, inner = index + 1, 6 * inputs
            yield f"features.{index}.conv.0.0", Shape(before, inputs, inner)
            yield f"features.{index}.conv.1.0", Shape(side, inner, inner, 3, groups=inner)
            yield f"features.{index}.conv.2", Shape(side, inner, width)
            inputs, before = width, side
    yield "features.18.0", Shape(7, 320, 1280)
    yield "classifier.1", Shape(1, 1280, 1000)


#: Without bert_block, which is no map of pixels: tests/workload/test_sequences.py has its table.
TABLES: dict[str, Callable[[], Named]] = {
    "alexnet": alexnet,
    "googlenet": googlenet,
    "mobilenet_v1": mobilenet_v1,
    "mobilenet_v2": mobilenet_v2,
    "resnet18": resnet18,
    "resnet50": resnet50,
    "squeezenet1_0": squeezenet1_0,
    "vgg16": vgg16,
}


# --- Each network ----------------------------------------------------------------------------


def test_no_network_stands_on_the_shelf_unchecked() -> None:
    """What is shipped has its sizes and its table."""
    assert set(shipped("network")) == set(SIZES) == {*TABLES, "bert_block"}


@pytest.mark.parametrize("name", SIZES)
def test_a_network_has_its_size(name: str) -> None:
    """Layers, weights and MACs, exactly."""
    found = network(name)
    assert Size(len(found.layers), found.weights, found.macs) == SIZES[name]


@pytest.mark.parametrize("name", TABLES)
def test_a_network_has_the_layers_of_its_papers_table(name: str) -> None:
    """Names, sides, channels, kernels and groups, in their order."""
    found = [(layer.name, shape_of(layer)) for layer in network(name).layers]
    assert found == list(TABLES[name]())


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_network_has_the_parameters_and_the_macs_that_are_published(name: str) -> None:
    """With biases and batch norms, as others count; MACs to the digits they print."""
    found, (count, printed) = network(name), PUBLISHED[name]
    assert parameters(found) == count
    assert f"{found.macs / 1e9:.{len(printed.partition('.')[2])}f}" == printed


def test_squeezenet_is_torchvisions_but_for_its_input_and_one_padding() -> None:
    """At 224 x 224 and without conv10's padding: torchvision's 1,248,424 and 0.82."""
    changes = ["input.height=224", "input.width=224", 'layers."classifier.1".padding=0']
    found = build(load("network", "squeezenet1_0", changes))
    assert parameters(found) == parameters(network("squeezenet1_0")) == 1_248_424
    assert f"{found.macs / 1e9:.2f}" == "0.82"


def test_googlenet_has_the_parameters_of_the_caffe_model() -> None:
    """OpenVINO's Open Model Zoo prints 6.999 million of googlenet-v1, biases included."""
    assert f"{parameters(network('googlenet')) / 1e6:.3f}" == "6.999"


# --- Their graphs ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_every_branch_is_read_and_the_last_node_yields_the_classes(name: str) -> None:
    """No output is lost on the way to the 1000 classes of ImageNet."""
    found = network(name)
    read = {source for node in found.nodes for source in node.sources}
    assert [node.name for node in found.nodes if node.name not in read] == [found.nodes[-1].name]
    assert found.nodes[-1].shape == (1000, 1, 1)


@pytest.mark.parametrize(("name", "count"), BLOCKS.items())
def test_a_block_reads_only_the_node_before_it(name: str, count: int) -> None:
    """All its branches start where the block before ends."""
    found = network(name)
    before = {node: earlier for earlier, node in pairwise(found.nodes)}
    assert len(blocks(found)) == count
    for block in blocks(found):
        own = {node.name for node in block}
        read = {source for node in block for source in node.sources}
        assert read - own == {before[block[0]].name}


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet18", "resnet50"])
def test_an_addition_takes_the_shortcut_around_its_block(name: str) -> None:
    """One of its two sources is what the block reads, or the convolution of just that."""
    for block in blocks(network(name)):
        (entry,) = block[0].sources
        shortcuts = {entry} | {node.name for node in block if "downsample" in node.name}
        for node in block:
            if node.kind == "addition":
                assert len(shortcuts.intersection(node.sources)) == 1
            if node.name.endswith("downsample.0"):
                assert node.sources == (entry,)
