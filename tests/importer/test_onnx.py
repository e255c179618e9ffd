"""ONNX files: real graphs that nobody here wrote, and small ones with one trap each."""

from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import pytest
from onnx import NodeProto, helper, numpy_helper

from hwsim import NotImported, from_onnx, load_architecture, load_network, simulate
from hwsim.vocabulary import LARGEST_BATCH, WEIGHTS
from hwsim.workload import Network
from tests.importer.files import bounds, model, operator, zeros
from tests.importer.graphs import bare, feeders

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


class Size(NamedTuple):
    """Priced layers, weights without biases, MACs of an image."""

    layers: int
    weights: int
    macs: int


#: The models of ONNX's model zoo, their weights left out, that come with the package onnx. Weights
#: are those of the shelf and of the papers; MACs differ where the zoo's input or padding does.
SIZES = {
    "bvlc_alexnet": Size(8, 60_954_656, 654_560_384),
    "densenet121": Size(121, 7_894_208, 2_834_161_664),
    "inception_v1": Size(58, 6_990_272, 1_431_556_352),
    "inception_v2": Size(70, 11_174_080, 2_018_851_840),
    "resnet50": Size(54, 25_502_912, 4_089_184_256),
    "shufflenet": Size(50, 1_365_464, 124_664_528),
    "squeezenet": Size(26, 1_231_552, 349_151_936),
    "vgg19": Size(19, 143_652_544, 19_632_062_464),
    "zfnet512": Size(8, 87_242_528, 1_481_727_008),
}


def light(name: str, batch: int | None = None) -> Network:
    """One of the models that come with onnx."""
    return from_onnx(LIGHT / f"light_{name}.onnx", batch)


# --- Real graphs -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIZES)
def test_a_model_of_the_zoo_has_its_size(name: str) -> None:
    """Layers, weights and MACs, exactly; its batch of one, which the file fixes, is any."""
    network = light(name)
    assert Size(len(network.layers), network.weights, network.macs) == SIZES[name]
    three = light(name, batch=3)
    assert (three.batch, three.weights, three.macs) == (3, network.weights, 3 * network.macs)


def test_no_model_of_the_zoo_is_left_out() -> None:
    """All that come with onnx are read."""
    assert {path.stem.removeprefix("light_") for path in LIGHT.glob("*.onnx")} == SIZES.keys()


@pytest.mark.parametrize("name", SIZES)
def test_the_graph_of_a_model_is_whole(name: str) -> None:
    """Every node has a shape, and what it yields is read; the last one yields the classes."""
    network = light(name)
    read = {source for node in network.nodes for source in node.sources}
    assert [node.name for node in network.nodes if node.name not in read] == [
        network.nodes[-1].name
    ]
    assert all(node.shape for node in network.nodes)
    assert prod(network.nodes[-1].shape) == 1000


def test_the_zoos_resnet_is_the_shelfs() -> None:
    """The same loops, though shortcuts stand elsewhere, and under other names."""
    shelf, zoo = load_network("resnet50"), light("resnet50")
    loops = [sorted(sorted(one.bounds.items()) for one in net.layers) for net in (shelf, zoo)]
    assert loops[0] == loops[1]


def test_the_zoos_googlenet_is_the_shelfs_but_for_its_maps() -> None:
    """Its pools round down: the same layers in the same graph, on smaller maps."""
    shelf, zoo = load_network("googlenet"), light("inception_v1")
    loops = [
        {name: {**layer.bounds, "P": 0, "Q": 0} for name, layer in bare(net).items()}
        for net in (shelf, zoo)
    ]
    assert loops[0] == loops[1]
    assert feeders(shelf) == feeders(zoo)


def test_a_model_of_the_zoo_is_simulated() -> None:
    """SqueezeNet's first layers, each with a proven mapping, on Eyeriss."""
    result = simulate(load_architecture("eyeriss"), light("squeezenet"), layers="conv1,fire2/*")
    assert len(result.layers) == 4
    assert all(layer.proven for layer in result.layers)


# --- Small graphs ----------------------------------------------------------------------------


def test_an_open_batch_is_one_unless_it_is_asked_for(tmp_path: Path) -> None:
    """Sizes that are computed from it follow, as PyTorch's exporter writes them."""
    nodes = [
        operator("Shape", "x", to="shape"),
        operator("Gather", "shape", "zero", to="images"),
        operator("Unsqueeze", "images", "axis", to="images1"),
        operator("Concat", "images1", "rest", to="sizes", axis=0),
        operator("Reshape", "x", "sizes", to="flat"),
        operator("Gemm", "flat", "fc.weight", transB=1),
    ]
    weights = {
        "zero": np.int64(0),
        "axis": np.array([0]),
        "rest": np.array([-1]),
        "fc.weight": zeros(5, 24),
    }
    path = model(tmp_path, nodes, {"x": ("images", 2, 3, 4)}, weights)
    for batch, images in ((None, 1), (6, 6)):
        network = from_onnx(path, batch)
        assert network.batch == images
        assert network.layers[0].bounds["N"] == images
        assert [node.kind for node in network.nodes] == ["reshape", "fully_connected"]
    with pytest.raises(ValueError, match="a batch has from 1 to"):
        from_onnx(path, LARGEST_BATCH + 1)


