"""Equal computations become equal layers, however a PyTorch module spells them."""

import pytest
import torch
from torch import Tensor, nn

from hwsim import from_torch
from hwsim.workload.layer import Layer
from hwsim.workload.merge import canonical


class Spelt(nn.Module):
    """A product with 5 x 4 weights, spelt in one way."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.weight = how, nn.Parameter(torch.ones(5, 4))

    def forward(self, x: Tensor) -> Tensor:
        """Multiply the last rank of x."""
        match self.how:
            case "linear":
                return nn.functional.linear(x, self.weight.T)
            case "matmul":
                return x @ self.weight
            case "tensordot":
                return torch.tensordot(x, self.weight, dims=1)
            case "einsum":
                return torch.einsum("...i,io->...o", x, self.weight)
            case "mm":
                return torch.mm(x.flatten(0, -2), self.weight)
            case _:
                pixels = x.movedim(-1, 1)
                return nn.functional.conv2d(pixels, self.weight.T[..., None, None])


def only(layers: tuple[Layer, ...]) -> Layer:
    """The shape of the one layer, without its name and kind."""
    (layer,) = layers
    return canonical(layer)[0]


@pytest.mark.parametrize("how", ["linear", "matmul", "tensordot", "einsum", "mm", "conv2d"])
@pytest.mark.parametrize("shape", [(1, 6, 7, 5), (2, 3, 7, 5)])
def test_a_product_is_one_layer_however_it_is_spelt(how: str, shape: tuple[int, ...]) -> None:
    """42 positions, 5 channels, 4 filters."""
    layer = only(from_torch(Spelt(how), torch.ones(shape)).layers)
    assert {name: bound for name, bound in layer.bounds.items() if bound > 1} == {
        "N": 42,
        "C": 5,
        "M": 4,
    }


def test_patches_that_do_not_overlap_are_channels() -> None:
    """As in a vision transformer: a linear layer of each patch's pixels."""
    patches = from_torch(nn.Conv2d(3, 8, 4, stride=4), torch.ones(2, 3, 12, 8))
    linear = from_torch(nn.Linear(3 * 4 * 4, 8), torch.ones(2, 6, 48))
    assert only(patches.layers).bounds == only(linear.layers).bounds
    assert only(patches.layers).tensors == only(linear.layers).tensors
