"""PyTorch modules: names, graphs, what is priced and what is not, and what cannot be read."""

import warnings
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import prune
from torch.nn.utils.parametrizations import weight_norm

from hwsim import NotImported, from_torch, measure
from hwsim.vocabulary import LARGEST_BATCH, WEIGHTS
from hwsim.workload import Layer, Network
from tests.importer.files import bounds
from tests.importer.graphs import bare

MAP = torch.zeros(2, 4, 8, 8)


def only(network: Network) -> Layer:
    """The one priced layer."""
    (layer,) = network.layers
    return layer


def module(forward: object, **parts: nn.Module) -> nn.Module:
    """A module of these parts; `forward` takes it and the inputs."""
    made: nn.Module = type("Made", (nn.Module,), {"forward": forward})()
    for name, part in parts.items():
        setattr(made, name, part)
    return made


# --- Names and graphs ------------------------------------------------------------------------


def test_a_layer_has_its_modules_name_whatever_stands_beside_it() -> None:
    """What a module does before and after its product has the name of the operation, too."""
    padded = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"))
    network = from_torch(padded, torch.zeros(2, 3, 8, 8))
    assert [node.name for node in network.nodes] == ["0.pad", "0"]
    assert [layer.name for layer in network.layers] == ["0"]


def test_layers_have_the_names_of_their_modules() -> None:
    """A module that is called twice is numbered; a function has its module's name and its own."""

    def forward(self: Any, x: Tensor) -> Tensor:
        x = self.relu(self.conv(self.relu(self.conv(x))))
        return functional.linear(functional.relu(x.flatten(1)), self.fc.weight)

    parts = {"conv": nn.Conv2d(4, 4, 1), "relu": nn.ReLU(), "fc": nn.Linear(256, 3)}
    network = from_torch(module(forward, **parts), MAP)
    names = {node.name: node.sources for node in network.nodes}
    assert names == {
        "conv": ("input",),
        "relu": ("conv",),
        "conv_1": ("relu",),
        "relu_1": ("conv_1",),
        "flatten": ("relu_1",),
        "relu_2": ("flatten",),
        "fc": ("relu_2",),
    }
    assert [layer.name for layer in network.layers] == ["conv", "conv_1", "fc"]


def test_what_joins_is_kept() -> None:
    """Concatenations and additions read all their sources; parts of a tensor read the whole."""

    def forward(self: Any, x: Tensor) -> Tensor:
        left, right = self.conv(x).chunk(2, 1)
        return torch.cat([left, right, x], 1) + 1 + torch.cat([x, x[:, :4]], 1)

    network = from_torch(module(forward, conv=nn.Conv2d(4, 4, 1)), MAP)
    nodes = {node.name: (node.kind, node.sources) for node in network.unpriced}
    assert nodes["cat"] == ("concatenation", ("chunk", "chunk_1", "input"))
    assert nodes["chunk"] == nodes["chunk_1"] == ("chunk", ("conv",))
    assert nodes["add"] == ("add", ("cat",))
    assert nodes["add_1"] == ("addition", ("add", "cat_1"))


def test_a_normalisation_of_neighbours_is_one_node() -> None:
    """torch computes it in nine steps."""
    network = from_torch(nn.Sequential(nn.Conv2d(4, 4, 1), nn.LocalResponseNorm(5)), MAP)
    assert [(node.kind, node.shape) for node in network.unpriced] == [("lrn", (4, 8, 8))]


def test_several_inputs_keep_their_names() -> None:
    """One alone is called `input`."""

    def forward(self: Any, image: Tensor, *, scale: Tensor) -> Tensor:
        return self.conv(image) * scale

    model = module(forward, conv=nn.Conv2d(4, 4, 1))
    network = from_torch(model, {"image": MAP, "scale": torch.ones(2, 4, 1, 1)})
    assert [node.sources for node in network.nodes] == [("image",), ("conv", "scale")]


# --- Loops -----------------------------------------------------------------------------------


