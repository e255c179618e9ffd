"""Measured densities: they count exactly the elements that a layer's loops touch."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention.flex_attention import flex_attention
from torch.utils import _pytree as pytree

from hwsim import from_torch, measure
from hwsim.importer.pytorch import Meter
from hwsim.importer.pytorch.nodes import operation
from hwsim.importer.pytorch.trace import trace
from hwsim.importer.pytorch.vocabulary import ATTENTION, CONVOLUTIONS, PRICED
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
    said = {"same": gap * (kernel - 1) // 2, "valid": 0}
    before = said[padding] if isinstance(padding, str) else padding
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


# --- All that is priced ----------------------------------------------------------------------

aten = torch.ops.aten
#: Without padding, and of every pixel a window: (stride, padding, dilation).
STEPS = ([1, 1], [0, 0], [1, 1])
CAUSAL = torch.zeros(4, 4).masked_fill(torch.ones(4, 4).triu(1).bool(), float("-inf"))
IMAGES, TOKENS = (2, 4, 5, 5), (2, 3, 4, 8)
FILTERS = (3, 4, 2, 2)
Call = Callable[..., Any]
#: Every operation that is priced, and what it reads.
CALLS: dict[str, tuple[Call, tuple[int, ...], tuple[int, ...]]] = {
    "conv1d": (aten.conv1d, IMAGES[:3], FILTERS[:3]),
    "conv2d": (aten.conv2d, IMAGES, FILTERS),
    "conv3d": (aten.conv3d, (*IMAGES, 1), (*FILTERS, 1)),
    "conv_transpose1d": (aten.conv_transpose1d, IMAGES[:3], (4, 3, 2)),
    "conv_transpose2d": (aten.conv_transpose2d, IMAGES, (4, 3, 2, 2)),
    "conv_transpose3d": (aten.conv_transpose3d, (*IMAGES, 1), (4, 3, 2, 2, 1)),
    "convolution": (
        lambda x, w: aten.convolution(x, w, None, *STEPS, False, [0, 0], 1),
        IMAGES,
        FILTERS,
    ),
    "_convolution": (
        lambda x, w: aten._convolution(x, w, None, *STEPS, False, [0, 0], 1, *[False] * 4),
        IMAGES,
        FILTERS,
    ),
    "convolution_overrideable": (
        lambda x, w: aten.convolution_overrideable(x, w, None, *STEPS, False, [0, 0], 1),
        IMAGES,
        FILTERS,
    ),
    "_slow_conv2d_forward": (
        lambda x, w: aten._slow_conv2d_forward(x, w, [2, 2], None, *STEPS[:2]),
        IMAGES,
        FILTERS,
    ),
    "mkldnn_convolution": (
        lambda x, w: aten.mkldnn_convolution(x, w, None, [0, 0], [1, 1], [1, 1], 1),
        IMAGES,
        FILTERS,
    ),
    "cudnn_convolution": (
        lambda x, w: aten.cudnn_convolution(x, w, [0, 0], [1, 1], [1, 1], 1, *[False] * 3),
        IMAGES,
        FILTERS,
    ),
    "_int_mm": (lambda x, w: aten._int_mm(x.to(torch.int8), w.to(torch.int8)), (24, 16), (16, 8)),
    "_scaled_mm": (
        lambda x, w: aten._scaled_mm(
            x.to(torch.float8_e4m3fn),
            w.to(torch.float8_e4m3fn).t(),
            torch.ones(()),
            torch.ones(()),
        ),
        (16, 32),
        (16, 32),
    ),
    "_weight_int8pack_mm": (
        lambda x, w: aten._weight_int8pack_mm(
            x.bfloat16(), w.to(torch.int8), torch.ones(16).bfloat16()
        ),
        (32, 32),
        (16, 32),
    ),
    "addbmm": (lambda x, w: aten.addbmm(torch.zeros(4, 3), x, w), (2, 4, 5), (2, 5, 3)),
    "addmm": (lambda x, w: aten.addmm(torch.zeros(3), x, w), (4, 5), (5, 3)),
    "addmv": (lambda x, w: aten.addmv(torch.zeros(4), x, w), (4, 5), (5,)),
    "baddbmm": (lambda x, w: aten.baddbmm(torch.zeros(2, 4, 3), x, w), (2, 4, 5), (2, 5, 3)),
    "bmm": (aten.bmm, (2, 4, 5), (2, 5, 3)),
    "dot": (aten.dot, (9,), (9,)),
    "einsum": (lambda x, w: aten.einsum("bij,bkj->bik", [x, w]), (2, 4, 5), (2, 3, 5)),
    "linalg_matmul": (aten.linalg_matmul, (2, 4, 5), (5, 3)),
    "linalg_vecdot": (aten.linalg_vecdot, (4, 5), (4, 5)),
    "linear": (aten.linear, (2, 4, 5), (3, 5)),
    "matmul": (aten.matmul, (2, 4, 5), (2, 5, 3)),
    "mm": (aten.mm, (4, 5), (5, 3)),
    "mv": (aten.mv, (4, 5), (5,)),
    "vdot": (aten.vdot, (9,), (9,)),
    "flex_attention": (
        lambda q, k: flex_attention(
            q, k, k, lambda score, b, h, m, n: torch.where(m >= n, score, float("-inf"))
        ),
        TOKENS,
        TOKENS,
    ),
    "scaled_dot_product_attention": (
        lambda q, k: aten.scaled_dot_product_attention(q, k, k, CAUSAL == 0),
        TOKENS,
        TOKENS,
    ),
    "_scaled_dot_product_flash_attention_for_cpu": (
        lambda q, k: aten._scaled_dot_product_flash_attention_for_cpu(q, k, k, attn_mask=CAUSAL),
        TOKENS,
        TOKENS,
    ),
    "_scaled_dot_product_flash_attention": (
        lambda q, k: aten._scaled_dot_product_flash_attention(q, k, k, 0.0, True),
        TOKENS,
        TOKENS,
    ),
    "_scaled_dot_product_efficient_attention": (
        lambda q, k: aten._scaled_dot_product_efficient_attention(q, k, k, CAUSAL, False),
        TOKENS,
        TOKENS,
    ),
    "_scaled_dot_product_cudnn_attention": (
        lambda q, k: aten._scaled_dot_product_cudnn_attention(q, k, k, CAUSAL, False),
        TOKENS,
        TOKENS,
    ),
    "_scaled_dot_product_fused_attention_overrideable": (
        lambda q, k: aten._scaled_dot_product_fused_attention_overrideable(q, k, k, CAUSAL),
        TOKENS,
        TOKENS,
    ),
}


#: Those that torch computes on other devices, and those whose shapes it says on none.
ELSEWHERE = (
    *("_scaled_dot_product_cudnn_attention", "_scaled_dot_product_efficient_attention"),
    *("_scaled_dot_product_flash_attention", "_scaled_dot_product_fused_attention_overrideable"),
    *("convolution_overrideable", "cudnn_convolution"),
)
SHAPELESS = ("convolution_overrideable", "cudnn_convolution", "mkldnn_convolution")


@pytest.fixture
def everywhere() -> Iterator[None]:
    """Torch, with all of its operations on this device; those of others yield zeros here."""

    def zeros(name: str, *given: Any, **named: Any) -> Any:
        shapes = pytree.tree_map_only(Tensor, lambda one: one.to("meta"), (given, named))
        made = getattr(aten, name)(*shapes[0], **shapes[1])
        return pytree.tree_map_only(Tensor, lambda one: torch.zeros_like(one, device="cpu"), made)

    with torch.library._scoped_library("aten", "IMPL") as library:
        for name in SHAPELESS:
            library.impl(name, lambda x, w, *_: aten.conv2d(x, w), "Meta")
        for name in ELSEWHERE:
            library.impl(name, partial(zeros, name), "CPU")
        yield


@pytest.mark.usefixtures("everywhere")
@pytest.mark.parametrize("name", sorted(PRICED))
def test_all_that_is_priced_is_measured(name: str) -> None:
    """What it reads is what it is given; a new priced operation asks for a case."""
    call, *shapes = CALLS[name]
    given = [sparse(*shape, seed=at) for at, shape in enumerate(shapes)]

    class Model(nn.Module):
        def forward(self, left: Tensor, right: Tensor) -> Any:
            return pytree.tree_leaves(call(left, right))[0]

    traced = trace(Model(), given)
    assert name in map(operation, traced.nodes)
    measured = measure(Model(), [dict(zip(("left", "right"), given, strict=True))]).data
    left, right = (Fraction(int(one.count_nonzero()), one.numel()) for one in given)
    if name in ATTENTION:
        scores, context = measured["attention.scores"], measured["attention.context"]
        assert (scores.density(INPUTS), scores.density(WEIGHTS)) == (left, right)
        assert context.density(WEIGHTS) == right
        assert scores.density(OUTPUTS) == context.density(INPUTS) == Fraction(10, 16)
        assert OUTPUTS in context.densities
    else:
        (data,) = measured.values()
        assert data.density(INPUTS) == left
        assert data.densities.get(WEIGHTS, right) == right
        assert (WEIGHTS in data.densities) == (name not in CONVOLUTIONS)
        assert OUTPUTS in data.densities


RECURRENT_LAYERS = (nn.LSTM, nn.GRU, nn.RNN, nn.LSTMCell, nn.GRUCell, nn.RNNCell)


@pytest.mark.parametrize("kind", RECURRENT_LAYERS, ids=lambda kind: kind.__name__)
def test_the_inputs_of_recurrent_layers_are_measured(kind: type[nn.Module]) -> None:
    """And nothing of their states, which nobody sees."""
    given = sparse(5, 8)
    measured = measure(kind(8, 4), [given if "Cell" in kind.__name__ else given[None]]).data
    of_inputs, of_states = (measured[name].densities for name in sorted(measured, reverse=True))
    assert of_inputs[INPUTS] * given.numel() == int(given.count_nonzero())
    assert of_states.keys() == {WEIGHTS}


def test_weights_of_any_kind_of_number_are_counted() -> None:
    """Floats of 8 bits too, whose zeros torch itself does not count."""

    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Buffer(sparse(16, 32).to(torch.float8_e4m3fn))

        def forward(self, x: Tensor) -> Tensor:
            one = torch.ones(())
            return torch._scaled_mm(x.to(torch.float8_e4m3fn), self.weight.t(), one, one)

    (layer,) = from_torch(Scaled(), sparse(16, 32)).layers
    assert layer.data.density(WEIGHTS) * 16 * 32 == int(sparse(16, 32).count_nonzero())


def test_scores_that_a_program_changes_are_those_of_the_program() -> None:
    """Of flex attention in a window of two tokens, 7 of 16 weights are not zero."""

    def window(score: Tensor, _: Tensor, __: Tensor, m: Tensor, n: Tensor) -> Tensor:
        return torch.where((m >= n) & (m - n < 2), score, float("-inf"))

    class Windowed(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            made = flex_attention(x, x[:, :1], x[:, :1], window, enable_gqa=True)
            assert isinstance(made, Tensor)
            return made

    data = measure(Windowed(), [torch.ones(2, 3, 4, 8)]).data
    assert data["attention.scores"].density(OUTPUTS) * 16 == 7
    assert data["attention.context"].density(INPUTS) * 16 == 7


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
    nn.init.zeros_(other.get_parameter("0.weight")[:3])
    images, meter = [torch.randn(2, 2, 6, 6)], Meter(model)
    assert meter.measure(images) == measure(model, images)
    model.load_state_dict(other.state_dict())
    assert meter.measure(images) == measure(other, images)
    assert meter.measure(images).data["0"].density(WEIGHTS) <= Fraction(1, 4)
