"""Branches and loops of PyTorch: no multiplication in them vanishes, as in ONNX."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._higher_order_ops.map import map as torch_map
from torch._higher_order_ops.scan import scan
from torch._higher_order_ops.while_loop import while_loop

from hwsim import from_torch, measure
from tests.importer.test_pytorch import module

ROWS = torch.randn(7, 8)
LINEAR = 7 * 8 * 8


def made(forward: Callable[[Any, Tensor], object]) -> nn.Module:
    """A model with two linear layers and a free weight."""
    model = module(forward, fc=nn.Linear(8, 8), head=nn.Linear(8, 8))
    model.register_parameter("weight", nn.Parameter(torch.randn(8, 8)))
    return model


def choice(then: Callable[..., Tensor], otherwise: Callable[..., Tensor]) -> nn.Module:
    """A branch that the input chooses, and a layer after it."""

    def forward(self: Any, x: Tensor) -> Tensor:
        chosen = torch.cond(
            x.sum() > 0, lambda y: then(self, y), lambda y: otherwise(self, y), (x,)
        )
        return self.head(chosen)

    return made(forward)


def twice(self: Any, x: Tensor) -> Tensor:
    """Two layers."""
    return self.fc(x) @ self.weight


def once(self: Any, x: Tensor) -> Tensor:
    """A layer, and work on weights alone."""
    return self.fc(x) + (self.weight @ self.weight).sum()


def attended(self: Any, x: Tensor) -> Tensor:
    """Attention to itself."""
    return nn.functional.scaled_dot_product_attention(x, x, x)


def inner(self: Any, x: Tensor) -> Tensor:
    """A branch again."""
    return torch.cond(x.mean() > 0, lambda y: twice(self, y), lambda y: once(self, y), (x,))


def plain(_: nn.Module, x: Tensor) -> Tensor:
    """No product."""
    return x + 1


@pytest.mark.parametrize(
    ("then", "otherwise", "macs"),
    [
        (twice, once, 2 * LINEAR),
        (once, plain, LINEAR),
        (plain, attended, 2 * 7 * 7 * 8),
        (inner, once, 2 * LINEAR),
        (lambda _, x: torch.fft.fft(x).real.clone(), plain, None),
    ],
    ids=["dearest", "constants", "attention", "nested", "unknown"],
)
def test_a_branch_that_the_input_chooses_is_missing_with_its_dearest(
    then: Callable[..., Tensor], otherwise: Callable[..., Tensor], macs: int | None
) -> None:
    """Its MACs are those of the branch that multiplies more; what follows is priced."""
    model = choice(then, otherwise)
    network = from_torch(model, ROWS)
    assert [layer.name for layer in network.layers] == ["head"]
    (missing,) = network.missing
    assert (missing.name, missing.kind, missing.macs) == ("cond", "cond", macs)
    assert missing.why == "a branch that is chosen as the model runs, at most its dearest one"
    assert {node.name: node.sources for node in network.nodes}["head"] == ("cond",)
    assert measure(model, [ROWS]).data.keys() == {"head"}


def test_a_branch_that_multiplies_nothing_is_missed_by_nobody() -> None:
    """It is a node as any other, also if it multiplies weights alone."""
    for branch in (plain, lambda self, x: x + self.weight @ self.weight[:, 0]):
        network = from_torch(choice(branch, plain), ROWS)
        assert network.missing == ()
        assert "cond" in {node.name for node in network.unpriced}


def test_more_images_are_more_of_what_is_missing() -> None:
    """A batch of three rows."""
    assert from_torch(choice(twice, plain), ROWS, batch=3).missing[0].macs == 2 * 3 * 64


def scanned(self: Any, x: Tensor) -> Tensor:
    """A recurrent cell that is written out."""

    def step(state: Tensor, each: Tensor) -> tuple[Tensor, Tensor]:
        state = (state @ self.weight + each).tanh()
        return state, state.clone()

    return scan(step, torch.zeros(8), x)[1]


def mapped(self: Any, x: Tensor) -> Tensor:
    """A layer for each row."""
    return torch_map(self.fc, x)


def repeated(self: Any, x: Tensor) -> Tensor:
    """A layer until it is done."""
    start = torch.zeros((), dtype=torch.int64)
    until: Any = while_loop
    return until(lambda i, _: i < 5, lambda i, y: (i + 1, self.fc(y)), (start, x))[1]


@pytest.mark.parametrize(
    ("loop", "kind", "macs"),
    [(scanned, "scan", 7 * 64), (mapped, "map_impl", 7 * 64), (repeated, "while_loop", None)],
    ids=["scan", "map", "while"],
)
def test_a_loop_is_missing_as_often_as_it_runs(
    loop: Callable[..., Tensor], kind: str, macs: int | None
) -> None:
    """Its slices times its body; nobody knows how often one runs that decides when it ends."""
    network = from_torch(made(lambda self, x: self.head(loop(self, x))), ROWS)
    assert [layer.name for layer in network.layers] == ["head"]
    assert [(one.kind, one.macs) for one in network.missing] == [(kind, macs)]
    assert network.missing[0].why == "a loop, whose steps are not layers"
    assert {node.name: node.sources for node in network.nodes}["head"] == (kind,)