def test_another_batch_is_traced_as_shapes() -> None:
    """A million images of a megabyte are no more work than one."""
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8 * 510 * 510, 2))
    network = from_torch(model, torch.zeros(1, 3, 512, 512), batch=LARGEST_BATCH)
    assert {layer.bounds["N"] for layer in network.layers} == {LARGEST_BATCH}
    with pytest.raises(ValueError, match="a batch has from 1 to"):
        from_torch(model, MAP, batch=0)


def test_positions_of_a_sequence_are_a_row() -> None:
    """A linear layer uses its weights for all of them, however many ranks they take."""
    layer = only(from_torch(nn.Linear(8, 5), torch.zeros(2, 3, 4, 8)))
    assert bounds(layer) == {"N": 2, "M": 5, "C": 8, "Q": 12}
    assert (layer.kind, layer.name) == ("fully_connected", "linear")


def test_a_convolution_of_a_signal_is_a_row() -> None:
    """One axis is Q, as that of tokens."""
    layer = only(from_torch(nn.Conv1d(4, 6, 3, stride=2, groups=2), torch.zeros(2, 4, 9)))
    assert bounds(layer) == {"N": 2, "G": 2, "M": 3, "C": 2, "Q": 4, "S": 3}


@pytest.mark.parametrize(
    ("kernel", "stride", "size", "expected"),
    [
        ((1, 3, 3), 1, (5, 8, 8), {"N": 10, "P": 6, "Q": 6, "R": 3, "S": 3, "C": 4, "M": 4}),
        ((3, 1, 1), 1, (5, 8, 8), {"N": 16, "P": 3, "Q": 8, "R": 3, "C": 4, "M": 4}),
        ((5, 3, 3), 1, (5, 8, 8), {"N": 2, "P": 6, "Q": 6, "R": 3, "S": 3, "C": 20, "M": 4}),
        ((1, 1, 1), 1, (5, 8, 8), {"N": 10, "P": 8, "Q": 8, "C": 4, "M": 4}),
        (
            (2, 4, 4),
            (2, 4, 4),
            (4, 8, 8),
            {"N": 4, "P": 2, "Q": 2, "R": 4, "S": 4, "C": 8, "M": 4},
        ),
        ((2, 3, 3), (2, 1, 1), (4, 8, 8), {"N": 4, "P": 6, "Q": 6, "R": 3, "S": 3, "C": 8, "M": 4}),
    ],
)
def test_an_axis_that_does_not_slide_folds(
    kernel: tuple[int, int, int], stride: Any, size: tuple[int, int, int], expected: object
) -> None:
    """Frames without a window in time are images, a window that takes all frames has channels, and
    windows that do not overlap are images of so many channels.
    """
    model, example = nn.Conv3d(4, 4, kernel, stride), torch.zeros(2, 4, *size)
    layer = only(from_torch(model, example))
    assert bounds(layer) == expected
    assert layer.parameters == model.weight.numel()
    assert layer.macs == model(example).numel() * model.weight[0].numel()


def test_windows_along_three_axes_have_no_nest() -> None:
    """They are refused, all at once, and not left out of a sum."""
    model = nn.Sequential(nn.Conv3d(4, 4, 3, padding=1), nn.ReLU(), nn.Conv3d(4, 4, 2))
    with pytest.raises(NotImported) as error:
        from_torch(model, torch.zeros(2, 4, 5, 8, 8), name="video")
    what = "its windows slide along 3 axes, and a loop nest has room for 2"
    remedies = {name: f"--skip {name}, or skip='{name}' in Python, leaves it out" for name in "02"}
    faults = [f"video: {name}: {what}; {remedy}" for name, remedy in remedies.items()]
    assert str(error.value).splitlines() == faults


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (lambda a, b: a @ b.mT, {"G": 6, "Q": 4, "C": 8, "M": 5}),
        (lambda a, b: torch.bmm(a[0], b[0].mT), {"G": 3, "Q": 4, "C": 8, "M": 5}),
        (lambda a, b: a @ b[0, 0].mT, {"Q": 24, "C": 8, "M": 5}),
        (lambda a, b: torch.einsum("nhtd,nhsd->nhts", a, b), {"G": 6, "Q": 4, "C": 8, "M": 5}),
        (lambda a, b: torch.einsum("...td,...sd->...ts", a, b), {"G": 6, "Q": 4, "C": 8, "M": 5}),
        (lambda a, b: a[:, :1] @ b.mT, {"G": 2, "Q": 4, "C": 8, "M": 15}),
    ],
    ids=["matmul", "bmm", "shared", "einsum", "dots", "repeated"],
)
def test_a_product_of_activations_is_priced(operation: object, expected: dict[str, int]) -> None:
    """The right operand stands for weights: it is shared by all that reads it."""
    examples = (torch.zeros(2, 3, 4, 8), torch.zeros(2, 3, 5, 8))
    layer = only(from_torch(module(lambda _, a, b: operation(a, b)), examples))  # type: ignore[operator]
    assert bounds(layer) == expected
    assert (layer.kind, layer.parameters) == ("matmul", 0)


