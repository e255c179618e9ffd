"""Layers that are solved together do not depend on one another."""

import torch
from torch import Tensor, nn

from prune.models import build
from prune.network.waves import waves


def test_the_branches_of_an_inception_module_are_two_waves() -> None:
    """First what reads the module's input, or its pool; then what reads the reductions."""
    network, image = build("googlenet", classes=10), torch.rand(1, 3, 224, 224)
    layers = [f"i3a.{name}" for name in ("b1", "b3r", "b3", "b5r", "b5", "pp")]
    assert list(waves(network, [*layers, "i3b.b1"], image)) == [
        ("i3a.b1", "i3a.b3r", "i3a.b5r", "i3a.pp"),
        ("i3a.b3", "i3a.b5"),
        ("i3b.b1",),
    ]


class Chain(nn.Module):
    """Three layers one after the other, whose activations are changed in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = (nn.Linear(4, 4) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """The output of the third layer."""
        out: Tensor = self.third(self.second(self.first(x).relu_()).relu_())
        return out


def test_a_chain_is_a_layer_a_wave_also_where_its_weights_are_frozen() -> None:
    """What the caller says of gradients does not matter."""
    network = Chain().requires_grad_(False)
    found = list(waves(network, ["first", "second", "third"], torch.rand(1, 4)))
    assert found == [("first",), ("second",), ("third",)]
    assert list(waves(network, ["first", "third"], torch.rand(1, 4))) == [("first",), ("third",)]
    assert list(waves(network, [], torch.rand(1, 4))) == []