def test_a_fixed_batch_that_does_not_divide_is_kept(tmp_path: Path) -> None:
    """Four images can become two or eight; of rows that are no images nothing is known."""
    path = model(tmp_path, [operator("MatMul", "x", "w")], {"x": (4, 6)}, {"w": zeros(6, 5)})
    assert [from_onnx(path, batch).layers[0].bounds["N"] for batch in (None, 2, 8)] == [4, 2, 8]
    constant = [operator("MatMul", "x", "w", to="m"), operator("Transpose", "m", to="t")]
    rows = [*constant, operator("MatMul", "t", "u")]
    path = model(tmp_path, rows, {"x": (4, 6)}, {"w": zeros(6, 5), "u": zeros(4, 3)})
    with pytest.raises(NotImported, match="the file fixes 4 images, which cannot become 2"):
        from_onnx(path, 2)


def test_zeros_of_weights_are_counted_wherever_they_come_from(tmp_path: Path) -> None:
    """Weights pass through operators that no input reaches."""
    nodes = [
        helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(zeros(3, 8), "c")),
        operator("Identity", "c", to="same"),
        operator("Transpose", "same", to="across"),
        operator("Reshape", "across", "sizes", to="weight"),
        operator("Identity", "x", to="x1"),
        operator("MatMul", "x1", "weight"),
    ]
    path = model(tmp_path, nodes, {"x": (2, 4)}, {"sizes": np.array([4, 6])})
    (layer,) = from_onnx(path).layers
    assert (layer.kind, bounds(layer)) == ("fully_connected", {"N": 2, "M": 6, "C": 4})
    assert layer.data.density(WEIGHTS) * 24 == 1


@pytest.mark.parametrize(
    ("node", "inputs", "weights", "expected"),
    [
        (
            operator("Conv", "x", "w", strides=[2, 1], dilations=[1, 2], group=2),
            {"x": (1, 4, 9, 9)},
            {"w": zeros(6, 2, 3, 3)},
            {"G": 2, "M": 3, "C": 2, "P": 4, "Q": 5, "R": 3, "S": 3},
        ),
        (
            operator("ConvTranspose", "x", "w", strides=[2, 2]),
            {"x": (1, 4, 5, 5)},
            {"w": zeros(4, 3, 2, 2)},
            {"M": 3, "C": 4, "P": 5, "Q": 5, "R": 2, "S": 2},
        ),
        (
            operator("Gemm", "x", "w", transA=1),
            {"x": (7, 3)},
            {"w": zeros(7, 5)},
            {"M": 5, "C": 7, "Q": 3},
        ),
        (
            operator("MatMul", "w", "x"),
            {"x": (1, 7, 3)},
            {"w": zeros(5, 7)},
            {"M": 5, "C": 7, "Q": 3},
        ),
        (operator("MatMul", "x", "x"), {"x": (2, 3, 3)}, {}, {"G": 2, "M": 3, "C": 3, "Q": 3}),
        (
            operator("Einsum", "x", "w", equation="nti,io->nto"),
            {"x": (2, 3, 4)},
            {"w": zeros(4, 5)},
            {"N": 2, "M": 5, "C": 4, "Q": 3},
        ),
    ],
    ids=["Conv", "ConvTranspose", "Gemm", "weights", "activations", "Einsum"],
)
def test_an_operator_has_its_loops(
    node: NodeProto,
    inputs: dict[str, tuple[int, ...]],
    weights: dict[str, np.ndarray],
    expected: dict[str, int],
    tmp_path: Path,
) -> None:
    """Each priced operator, with its attributes."""
    (layer,) = from_onnx(model(tmp_path, [node], inputs, weights)).layers
    if node.op_type == "Gemm":  # its rows are no images: the batch is the other rank
        assert layer.macs == prod(expected.values())
    else:
        assert bounds(layer) == expected


def test_what_is_not_priced_is_listed(tmp_path: Path) -> None:
    """Operators of others too, though their shapes, and what follows from them, are not known."""
    nodes = [
        operator("Conv", "x", "conv.weight", to="c", name="/conv/Conv"),
        helper.make_node("Odd", ["c"], ["o"], domain="vendor", name="odd"),
        operator("HardSwish", "o", to="h"),
    ]
    inputs, weights = {"x": (1, 3, 8, 8)}, {"conv.weight": zeros(4, 3, 3, 3)}
    network = from_onnx(model(tmp_path, nodes, inputs, weights, domain="vendor"))
    assert [layer.name for layer in network.layers] == ["conv"]
    assert [(node.name, node.kind, node.shape) for node in network.unpriced] == [
        ("odd", "odd", ()),
        ("h", "hard_swish", ()),
    ]


# --- What cannot be read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"schema: hwsim/network/v1\n", "is no ONNX file"),
        (b"", "is no ONNX file, or an empty one"),
        (None, "no such file; did you mean .*model2.onnx?"),
    ],
)
def test_what_is_no_model_is_a_clear_error(
    content: bytes | None, what: str, tmp_path: Path
) -> None:
    """A file of something else, of nothing, or none."""
    (tmp_path / "model2.onnx").touch()
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotImported, match=f"model.onnx: model: {what}"):
        from_onnx(path)
