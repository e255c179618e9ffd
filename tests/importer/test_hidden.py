"""Products under other names: none is lost, whatever torch calls it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention.flex_attention import flex_attention
from torch.utils.flop_counter import FlopCounterMode, flop_registry

from hwsim import NoLayer, NotImported, from_torch, measure
from hwsim.vocabulary import INPUTS
from hwsim.workload import Network
from tests.importer.test_pytorch import module

ROWS = torch.randn(8, 64)
SQUARE = (64, 64)


def with_weight(operation: Callable[[Tensor, Tensor], Tensor], *shape: int) -> nn.Module:
    """An operation on the inputs and a parameter."""
    model = module(lambda self, x: operation(x, self.weight))
    model.register_parameter("weight", nn.Parameter(torch.randn(shape)))
    return model


def one_head(x: Tensor) -> Tensor:
    """Tokens as one head of one image."""
    return x[None, None]


def three_heads(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens as queries, keys and values of one head of one image."""
    return one_head(x), one_head(x), one_head(x)


@pytest.mark.parametrize(
    ("operation", "shape", "macs"),
    [
        (lambda x, w: torch.tensordot(x, w, dims=1), (64, 32), 8 * 64 * 32),
        (torch.inner, (32, 64), 8 * 64 * 32),
        (torch.linalg.matmul, (64, 32), 8 * 64 * 32),
        (lambda x, w: torch.linalg.multi_dot([x, w, w.t()]), (64, 32), 2 * 8 * 64 * 32),
        (lambda x, w: torch.addbmm(torch.zeros(8, 32), x[None], w[None]), (64, 32), 8 * 64 * 32),
        (lambda x, w: torch.addmv(torch.zeros(8), x, w), (64,), 8 * 64),
        (torch.linalg.vecdot, (64,), 8 * 64),
        (lambda x, w: functional.bilinear(x, x, w), (5, 64, 64), 8 * 64 * 64 * 5 + 8 * 64 * 5),
        (lambda x, w: torch.einsum("ij,jk,kl->il", x, w, w), SQUARE, 2 * 8 * 64 * 64),
        (lambda x, w: torch.einsum("ij,jj->i", x, w), SQUARE, 8 * 64),
        (lambda x, w: torch.einsum("ij,kl->ik", x, w), (5, 3), 0),
        (lambda x, w: torch.einsum("ij,k->ijk", x, w), (5,), 0),
        (
            lambda x, w: torch.conv_tbc(x[:, None].repeat(1, 2, 1), w, torch.zeros(5)),
            (3, 64, 5),
            2 * 6 * 64 * 5 * 3,
        ),
        (
            lambda x, w: torch.convolution(x[:, :, None], w, None, [1], [0], [1], False, [0], 1),
            (5, 64, 1),
            8 * 64 * 5,
        ),
        (
            lambda x, w: torch.convolution(x[:, :, None], w, None, [1], [0], [1], True, [0], 1),
            (64, 5, 3),
            8 * 64 * 5 * 3,
        ),
        (
            lambda x, w: torch.gru_cell(x, torch.zeros(8, 4), w, torch.ones(12, 4)),
            (12, 64),
            8 * 12 * 68,
        ),
        (
            lambda x, w: torch._scaled_dot_product_attention_math(*three_heads(x))[0] + w,
            (1,),
            2 * 8 * 8 * 64,
        ),
        (
            lambda x, w: (
                torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(*three_heads(x))[0] + w
            ),
            (1,),
            2 * 8 * 8 * 64,
        ),
        (lambda x, w: flex_attention(*three_heads(x)) + w, (1,), 2 * 8 * 8 * 64),
        (torch.kron, (4, 4), 0),
        (torch.cdist, (32, 64), 8 * 32 * 66),
        (lambda x, w: torch.outer(x[0], w), (64,), 0),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_a_product_is_priced_whatever_it_is_called(
    operation: Callable[[Tensor, Tensor], Tensor], shape: tuple[int, ...], macs: int
) -> None:
    """Its steps are those that torch makes of it; what only scales elements is no product."""
    network = from_torch(with_weight(operation, *shape), ROWS)
    assert (network.macs, network.missing) == (macs, ())


def test_a_step_has_the_name_of_its_operation() -> None:
    """The steps compute what the operation does, and are measured as it runs."""
    model = with_weight(lambda x, w: torch.tensordot(x.relu(), w, dims=1), 64, 32)
    (layer,) = from_torch(model, ROWS).layers
    assert (layer.name, layer.kind, layer.parameters) == ("tensordot", "fully_connected", 64 * 32)
    density = measure(model, [ROWS]).data["tensordot"].density(INPUTS)
    assert density * ROWS.numel() == int(ROWS.relu().count_nonzero())


# --- What is missing -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "shape", "kind", "macs"),
    [
        (
            lambda x, w: torch._grouped_mm(
                x.bfloat16(), w.bfloat16(), torch.tensor([4, 8], dtype=torch.int32)
            ),
            (2, 64, 32),
            "_grouped_mm",
            8 * 64 * 32,
        ),
        (lambda x, w: torch.cdist(x, w, 3.0), (5, 64), "cdist", 8 * 5 * 64),
        (lambda x, w: torch.pdist(x) + w, (1,), "pdist", 8 * 7 // 2 * 64),
        (lambda x, w: torch.fft.rfft(x) + w, (1,), "fft_rfft", None),
        (lambda x, w: torch.linalg.svdvals(x) + w, (1,), "linalg_svdvals", None),
    ],
    ids=["grouped", "distances", "pairs", "Fourier", "svd"],
)
def test_what_multiplies_and_has_no_price_is_missing(
    operation: Callable[[Tensor, Tensor], Tensor],
    shape: tuple[int, ...],
    kind: str,
    macs: int | None,
) -> None:
    """With its MACs where they are known; what follows is priced as ever."""
    network = from_torch(with_weight(operation, *shape), ROWS)
    assert [(one.kind, one.macs) for one in network.missing] == [(kind, macs)]
    assert network.missing[0].name in {node.name for node in network.nodes}


def test_an_operation_that_nobody_knows_is_missing() -> None:
    """Of a program of its user's, torch says shapes and no steps."""
    torch.library.define("hwsim_test::secret", "(Tensor x) -> Tensor")
    torch.library.impl("hwsim_test::secret", "CompositeExplicitAutograd", torch.clone)
    torch.library.register_fake("hwsim_test::secret", torch.empty_like)
    network = from_torch(module(lambda _, x: torch.ops.hwsim_test.secret(x)), ROWS)
    (missing,) = network.missing
    assert (missing.macs, missing.why) == (None, "what secret multiplies is not known")


#: Operations that move elements, order, count, scale or average them.
PASSED: dict[str, Callable[[Tensor], Tensor]] = {
    "places": torch.argwhere,
    "values": torch.unique,
    "order": lambda x: x.sort()[0].topk(2)[0].cumsum(0).kthvalue(1)[0],
    "classes": lambda x: functional.one_hot(x.long().abs(), 9),
    "bags": lambda x: functional.embedding_bag(x.long().abs(), torch.ones(9, 4)),
    "sizes": lambda x: functional.interpolate(
        one_head(x), size=(9, 9), mode="bicubic", antialias=True
    ),
    "grids": lambda x: functional.grid_sample(one_head(x), torch.ones(1, 2, 2, 2)),
    "windows": lambda x: functional.fold(functional.unfold(one_head(x), 2), (8, 64), 2),
    "norms": lambda x: functional.instance_norm(x[None]) + functional.rms_norm(x, [64]),
    "differences": lambda x: torch.cdist(x, x * 2, 1.0),
    "angles": lambda x: functional.cosine_similarity(x, x * 2) + torch.linalg.vector_norm(x),
    "bits": lambda x: torch.fake_quantize_per_tensor_affine(x, 0.1, 0, 0, 255),
    "sums": lambda x: torch.zeros(9).scatter_reduce(0, x[0].long().abs(), x[0], "sum"),
    "chance": lambda x: x[x > 0.5].quantile(0.5) + torch.bernoulli(x.abs().clamp(max=1)).sum(),
}


@pytest.mark.parametrize("name", PASSED)
def test_what_multiplies_no_matrices_is_neither(name: str) -> None:
    """It is passed on, and no report warns of it."""
    network = from_torch(module(lambda _, x: PASSED[name](x)), ROWS)
    assert (network.layers, network.missing, network.precomputed) == ((), (), ())
    assert network.unpriced


def empty(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """A tensor of no contents."""
    return torch.empty(shape, dtype=dtype, device="meta")


HEADS, TOKENS = (2, 3, 8, 16), (2, 8, 3, 16)
WINDOW = (empty(6, 1, 2, 2), None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)
OF_8_BITS = torch.float8_e4m3fn
aten = torch.ops.aten
#: What torch's counter knows and can trace, called on rows, of whatever values, and constants.
COUNTED: dict[str, Callable[[Tensor], Tensor]] = {
    "mm": lambda x: aten.mm(empty(9, 8), x),
    "addmm": lambda x: aten.addmm(empty(64), empty(9, 8), x),
    "bmm": lambda x: aten.bmm(empty(2, 9, 8), x.expand(2, -1, -1)),
    "baddbmm": lambda x: aten.baddbmm(empty(2, 9, 64), empty(2, 9, 8), x.expand(2, -1, -1)),
    "_scaled_mm": lambda x: aten._scaled_mm(
        x.repeat(2, 1).to(OF_8_BITS),
        empty(32, 64, dtype=OF_8_BITS).t(),
        empty(1),
        empty(1),
        out_dtype=torch.bfloat16,
    ),
    "convolution": lambda x: aten.convolution(x[None, None], *WINDOW),
    "_convolution": lambda x: aten._convolution(x[None, None], *WINDOW, *[False] * 4),
    "_scaled_dot_product_efficient_attention": lambda x: (
        aten._scaled_dot_product_efficient_attention(*queries(x, HEADS), None, False)[0]
    ),
    "_scaled_dot_product_flash_attention": lambda x: aten._scaled_dot_product_flash_attention(
        *queries(x, HEADS)
    )[0],
    "_scaled_dot_product_cudnn_attention": lambda x: aten._scaled_dot_product_cudnn_attention(
        *queries(x, HEADS), None, False
    )[0],
    "_flash_attention_forward": lambda x: aten._flash_attention_forward(
        *queries(x, TOKENS), None, None, 8, 8, 0.0, False, False
    )[0],
    "_efficient_attention_forward": lambda x: aten._efficient_attention_forward(
        *queries(x, TOKENS), None, None, None, 8, 8, 0.0, 0
    )[0],
}
#: What no trace of a model in evaluation on shapes can hold.
NEVER = ("backward", "convolution_overrideable", "cudnn_convolution", "_slow_conv2d_forward")


def queries(x: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Queries that depend on the inputs, keys and values."""
    return empty(*shape) + x.sum(), empty(*shape), empty(*shape)


def test_all_that_torch_counts_is_known() -> None:
    """A new operation of torch's own counter of operations asks for a case."""
    names = {getattr(packet, "__name__", str(packet)) for packet in flop_registry}
    assert {name for name in names if not name.endswith(NEVER)} <= {*COUNTED, "flex_attention"}


@pytest.mark.parametrize("name", COUNTED)
def test_all_that_torch_counts_is_priced_or_missing(name: str) -> None:
    """Every MAC of it, as torch counts them."""
    model, example = module(lambda _, x: COUNTED[name](x)), empty(8, 64)
    network = from_torch(model, example)
    with FlopCounterMode(display=False) as counter:
        model(example)
    macs = network.macs + sum(one.macs or 0 for one in network.missing)
    assert macs * 2 == counter.get_total_flops() > 0


# --- Leaving out -----------------------------------------------------------------------------

VIDEO = torch.zeros(2, 4, 5, 8, 8)


def video() -> nn.Module:
    """Two convolutions that slide along three axes, and a linear layer."""
    first, second = nn.Conv3d(4, 4, 3, padding=1), nn.Conv3d(4, 4, 2)
    return nn.Sequential(first, second, nn.Flatten(), nn.Linear(4 * 4 * 7 * 7, 3))


def lacks(network: Network) -> dict[str, int | None]:
    """What a network misses, and its MACs."""
    return {one.name: one.macs for one in network.missing}


@pytest.mark.parametrize("patterns", ["0, 1", "[01]"])
def test_what_is_left_out_is_missing(patterns: str) -> None:
    """An operation without a nest does not refuse the network, and its MACs are not forgotten."""
    network = from_torch(video(), VIDEO, skip=patterns)
    assert [layer.name for layer in network.layers] == ["3"]
    assert lacks(network) == {"0": 2 * 5 * 64 * 4 * 4 * 27, "1": 2 * 4 * 49 * 4 * 4 * 8}
    nodes = {node.name: node.sources for node in network.nodes}
    assert nodes == {"0": ("input",), "1": ("0",), "2": ("1",), "3": ("2",)}


def test_a_layer_can_be_left_out() -> None:
    """Also one that would be priced; the names of the others stay."""
    network = from_torch(video(), VIDEO, skip="*")
    assert not network.layers
    assert lacks(network)["3"] == 2 * 784 * 3


def test_what_is_left_out_is_not_measured() -> None:
    """The others are, and fit the network."""
    measured = measure(video(), [VIDEO], skip="0, 1")
    assert measured.data.keys() == {"3"}
    from_torch(video(), VIDEO, skip="0, 1").containing(measured.data)


def test_a_product_of_a_recurrent_layer_can_be_left_out() -> None:
    """The products of each step are by far the most, and may be another machine's."""
    network = from_torch(nn.GRU(8, 5), torch.zeros(7, 2, 8), skip="*.hidden")
    assert [layer.name for layer in network.layers] == ["gru.input"]
    assert lacks(network) == {"gru.hidden": 7 * 2 * 15 * 5}


def test_a_branch_can_be_left_out() -> None:
    """It is missing anyhow, and then because its user wants it so."""

    def forward(self: Any, x: Tensor) -> Tensor:
        return self.fc(torch.cond(x.sum() > 0, lambda y: y @ y.mT, lambda y: y @ y, (x @ x.mT,)))

    network = from_torch(module(forward, fc=nn.Linear(8, 2)), ROWS, skip="cond")
    assert lacks(network) == {"cond": 8 * 8 * 8}
    assert network.missing[0].why == "it is left out, as asked"
    assert network.macs == 8 * 8 * 64 + 8 * 8 * 2


def test_a_pattern_that_leaves_nothing_out_is_refused() -> None:
    """A misspelt name would be a total that lacks less than its reader thinks."""
    with pytest.raises(NoLayer, match="no priced layer matches 'heads'; did you mean head"):
        from_torch(module(lambda self, x: self.head(x), head=nn.Linear(64, 2)), ROWS, skip="heads")


# --- Sizes -----------------------------------------------------------------------------------


def detections(self: Any, x: Tensor) -> Tensor:
    """What is above a threshold, which nobody knows before the model runs."""
    made = self.conv(x).flatten()
    return made[made > 0.5]


def test_open_sizes_behind_all_layers_are_no_matter() -> None:
    """Only a priced operation must know its shapes."""
    network = from_torch(module(detections, conv=nn.Conv2d(1, 16, 3)), torch.zeros(1, 1, 8, 8))
    assert network.macs == 36 * 16 * 9
    assert network.nodes[-1].shape == ()


def test_a_layer_of_open_size_is_named() -> None:
    """It can be left out."""

    def forward(self: Any, x: Tensor) -> Tensor:
        return self.fc(detections(self, x)[:, None])

    model, example = module(forward, conv=nn.Conv2d(1, 16, 3), fc=nn.Linear(1, 4)), ROWS[None, None]
    what = r"^Made: fc: the shape of unsqueeze is known only as the model runs: \? x 1; --skip fc,"
    with pytest.raises(NotImported, match=what):
        from_torch(model, example)
    assert lacks(from_torch(model, example, skip="fc")) == {"fc": None}


def test_a_layer_of_no_size_is_refused() -> None:
    """Nothing is multiplied by nothing; and a batch of no image is none."""
    with pytest.raises(NotImported, match="matmul: a size of 8 x 0 makes no sense"):
        from_torch(module(lambda _, x: x[:, :0] @ x[:, :0].mT), ROWS)
    with pytest.raises(NotImported, match="input: it holds no image"):
        from_torch(nn.Linear(64, 2), ROWS[:0])