def test_heads_that_share_keys_are_rows() -> None:
    """Eight heads of queries and two of keys are two products, each of four heads' rows."""

    def forward(_: nn.Module, query: Tensor, key: Tensor) -> Tensor:
        return functional.scaled_dot_product_attention(query, key, key, enable_gqa=True)

    examples = (torch.zeros(3, 8, 5, 16), torch.zeros(3, 2, 7, 16))
    network = from_torch(module(forward), examples)
    assert {layer.name: bounds(layer) for layer in network.layers} == {
        "attention.scores": {"G": 6, "Q": 20, "C": 16, "M": 7},
        "attention.context": {"G": 6, "Q": 20, "C": 7, "M": 16},
    }


# --- Weights ---------------------------------------------------------------------------------


def test_a_weight_is_a_weight_on_either_side() -> None:
    """A parameter times an activation is a fully connected layer, whatever writes it."""
    weight = nn.Parameter(torch.eye(8)[:5])
    models = {
        "right": lambda self, x: x @ self.weight.T,
        "left": lambda self, x: (self.weight @ x.mT).mT,
        "sum": lambda self, x: torch.einsum("oi,nti->nto", self.weight, x),
    }
    for name, forward in models.items():
        model = module(forward)
        model.register_parameter("weight", weight)
        layer = only(from_torch(model, torch.zeros(2, 3, 8)))
        assert bounds(layer) == {"N": 2, "M": 5, "C": 8, "Q": 3}, name
        assert (layer.kind, layer.parameters) == ("fully_connected", 40), name
        assert layer.data.density(WEIGHTS) * 40 == 5, name


def test_masks_of_pruned_weights_count_as_zeros() -> None:
    """torch's own pruning multiplies a mask in; layer and model stay what they are."""
    model = nn.Sequential(nn.Linear(8, 10))
    prune.l1_unstructured(model[0], "weight", amount=0.75)  # type: ignore[no-untyped-call]
    layer = only(from_torch(model, torch.zeros(1, 8)))
    assert layer.name == "0"
    assert layer.data.density(WEIGHTS) * 80 == 20
    assert model(torch.zeros(1, 8)).shape == (1, 10)


def test_a_weight_that_is_computed_is_a_weight() -> None:
    """Of a parametrised layer, what the parametrisation yields; the layer keeps its name."""
    model = nn.Sequential(weight_norm(nn.Linear(8, 10)))
    nn.init.zeros_(model.get_parameter("0.parametrizations.weight.original0")[:5])
    layer = only(from_torch(model, torch.zeros(1, 8)))
    assert (layer.name, layer.parameters) == ("0", 80)
    assert layer.data.density(WEIGHTS) == 0.5


