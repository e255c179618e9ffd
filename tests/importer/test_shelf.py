"""The shelf against imports: the same networks, written as YAML and as PyTorch modules."""

import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

from hwsim import from_onnx, from_torch, load_network
from hwsim.workload import Network
from tests.importer.graphs import bare, feeders
from tests.importer.models import BertLayer, MobileNetV2, ResNet18

IMAGE = torch.zeros(1, 3, 224, 224)
TOKENS = torch.zeros(1, 128, 768)
MODELS = {
    "resnet18": (ResNet18, IMAGE),
    "mobilenet_v2": (MobileNetV2, IMAGE),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_module_has_the_layers_of_the_shelf(name: str) -> None:
    """Names, loops and what reads what, layer by layer, and the same kinds between them."""
    build, example = MODELS[name]
    shelf, imported = load_network(name, 2), from_torch(build(), example, batch=2)
    assert bare(imported) == bare(shelf)
    assert feeders(imported) == feeders(shelf)
    kinds = ("batch_norm", "relu", "addition", "max_pool", "global_average_pool")
    for kind in kinds:
        assert count(imported, kind) == count(shelf, kind), kind


def count(network: Network, kind: str) -> int:
    """How many nodes of this kind a network has."""
    return sum(node.kind == kind for node in network.nodes)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_fused_attention_has_the_layers_of_the_shelf(batch: int) -> None:
    """torch's attention is two products with a softmax between, named by their module."""
    shelf, imported = (
        load_network("bert_block", batch),
        from_torch(BertLayer(fused=True), TOKENS, batch=batch),
    )
    assert bare(imported) == bare(shelf)
    assert feeders(imported) == feeders(shelf)


def test_products_that_are_written_out_have_the_loops_of_the_shelf() -> None:
    """They are no modules: their names are the operation's."""
    shelf, imported = load_network("bert_block"), from_torch(BertLayer(fused=False), TOKENS)
    names = {
        "attention.self.matmul": "attention.self.scores",
        "attention.self.matmul_1": "attention.self.context",
    }
    found = {names.get(name, name): layer.bounds for name, layer in bare(imported).items()}
    assert found == {name: layer.bounds for name, layer in bare(shelf).items()}
    assert imported.weights == shelf.weights


def exported(model: nn.Module, example: torch.Tensor, path: Path) -> Path:
    """The model as an ONNX file with an open batch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter that needs no other package
        torch.onnx.export(
            model.eval(),
            (example,),
            path,
            dynamo=False,
            input_names=["input"],
            dynamic_axes={"input": {0: "images"}},
        )
    return path


@pytest.mark.parametrize(
    ("build", "example"),
    [(MobileNetV2, IMAGE), (lambda: BertLayer(fused=True), TOKENS)],
    ids=["mobilenet_v2", "bert_block"],
)
def test_onnx_has_the_loops_of_the_module(
    build: type[nn.Module], example: torch.Tensor, tmp_path: Path
) -> None:
    """Whichever way a model comes, its layers do the same, in the same order."""
    model = build()
    imported = from_torch(model, example, batch=4)
    from_file = from_onnx(exported(model, example, tmp_path / "model.onnx"), batch=4)
    loops = [
        [(layer.bounds, layer.tensors) for layer in network.layers]
        for network in (imported, from_file)
    ]
    assert loops[0] == loops[1]
    assert from_file.weights == imported.weights
