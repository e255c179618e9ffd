"""Measured densities: they count exactly the elements that a layer's loops touch."""

from fractions import Fraction
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from hwsim import from_torch, measure
from hwsim.importer.pytorch import Meter
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS

SOME = settings(max_examples=10, deadline=None)


def sparse(*shape: int, seed: int = 0) -> Tensor:
    """Whole numbers, about half of them zero."""
    return torch.randint(0, 2, shape, generator=torch.Generator().manual_seed(seed)).float()


@SOME
@given(
    st.tuples(*[st.integers(4, 9)] * 2),
    *[st.integers(1, 3)] * 3,
    st.sampled_from([0, 1, 2, "same", "valid"]),
    st.integers(0, 9),
)
def test_inputs_are_those_that_the_loops_touch(
    size: tuple[int, int], kernel: int, stride: int, gap: int, padding: int | str, seed: int
) -> None:
    """Padding counts as zeros, pixels between or behind all windows do not count."""
    stride = 1 if padding == "same" else stride
    gap = 1 if kernel == 3 else gap
    layer = nn.Conv2d(2, 3, kernel, stride, padding, gap)
    images = sparse(2, 2, *size, seed=seed)
    before = gap * (kernel - 1) // 2 if padding == "same" else 0 if padding == "valid" else padding
    rows, columns = layer(images).shape[2:]
    touched = {
        (stride * p + gap * r - before, stride * q + gap * s - before)
        for p, q, r, s in product(range(rows), range(columns), range(kernel), range(kernel))
    }
    inside = [(y, x) for y, x in touched if 0 <= y < size[0] and 0 <= x < size[1]]
    nonzero = sum(int(images[:, :, y, x].count_nonzero()) for y, x in inside)
    density = measure(layer, [images]).data["conv2d"].density(INPUTS)
    assert density * len(touched) * 4 == nonzero


def network(*after: nn.Module) -> nn.Module:
    """A convolution that is the identity on one channel, and what follows it."""
    convolution = nn.Conv2d(1, 1, 1, bias=False)
    nn.init.ones_(convolution.weight)
    return nn.Sequential(convolution, *after)


SIGNS = torch.tensor([-1.0, 1.0, 2.0, 0.0]).reshape(1, 1, 2, 2)


@pytest.mark.parametrize(
    ("after", "quarters"),
    [
        ([], 3),
        ([nn.ReLU()], 2),
        ([nn.ReLU(inplace=True)], 2),
        ([nn.ReLU6()], 2),
        ([nn.BatchNorm2d(1), nn.Dropout(), nn.ReLU()], 2),
        ([nn.BatchNorm2d(1)], 3),
        ([nn.MaxPool2d(1), nn.ReLU()], 3),
        ([nn.LeakyReLU()], 3),
    ],
    ids=str,
)
def test_outputs_are_what_is_stored(after: list[nn.Module], quarters: int) -> None:
    """A ReLU right behind the layer, or its batch norm, is done before anything is stored."""
    data = measure(network(*after), [SIGNS]).data["0"]
    assert data.density(OUTPUTS) * 4 == quarters


def test_outputs_that_others_read_are_stored_as_they_are() -> None:
    """A shortcut around the ReLU reads what comes before it."""

    class Shortcut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = network()

        def forward(self, x: Tensor) -> Tensor:
            made = self.layer(x)
            return functional.relu(made) + made

    assert measure(Shortcut(), [SIGNS]).data["layer.0"].density(OUTPUTS) * 4 == 3


def test_batches_come_as_loaders_yield_them() -> None:
    """Pairs with labels, the last batch smaller, some images left, and progress is told."""
    model = network(nn.ReLU(), nn.Flatten(), nn.Linear(4, 2))
    told = list[int]()
    images = sparse(7, 1, 2, 2)
    batches = [(images[:3], torch.zeros(3)), (images[3:6], torch.zeros(3)), (images[6:], 0)]
    measured = measure(model, batches, images=5, progress=told.append)
    assert (measured.images, told, measured.each) == (5, [3, 5], ())
    nonzero = int(images[:5].count_nonzero())
    assert measured.data["0"].density(INPUTS) * 20 == nonzero
    assert measured.data["3"].density(INPUTS) * 20 == nonzero


def test_each_image_is_measured_by_itself() -> None:
    """The mean of all images is that of the whole, tensor by tensor."""
    model = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 1, 2)).eval()
    images = sparse(4, 2, 5, 5) - sparse(4, 2, 5, 5, seed=1)
    singly = measure(model, [images], each_image=True)
    assert len(singly.each) == singly.images == 4
    for name, data in measure(model, [images]).data.items():
        for tensor in (WEIGHTS, INPUTS, OUTPUTS):
            mean = sum(image[name].density(tensor) for image in singly.each) / 4
            assert data.density(tensor) == singly.data[name].density(tensor) == mean


def test_masks_make_zeros_of_attention() -> None:
    """Of the products of causal attention, 10 of 16 weights of attention are not zero."""

    class Causal(nn.Module):
        def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
            causal = mask is None
            return functional.scaled_dot_product_attention(x, x, x, mask, is_causal=causal)

    tokens, mask = torch.ones(2, 3, 4, 8), torch.ones(4, 4).tril().bool()
    for inputs in ({"x": tokens}, {"x": tokens, "mask": mask}):
        data = measure(Causal(), [inputs]).data
        for part, tensor in (("scores", OUTPUTS), ("context", INPUTS)):
            assert data[f"attention.{part}"].density(tensor) * 16 == 10
        assert data["attention.context"].density(WEIGHTS) == 1


def test_what_is_measured_fits_the_network() -> None:
    """`containing` takes it, for a network at any batch."""
    model = network(nn.ReLU(), nn.Flatten(), nn.Linear(4, 2))
    imported = from_torch(model, SIGNS, batch=16)
    filled = imported.containing(measure(model, [SIGNS]).data)
    assert [layer.data.density(OUTPUTS) for layer in filled.layers] == [0.5, 1]


def test_no_image_is_no_measurement() -> None:
    """A density of nothing is refused."""
    with pytest.raises(ValueError, match="there is no image to measure"):
        measure(network(), [])


def test_a_meter_sees_tensors_that_change_in_place() -> None:
    """Weights, bias and what follows from them, though the model is traced only once."""
    model = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))
    other = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))
    nn.init.zeros_(other[0].weight[:3])
    images, meter = [torch.randn(2, 2, 6, 6)], Meter(model)
    assert meter.measure(images) == measure(model, images)
    model.load_state_dict(other.state_dict())
    assert meter.measure(images) == measure(other, images)
    assert meter.measure(images).data["0"].density(WEIGHTS) <= Fraction(1, 4)
