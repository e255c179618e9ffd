"""Transforms of functions: what runs for each of many, or with a tangent, counts as often."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from hwsim import from_torch, measure
from hwsim.vocabulary import WEIGHTS
from tests.importer.test_pytorch import module

ROWS, SQUARES = torch.randn(5, 16), torch.randn(5, 16, 16)


def counted(model: nn.Module, example: Tensor) -> int:
    """The MACs that torch counts as the model runs."""
    with FlopCounterMode(display=False) as counter:
        model.eval()(example)
    return int(counter.get_total_flops()) // 2


def with_tangent(self: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """What a layer yields, and its derivative along ones."""
    yielded, along = torch.func.jvp(self.fc, (x,), (torch.ones_like(x),))[:2]
    return yielded, along


@pytest.mark.parametrize(
    ("forward", "example"),
    [
        (lambda self, x: torch.vmap(self.fc)(x), ROWS),
        (lambda _, x: torch.vmap(torch.matmul)(x, x), SQUARES),
        (lambda self, x: torch.vmap(self.conv)(x[:, None, None]), SQUARES),
        (lambda self, x: torch.vmap(torch.vmap(self.fc))(x), SQUARES),
        (with_tangent, ROWS),
    ],
    ids=["rows", "both", "convolution", "nested", "tangent"],
)
def test_a_transformed_function_is_priced_as_it_runs(
    forward: Callable[..., object], example: Tensor
) -> None:
    """Torch itself writes out what it does for all; every MAC that it counts is priced."""
    model = module(forward, fc=nn.Linear(16, 16), conv=nn.Conv2d(1, 4, 3))
    network = from_torch(model, example)
    assert network.macs == counted(model, example) > 0
    assert {layer.name.split("_")[0] for layer in network.layers} <= {"fc", "conv", "matmul"}
    assert network.missing == ()


def test_an_ensemble_is_a_product_of_many_weights() -> None:
    """Each member multiplies all inputs; the zeros of all members are known, and measured."""

    def forward(self: Any, x: Tensor) -> Tensor:
        return torch.vmap(lambda w, v: v @ w, in_dims=(0, None))(self.members, x)

    model = module(forward)
    members = torch.ones(4, 16, 8)
    members[0] = 0
    model.register_parameter("members", nn.Parameter(members))
    (layer,) = from_torch(model, ROWS).layers
    assert (layer.macs, layer.parameters) == (4 * 5 * 16 * 8, 4 * 16 * 8)
    assert layer.data.density(WEIGHTS) * 4 == 3
    assert measure(model, [ROWS]).data.keys() == {layer.name}


def test_a_transform_in_a_branch_is_missing() -> None:
    """Torch does not write it out there, and nobody counts what it does."""

    def forward(self: Any, x: Tensor) -> Tensor:
        return torch.cond(x.sum() > 0, lambda y: torch.vmap(self.fc)(y), lambda y: -y, (x,))

    (missing,) = from_torch(module(forward, fc=nn.Linear(16, 16)), ROWS).missing
    assert (missing.kind, missing.macs) == ("cond", None)
