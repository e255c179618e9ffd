"""PyTorch's module and the ONNX file that it writes are the same network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx import helper
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from hwsim import from_onnx, from_torch, measure
from hwsim.importer.nests import Unfit, steps_of_einsum
from hwsim.vocabulary import WEIGHTS
from hwsim.workload import Network
from tests.importer.files import model as file_of
from tests.importer.files import zeros
from tests.importer.test_pytorch import module

#: Two images of three heads, eight tokens and sixteen features.
HEADS = (2, 3, 8, 16)
SCORES = 2 * 3 * 8 * 8 * 16

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def said(network: Network) -> tuple[object, ...]:
    """The MACs of layers, and whether these have weights; what is done before, and what lacks."""
    return (
        [(layer.macs, layer.trained) for layer in network.layers],
        [one.macs for one in network.precomputed],
        [one.macs for one in network.missing],
    )


def read_twice(model: nn.Module, example: Tensor, folder: Path) -> tuple[Network, Network]:
    """The network of a module, and that of the file that torch writes of it."""
    path = folder / "model.onnx"
    torch.onnx.export(model.eval(), (example,), str(path), dynamo=False, opset_version=17)
    return from_torch(model, example), from_onnx(path)


def attending(constants: str) -> nn.Module:
    """Attention whose queries, keys or values, by their letters, are parameters."""

    def forward(self: Any, x: Tensor) -> Tensor:
        q, k, v = (getattr(self, name, x) for name in "qkv")
        return functional.scaled_dot_product_attention(q, k, v) + x

    model = module(forward)
    for name in constants:
        model.register_parameter(name, nn.Parameter(torch.randn(HEADS)))
    return model


@pytest.mark.parametrize(
    ("constants", "layers", "once"),
    [
        ("", [False, False], 0),
        ("q", [True, False], 0),
        ("k", [True, False], 0),
        ("v", [False, True], 0),
        ("kv", [True, True], 0),
        ("qk", [True], 1),
        ("qkv", [], 2),
    ],
)
def test_constants_of_attention_are_weights(
    constants: str, layers: list[bool], once: int, tmp_path: Path
) -> None:
    """What multiplies two of them is computed before any image, whoever writes the product."""
    model, example = attending(constants), torch.randn(HEADS)
    nothing = list[Any]()
    expected = [(SCORES, trained) for trained in layers], [SCORES] * once, nothing
    for network in read_twice(model, example, tmp_path):
        assert said(network) == expected
    weights = {name: zeros(*HEADS) for name in constants}
    operands = [name if name in constants else "x" for name in "qkv"]
    nodes = [helper.make_node("Attention", operands, ["a"]), helper.make_node("Add", "ax", ["y"])]
    network = from_onnx(file_of(tmp_path, nodes, {"x": HEADS}, weights, opset=23))
    assert said(network) == expected


@pytest.mark.parametrize("constants", ["q", "k", "v", "kv", "qk"])
def test_constants_of_attention_are_measured_as_weights(constants: str) -> None:
    """The zeros of whichever operand is constant are those of the layer's weights."""
    model = attending(constants)
    with torch.no_grad():
        for one in model.parameters():
            one[0] = 0
    measured = measure(model, [torch.ones(HEADS)])
    network = from_torch(model, torch.ones(HEADS)).containing(measured.data)
    shares = {layer.name: layer.data.density(WEIGHTS) for layer in network.layers}
    for name, part in (("q", "scores"), ("k", "scores"), ("v", "context")):
        if name in constants and f"attention.{part}" in shares:
            assert shares[f"attention.{part}"] * 2 == 1


def test_what_is_masked_by_inputs_is_no_constant() -> None:
    """Only the scores are computed before any image; the mask decides what becomes of them."""

    def forward(self: Any, x: Tensor) -> Tensor:
        return functional.scaled_dot_product_attention(self.q, self.q, self.q, attn_mask=x)

    model = module(forward)
    model.register_parameter("q", nn.Parameter(torch.randn(HEADS)))
    network = from_torch(model, torch.ones(2, 3, 8, 8))
    assert said(network) == ([(SCORES, True)], [SCORES], [])


