"""Sizes that an ONNX file leaves open, what their user says of them, and what is left out."""

from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import NodeProto, TensorProto, helper
from torch import Tensor, nn

from hwsim import NoLayer, NotImported, from_onnx, from_torch, load_network
from tests.importer.files import bounds, model, operator, zeros

WEIGHTS = {"a.weight": zeros(4, 3, 3, 3), "b.weight": zeros(4, 4, 1, 1)}
NODES = [
    operator("Conv", "x", "a.weight", to="c"),
    operator("Relu", "c", to="r"),
    operator("Conv", "r", "b.weight"),
]


def test_open_sizes_are_named_once(tmp_path: Path) -> None:
    """One line an input, with what to do, not one for each operator that follows from it."""
    path = model(tmp_path, NODES, {"x": ("n", 3, "height", 9)}, WEIGHTS)
    with pytest.raises(NotImported) as error:
        from_onnx(path, 2)
    assert str(error.value) == (
        f"{path}: x: its sizes are open: 2 x 3 x height x 9;"
        " give them, as --shape x=2,3,N,9 or --dim height=N"
    )


def test_a_shape_closes_what_is_open(tmp_path: Path) -> None:
    """The first size is the batch that the file then fixes; more images are a multiple."""
    path = model(tmp_path, NODES, {"x": ("n", 3, "height", "width")}, WEIGHTS)
    for batch, images in ((None, 2), (6, 6)):
        network = from_onnx(path, batch, shapes={"x": (2, 3, 12, 7)})
        assert network.batch == images
        first, _ = network.layers
        assert bounds(first) == {"N": images, "M": 4, "C": 3, "P": 10, "Q": 5, "R": 3, "S": 3}


