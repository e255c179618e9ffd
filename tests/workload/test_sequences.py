"""Sequences: layers that treat each token by itself, and the products of attention."""

from pathlib import Path

import pytest

from hwsim import load_architecture, load_network, simulate
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS
from hwsim.workload import Layer, Network

HEAD = "schema: hwsim/network/v1\nname: net\ninput: {tokens: 6, features: 8}\nlayers:\n"


def block(folder: Path, tokens: int) -> Network:
    """The shipped BERT block at another length."""
    path = folder / "variant.yaml"
    changes = f"extends: bert_block\nset: {{input.tokens: {tokens}}}\n"
    path.write_text(f"schema: hwsim/network/v1\nname: variant\n{changes}")
    return load_network(path)


def net(folder: Path, layers: str, batch: int = 1) -> Network:
    """A network of 6 tokens of 8 features from its layers as YAML."""
    path = folder / "net.yaml"
    path.write_text(HEAD + layers)
    return load_network(path, batch)


def bounds(layer: Layer) -> dict[str, int]:
    """The bounds that are more than one."""
    return {name: bound for name, bound in layer.bounds.items() if bound > 1}


def test_bert_block_has_the_layers_of_its_paper() -> None:
    """Devlin et al., section 3: 768 features in 12 heads of 64, and 3072 in between."""
    square, wider, narrower = ({"M": m, "C": c, "Q": 128} for m, c in SIZES)
    assert {layer.name: bounds(layer) for layer in load_network("bert_block").layers} == {
        "attention.self.query": square,
        "attention.self.key": square,
        "attention.self.value": square,
        "attention.self.scores": {"G": 12, "M": 128, "C": 64, "Q": 128},
        "attention.self.context": {"G": 12, "M": 64, "C": 128, "Q": 128},
        "attention.output.dense": square,
        "intermediate.dense": wider,
        "output.dense": narrower,
    }


SIZES = ((768, 768), (3072, 768), (768, 3072))


def test_bert_block_has_the_parameters_of_bert() -> None:
    """Twelve blocks have 85,054,464 parameters of BERT-base, biases and norms included."""
    biases_and_norms = 4 * 768 + 3072 + 768 + 2 * 2 * 768
    assert 12 * (load_network("bert_block").weights + biases_and_norms) == 85_054_464


@pytest.mark.parametrize("tokens", [128, 384])
def test_only_attention_grows_with_the_square_of_the_tokens(tokens: int, tmp_path: Path) -> None:
    """Weights stay, other layers grow with the tokens."""
    found = block(tmp_path, tokens)
    assert found.weights == 7_077_888
    assert found.macs == tokens * 7_077_888 + 2 * 768 * tokens**2


def test_every_node_of_a_sequence_yields_one(tmp_path: Path) -> None:
    """A token has its features; scores are heads x tokens x tokens."""
    shapes = {node.name: node.shape for node in block(tmp_path, 128).nodes}
    attention = [f"attention.self.{name}" for name in ("scores", "softmax")]
    assert [shapes.pop(name) for name in attention] == 2 * [(12, 128, 128)]
    assert [shapes.pop(f"intermediate.{name}") for name in ("dense", "gelu")] == 2 * [(128, 3072)]
    assert set(shapes.values()) == {(128, 768)}


def test_a_fully_connected_layer_uses_its_weights_for_every_token(tmp_path: Path) -> None:
    """Six tokens are a row of six pixels, each with all features."""
    (layer,) = net(tmp_path, "  a: {kind: fully_connected, out_features: 5}\n", batch=2).layers
    assert bounds(layer) == {"N": 2, "M": 5, "C": 8, "Q": 6}
    assert [layer.words(tensor) for tensor in (WEIGHTS, INPUTS, OUTPUTS)] == [40, 96, 60]


def test_a_product_of_activations_has_no_weights(tmp_path: Path) -> None:
    """The right operand stands in their place: another one for each head of each image."""
    product = "  a: {kind: matmul, from: [input, input], heads: 2, transposed: true}\n"
    network = net(tmp_path, product, batch=3)
    (layer,) = network.layers
    assert bounds(layer) == {"G": 6, "M": 6, "C": 4, "Q": 6}
    assert [layer.words(tensor) for tensor in (WEIGHTS, INPUTS, OUTPUTS)] == [144, 144, 216]
    assert (layer.parameters, network.weights) == (0, 0)


def test_the_simulator_prices_a_sequence() -> None:
    """Each layer of the block has a proven mapping on a machine that is made for convolutions."""
    small = load_architecture(Path(__file__).parents[2] / "examples" / "small.yaml")
    result = simulate(small, load_network("bert_block"), layers="*.query,*.scores,*.context")
    assert all(layer.proven for layer in result.layers)