@pytest.mark.parametrize("shape", [(8, 16), (3, 8, 16), (1, 1, 8, 16), (2, 1, 8, 16)])
@pytest.mark.parametrize("turned", [False, True])
def test_attention_of_fewer_ranks_repeats(shape: tuple[int, ...], turned: bool) -> None:
    """Ranks are those of each other from the right, whichever operand lacks some."""
    few, many = torch.randn(shape), torch.randn(HEADS)
    q, k, v = (few, many, few) if turned else (many, few, few)
    attention = functional.scaled_dot_product_attention
    network = from_torch(module(lambda _, *qkv: attention(*qkv)), (q, k, v))
    with FlopCounterMode(display=False) as counter:
        attention(q, k, v)
    assert network.macs * 2 == counter.get_total_flops()


# --- Einstein's sums -------------------------------------------------------------------------


def summing(equation: str, *shapes: tuple[int, ...]) -> nn.Module:
    """An Einstein sum of the inputs and parameters of these shapes."""

    def forward(self: Any, x: Tensor) -> Tensor:
        return torch.einsum(equation, x, *self.parameters())

    model = module(forward)
    for number, shape in enumerate(shapes):
        model.register_parameter(f"p{number}", nn.Parameter(torch.randn(shape)))
    return model


@pytest.mark.parametrize(
    ("equation", "example", "shapes"),
    [
        ("bij,jk->bik", (2, 5, 5), [(5, 4)]),
        ("bii,ij->bj", (2, 5, 5), [(5, 4)]),
        ("bti,ij->bj", (2, 3, 5), [(5, 4)]),
        ("bi,ij,jk->bk", (2, 5), [(5, 4), (4, 6)]),
        ("bi,ij,jk,bl->bl", (2, 5), [(5, 4), (4, 6), (2, 7)]),
        ("bi,bi,ij->bj", (2, 5), [(2, 5), (5, 4)]),
        ("b...i,ij->b...j", (2, 3, 5), [(5, 4)]),
        ("bi,j->bij", (2, 5), [(4,)]),
        ("bii->bi", (2, 5, 5), []),
        ("bij,jk->bk", (2, 5, 1), [(5, 4)]),
        ("bi,ij->bj", (2, 1), [(1, 4)]),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_an_einstein_sum_is_the_same_products(
    equation: str, example: tuple[int, ...], shapes: list[tuple[int, ...]], tmp_path: Path
) -> None:
    """One operand after the other; diagonals and sums of one operand are taken before."""
    given = torch.randn(example)
    model = summing(equation, *shapes)
    of_torch, of_file = read_twice(model, given, tmp_path)
    with FlopCounterMode(display=False) as counter:
        model(given)
    assert said(of_torch) == said(of_file)
    assert of_file.macs * 2 == counter.get_total_flops()
    reached = {"input"}
    for node in of_file.nodes:
        reached |= {node.name} if reached & {*node.sources} else set()
    assert of_file.nodes[-1].name in reached


def test_an_einstein_sum_computes_what_its_steps_do() -> None:
    """The steps, in numbers: what each sums, and what it leaves."""
    shapes, letters = ((2, 5, 5), (5, 4), (4, 3)), [*map(list, ("bii", "ij", "jk", "bk"))]
    first, second = steps_of_einsum(shapes, letters)
    assert (first.left, first.right, first.kept) == ((0,), 1, frozenset("bj"))
    assert (second.left, second.right, second.kept) == ((0, 1), 2, frozenset("bk"))
    assert [dict(one) for one in first.extents] == [{"b": 2, "i": 5}, {"i": 5, "j": 4}]
    with pytest.raises(Unfit, match="do not fit each other"):
        list(steps_of_einsum(((2, 3), (4, 5)), [["i", "j"], ["j", "k"], ["i", "k"]]))


def test_weights_that_are_multiplied_first_are_precomputed(tmp_path: Path) -> None:
    """Of an Einstein sum that names its input last; what comes of them are weights."""
    nodes = [helper.make_node("Einsum", ["a", "b", "x"], ["y"], equation="ij,jk,bk->bi")]
    weights = {"a": np.ones((5, 4), np.float32), "b": zeros(4, 3)}
    network = from_onnx(file_of(tmp_path, nodes, {"x": (2, 3)}, weights))
    assert said(network) == ([(2 * 3 * 5, True)], [5 * 4 * 3], [])
    assert [node.sources for node in network.nodes] == [("input",)]