def test_a_dim_closes_all_sizes_of_its_name(tmp_path: Path) -> None:
    """In every input; what the file fixes stays."""
    nodes = [
        operator("MatMul", "x", "w", to="p"),
        operator("Add", "p", "mask", to="q"),
        operator("MatMul", "q", "v"),
    ]
    inputs = {"x": ("n", "tokens", 8), "mask": ("n", "tokens", 6)}
    path = model(tmp_path, nodes, inputs, {"w": zeros(8, 6), "v": zeros(6, 5)})
    network = load_network(path, 3, dims={"tokens": 128})
    assert [layer.macs for layer in network.layers] == [3 * 128 * 48, 3 * 128 * 30]
    assert [bounds(layer)["Q"] for layer in network.layers] == [128, 128]


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"shapes": {"y": (1, 3, 8, 8)}}, "model: has no input 'y': there are x"),
        ({"shapes": {"x": (1, 3, 8)}}, "x: is n x 3 x height x 9, which 1 x 3 x 8 does not fit"),
        ({"shapes": {"x": (1, 4, 8, 9)}}, "x: is n x 3 x height x 9, which 1 x 4 x 8 x 9 does"),
        ({"shapes": {"x": (1, 3, 0, 9)}}, "x: 1 x 3 x 0 x 9 is no shape"),
        ({"dims": {"heigth": 8}}, "model: leaves no size 'heigth' open; did you mean height?"),
        ({"dims": {"height": -8}}, "height: -8 is no size"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(
    given: dict[str, dict[str, object]], what: str, tmp_path: Path
) -> None:
    """In words of the file, with what was meant."""
    path = model(tmp_path, NODES, {"x": ("n", 3, "height", 9)}, WEIGHTS)
    with pytest.raises(NotImported, match=f"model.onnx: {what.replace('?', '.')}"):
        from_onnx(path, **given)  # type: ignore[arg-type]


def test_only_onnx_leaves_sizes_open() -> None:
    """Of another network nothing is closed in silence."""
    with pytest.raises(NotImported, match="only ONNX files can leave sizes open"):
        load_network("alexnet", dims={"height": 8})


@pytest.mark.parametrize("written", [-1, 0, "n"])
@pytest.mark.parametrize("batch", [None, 4])
def test_a_batch_that_is_no_number_is_an_open_one(
    written: int | str, batch: int | None, tmp_path: Path
) -> None:
    """Some exporters write -1 or 0 for it."""
    nodes = [
        operator("Conv", "x", "a.weight", to="c"),
        operator("Flatten", "c", to="f"),
        operator("Gemm", "f", "fc.weight"),
    ]
    weights = {"a.weight": zeros(4, 3, 3, 3), "fc.weight": zeros(144, 5)}
    network = from_onnx(model(tmp_path, nodes, {"x": (written, 3, 8, 8)}, weights), batch)
    assert network.batch == (batch or 1)
    assert network.macs == (batch or 1) * (4 * 27 * 36 + 144 * 5)


def test_sizes_that_are_no_batch_are_open_too(tmp_path: Path) -> None:
    """A height of -1 is asked for, as one with a name."""
    path = model(tmp_path, NODES, {"x": (-1, 3, -1, 9)}, WEIGHTS)
    with pytest.raises(NotImported, match=r"x: its sizes are open: 1 x 3 x \? x 9"):
        from_onnx(path)
    assert from_onnx(path, shapes={"x": (1, 3, 9, 9)}).macs > 0


# --- What is left out ------------------------------------------------------------------------


def volume(folder: Path) -> Path:
    """A file with a convolution over three axes, which has no nest, between two others."""
    nodes = [
        operator("Conv", "x", "a.weight", to="c"),
        operator("Conv", "c", "deep.weight", to="d"),
        operator("Conv", "d", "b.weight"),
    ]
    weights = {
        "a.weight": zeros(4, 3, 1, 1, 1),
        "deep.weight": zeros(4, 4, 3, 3, 3),
        "b.weight": zeros(2, 4, 1, 1, 1),
    }
    return model(folder, nodes, {"x": (1, 3, 8, 8, 8)}, weights)


def test_what_is_not_understood_can_be_left_out(tmp_path: Path) -> None:
    """By the name that the refusal says; the rest is priced, and what lacks is named."""
    path = volume(tmp_path)
    with pytest.raises(
        NotImported, match=r"deep: its windows slide .*; --skip deep, or skip='deep' in Python"
    ):
        from_onnx(path)
    network = from_onnx(path, skip="deep")
    assert [layer.name for layer in network.layers] == ["a", "b"]
    assert [(one.name, one.why) for one in network.missing] == [
        ("deep", "it is left out, as asked")
    ]
    assert [node.sources for node in network.nodes] == [("input",), ("a",), ("deep",)]


def test_layers_that_are_priced_can_be_left_out(tmp_path: Path) -> None:
    """Then it is known how much is missing; each pattern must match something."""
    network = from_onnx(volume(tmp_path), skip="d*, b")
    assert [layer.name for layer in network.layers] == ["a"]
    assert {one.name: one.macs for one in network.missing} == {
        "deep": 4 * 4 * 27 * 216,
        "b": 2 * 4 * 216,
    }
    with pytest.raises(NoLayer, match="no priced layer matches 'c'"):
        from_onnx(volume(tmp_path), skip="deep,c")


def test_layers_of_every_network_can_be_left_out() -> None:
    """Also of one that is shipped; nothing is lost but said."""
    whole, part = load_network("alexnet"), load_network("alexnet", skip="fc*")
    assert part.macs + sum(one.macs or 0 for one in part.missing) == whole.macs
    assert {one.name for one in part.missing} == {"fc6", "fc7", "fc8"}
    with pytest.raises(NoLayer, match="no priced layer matches 'fc9'"):
        load_network("alexnet", skip="fc9")


# --- Names -----------------------------------------------------------------------------------


def scoped(node: NodeProto, scopes: list[str], classes: list[str]) -> NodeProto:
    """The operator as torch.onnx writes it, with the modules that it is in."""
    for key, value in (("name_scopes", scopes), ("class_hierarchy", classes)):
        node.metadata_props.add(key=f"pkg.torch.onnx.{key}", value=repr(value))
    return node


def test_numbered_operators_have_the_names_of_their_modules(tmp_path: Path) -> None:
    """Where torch's exporter says them, and no weight does; else their own, which may say them."""
    linear = operator("MatMul", "x", "val_3", to="a", name="node_MatMul_11")
    product = operator("MatMul", "a", "a", to="b", name="node_MatMul_12")
    path = ["", "encoder", "encoder.attention", "encoder.attention.query", "linear_2"]
    within = [
        "Net",
        "Encoder",
        "Attention",
        "torch.nn.modules.linear.Linear",
        "aten.linear.default",
    ]
    nodes = [
        scoped(linear, path, within),
        scoped(product, [*path[:3], "matmul"], [*within[:3], "aten.matmul.default"]),
        operator("MatMul", "b", "val_4", to="c", name="/encoder/layer.0/output/MatMul"),
        operator("MatMul", "c", "head.weight", to="d", name="node_MatMul_13"),
        operator("MatMul", "d", "val_5", name="node_MatMul_14"),
    ]
    weights = {name: zeros(6, 6) for name in ("val_3", "val_4", "head.weight", "val_5")}
    network = from_onnx(model(tmp_path, nodes, {"x": (6, 6)}, weights))
    assert [layer.name for layer in network.layers] == [
        "encoder.attention.query",
        "encoder.attention.matmul",
        "encoder.layer.0.output",
        "head",
        "node_MatMul_14",
    ]


def test_a_weight_without_a_name_has_that_of_its_bias(tmp_path: Path) -> None:
    """As linear layers whose weights an exporter has turned."""
    nodes = [
        operator("MatMul", "x", "onnx::MatMul_7", to="a", name="/fc1/MatMul"),
        operator("Add", "encoder.fc1.bias", "a", to="b"),
        operator("MatMul", "b", "onnx::MatMul_8", to="c", name="/fc2/MatMul"),
        operator("Add", "c", "b"),
    ]
    weights = {name: zeros(6, 6) for name in ("onnx::MatMul_7", "onnx::MatMul_8")}
    weights["encoder.fc1.bias"] = zeros(6)
    network = from_onnx(model(tmp_path, nodes, {"x": (6, 6)}, weights))
    assert [layer.name for layer in network.layers] == ["encoder.fc1", "fc2"]


class Blocks(nn.Module):
    """Modules in modules of several kinds, none of whose weights an exporter leaves its name."""

    def __init__(self) -> None:
        super().__init__()
        same = [nn.Linear(8, 8) for _ in range(2)]
        for layer in same:
            nn.init.zeros_(layer.bias)
        self.twins = nn.ModuleList(same)
        self.inner = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Linear(8, 8, bias=False)))
        self.shared = nn.Linear(8, 8, bias=False)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.once = nn.LSTM(8, 8, batch_first=True)
        self.layers = nn.GRU(8, 8, num_layers=2, bidirectional=True, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        for twin in self.twins:
            x = twin(x).relu()
        x = self.shared(self.shared(self.inner(x)).relu())
        x = self.attention(x, x, x, need_weights=False)[0]
        made: Tensor = self.layers(self.once(x)[0])[0]
        return made


@pytest.mark.filterwarnings("ignore")
def test_layers_of_an_older_exporter_have_the_names_of_their_modules(tmp_path: Path) -> None:
    """As the module itself has them, but in one that multiplies several times."""
    network, path, tokens = Blocks().eval(), tmp_path / "net.onnx", torch.randn(1, 5, 8)
    torch.onnx.export(network, (tokens,), str(path), dynamo=False)
    names = [layer.name for layer in from_torch(network, tokens).layers]
    assert names[:5] == ["twins.0", "twins.1", "inner.1.0", "shared", "shared_1"]
    ambiguous = {
        "attention.scores": "attention/MatMul_1",
        "attention.context": "attention/MatMul_2",
    }
    expected = [ambiguous.get(name, name) for name in names]
    assert [layer.name for layer in from_onnx(path).layers] == expected


def test_a_product_of_activations_is_no_module_by_itself(tmp_path: Path) -> None:
    """It has the module's name and its own kind, as PyTorch's own modules have."""
    nodes = [operator("MatMul", "x", "x", name="/mix/MatMul")]
    network = from_onnx(model(tmp_path, nodes, {"x": (6, 6)}))
    assert [layer.name for layer in network.layers] == ["mix.matmul"]


def test_a_quantised_weight_has_the_name_of_what_it_was(tmp_path: Path) -> None:
    """As ONNX Runtime calls it."""
    nodes = [operator("MatMulInteger", "q", "fc.weight_Transposed_quantized", name="MatMul_3")]
    weights = {"fc.weight_Transposed_quantized": np.ones((6, 4), np.int8)}
    quantise = operator("Cast", "x", to="q")
    quantise.attribute.append(helper.make_attribute("to", TensorProto.INT8))
    network = from_onnx(model(tmp_path, [quantise, *nodes], {"x": (1, 6)}, weights))
    assert [layer.name for layer in network.layers] == ["fc"]