def test_a_model_is_traced_in_evaluation_and_left_as_it_was() -> None:
    """Neither its modes nor its statistics change, and nothing is warned of."""
    model = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.Dropout())
    model[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network = from_torch(model, MAP)
    assert [each.training for each in model] == [True, False, True]
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert [node.kind for node in network.unpriced] == ["batch_norm", "dropout"]
    assert bare(network) == bare(from_torch(model.eval(), MAP))


def test_a_model_without_contents_has_the_layers_of_one_with_them() -> None:
    """On the meta device there are shapes alone, and nothing is known of zeros."""

    def build() -> nn.Module:
        return nn.Sequential(nn.Conv2d(4, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10))

    with torch.device("meta"):
        model = build()
    for example in (MAP, MAP.to("meta")):
        network = from_torch(model, example)
        assert bare(network) == bare(from_torch(build(), MAP))
        assert all(WEIGHTS not in layer.data.densities for layer in network.layers)


def test_results_of_any_class_are_read() -> None:
    """A model may yield what torch knows nothing of; the tensors in it end the graph."""

    @dataclass
    class Detections:
        boxes: Tensor
        scores: list[Tensor]

    def forward(self: Any, x: Tensor) -> Detections:
        return Detections(self.boxes(x), [self.scores(x)])

    model = module(forward, boxes=nn.Linear(8, 4), scores=nn.Linear(8, 2))
    network = from_torch(model, torch.zeros(2, 8))
    assert [layer.name for layer in network.layers] == ["boxes", "scores"]
    assert isinstance(model(torch.zeros(2, 8)), Detections)


def test_blocks_that_call_their_operations_are_read() -> None:
    """Of autocast, and of those that switch gradients, torch makes a call of another graph."""

    def forward(self: Any, x: Tensor) -> Tensor:
        made = self.conv(x).flatten(1)
        with torch.autocast("cpu", enabled=False), torch.enable_grad():
            made = self.first(made.float())
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.second(made)

    parts = {"conv": nn.Conv2d(4, 4, 1), "first": nn.Linear(256, 8), "second": nn.Linear(8, 2)}
    model = module(forward, **parts)
    network = from_torch(model, MAP)
    assert [layer.name for layer in network.layers] == ["conv", "first", "second"]
    assert [layer.macs for layer in network.layers] == [2 * 64 * 16, 2 * 256 * 8, 2 * 8 * 2]
    assert measure(model, [MAP]).data.keys() == parts.keys()


# --- What cannot be read ---------------------------------------------------------------------


def test_a_model_that_torch_cannot_follow_is_a_clear_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It names the line of the model and the reason, in one line, and nothing else is printed."""

    def forward(_: nn.Module, x: Tensor) -> Tensor:
        return x if x.sum() > 0 else -x

    what = "what it does next depends on values that are known only as it runs"
    with pytest.raises(NotImported, match=rf"^Made: model: torch\.export .+py:\d+: {what}.+$"):
        from_torch(module(forward), MAP)
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_a_model_that_is_compiled_already_is_refused() -> None:
    """What torch.jit has made is no module that torch can trace."""
    trace: Any = torch.jit.trace
    compiled = trace(nn.Linear(8, 2), torch.zeros(2, 8), check_trace=False)
    with pytest.raises(NotImported, match=r"model: torch\.jit has compiled it: import the module"):
        from_torch(compiled, torch.zeros(2, 8))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:torch.quantize:UserWarning")
def test_modules_that_are_made_of_others_are_named() -> None:
    """What torch.jit has compiled, and what is quantised, wherever they stand."""
    compiled = nn.Sequential(nn.Linear(8, 8), torch.jit.script(nn.Sequential(nn.Linear(8, 2))))
    with pytest.raises(NotImported, match=r"^Sequential: 1: torch\.jit has compiled it: import"):
        from_torch(compiled, torch.zeros(2, 8))
    plain = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
    quantise: Any = torch.ao.quantization.quantize_dynamic
    quantised = quantise(plain, {nn.Linear})
    with pytest.raises(NotImported) as error:
        from_torch(quantised, torch.zeros(2, 8))
    what = "its weights are packed, as a quantised module's: import what it was made of"
    assert str(error.value).splitlines() == [f"Sequential: {name}: {what}" for name in "02"]
