"""What depends on a model's inputs, whichever way it takes, and what is computed from weights."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from hwsim import from_torch, measure
from hwsim.vocabulary import WEIGHTS
from tests.importer.test_pytorch import module

TOKENS = torch.randn(1, 4, 8)
LINEAR = 4 * 8 * 16
HEAD = 4 * 16 * 10


def by_rows(self: Any, x: Tensor) -> Tensor:
    """A slice after the other of a tensor of zeros."""
    out = torch.zeros(1, 4, 16)
    for row in range(4):
        out[:, row] = self.fc(x[:, row])
    return self.head(out)


def by_a_view(self: Any, x: Tensor) -> Tensor:
    """Through a view of a view, read from another view."""
    out = torch.empty(4, 16)
    out.view(1, 64).view(1, 4, 16).copy_(self.fc(x))
    return self.head(out.view(1, 4, 16))


def by_dropout(self: Any, x: Tensor) -> Tensor:
    """Through a dropout, which in evaluation yields the tensor that it reads."""
    out = torch.zeros(1, 4, 16)
    functional.dropout(out, training=False).add_(self.fc(x))
    return self.head(out)


def by_index(self: Any, x: Tensor) -> Tensor:
    """At indices."""
    out = torch.zeros(1, 4, 16)
    out.index_copy_(1, torch.arange(4), self.fc(x))
    return self.head(out)


def by_sum(self: Any, x: Tensor) -> Tensor:
    """Added in place."""
    out = torch.zeros(1, 4, 16)
    out += self.fc(x)
    return self.head(out)


def by_argument(self: Any, x: Tensor) -> Tensor:
    """As the argument `out`."""
    out = torch.zeros(1, 4, 16)
    torch.ops.aten.add.out(self.fc(x), 1, out=out)
    return self.head(out)


def by_a_buffer(self: Any, x: Tensor) -> Tensor:
    """Into a cache, as language models keep keys and values."""
    self.cache[:, :4] = self.fc(x)
    return self.head(self.cache)


def by_a_branch(self: Any, x: Tensor) -> Tensor:
    """Through what a branch reads besides its operands, which are constant."""
    made = self.fc(x)
    zeros = torch.zeros(1, 4, 16)
    return self.head(
        torch.cond(x.sum() > 0, lambda one: one + made, lambda one: one - made, (zeros,))
    )


@pytest.mark.parametrize(
    "forward",
    [by_rows, by_a_view, by_dropout, by_index, by_sum, by_argument, by_a_buffer, by_a_branch],
    ids=lambda forward: forward.__name__,
)
def test_what_is_written_in_place_is_not_constant(forward: object) -> None:
    """Results that reach the next layer through memory count as those that are handed on."""
    model = module(forward, fc=nn.Linear(8, 16), head=nn.Linear(16, 10))
    model.register_buffer("cache", torch.zeros(1, 4, 16))
    network = from_torch(model, TOKENS)
    assert network.macs == LINEAR + HEAD
    assert not network.precomputed
    assert measure(model, [TOKENS]).data.keys() == {layer.name for layer in network.layers}


def test_chance_is_not_constant() -> None:
    """Noise depends on no input, and is drawn anew for each image."""
    model = module(
        lambda self, x: self.head(torch.randn(1, 4, 16)) + x.sum(), head=nn.Linear(16, 10)
    )
    assert from_torch(model, TOKENS).macs == HEAD


def test_work_on_weights_alone_is_said() -> None:
    """It is done before any image, whatever the batch, and in no layer's price."""

    def forward(self: Any, x: Tensor) -> Tensor:
        return x @ self.fc(self.positions).mT

    model = module(forward, fc=nn.Linear(16, 8))
    model.register_parameter("positions", nn.Parameter(torch.randn(5, 16)))
    for batch in (1, 3):
        network = from_torch(model, TOKENS, batch=batch)
        (layer,), (once,) = network.layers, network.precomputed
        assert layer.macs == batch * 4 * 8 * 5
        assert (once.name, once.kind, once.macs) == ("fc", "fully_connected", 5 * 16 * 8)
        assert once.why == "it reads weights alone"


def test_a_weight_that_the_model_writes_has_a_density_nobody_knows() -> None:
    """Its values are those of the moment that it is read; it is a weight all the same."""

    def forward(_: nn.Module, x: Tensor) -> Tensor:
        weight = torch.zeros(8, 5)
        weight[0] = 1
        return x @ weight

    (layer,) = from_torch(module(forward), TOKENS).layers
    assert layer.trained
    assert WEIGHTS not in layer.data.densities
