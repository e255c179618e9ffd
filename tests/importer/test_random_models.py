"""Random small models: shapes and MACs are those that torch itself sees when it runs them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.hooks import RemovableHandle

from hwsim import from_torch
from hwsim.vocabulary import INPUTS, OUTPUTS, WEIGHTS

SOME = settings(max_examples=12, deadline=None)
SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(5, 9), st.integers(5, 9))


@dataclass
class Recipe:
    """A model that is drawn step by step, as torch shows it."""

    steps: list[tuple[nn.Module, str]] = field(default_factory=list)


class Branches(nn.Module):
    """Steps one after the other; each may be added to what it reads, or stand beside it."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.steps = nn.ModuleList(module for module, _ in recipe.steps)
        self.joins = [join for _, join in recipe.steps]

    def forward(self, x: Tensor) -> Tensor:
        for step, join in zip(self.steps, self.joins, strict=True):
            made = step(x)
            if join == "add" and made.shape == x.shape:
                x = made + x
            elif join == "cat" and made.shape[2:] == x.shape[2:]:
                x = torch.cat([x, made], 1)
            else:
                x = made
        return x


@st.composite
def convolutions(draw: st.DrawFn, channels: int, side: int) -> nn.Module:
    """A convolution, plain, grouped, depthwise or transposed, with any stride and dilation."""
    divisors = [group for group in range(1, channels + 1) if channels % group == 0]
    groups = draw(st.sampled_from(divisors))
    kernel = draw(st.integers(1, min(3, side)))
    dilation = draw(st.integers(1, max(1, (side - 1) // max(1, kernel - 1)) if side > 3 else 1))
    dilation = min(dilation, 2)
    build: Callable[..., nn.Module] = draw(st.sampled_from([nn.Conv2d, nn.ConvTranspose2d]))
    return build(
        channels,
        groups * draw(st.integers(1, 3)),
        kernel,
        stride=draw(st.integers(1, 3)),
        padding=draw(st.integers(0, (kernel - 1) // 2)),
        dilation=dilation,
        groups=groups,
        bias=draw(st.booleans()),
    )


@st.composite
def models(draw: st.DrawFn) -> tuple[nn.Module, Tensor]:
    """A model of maps that ends in a linear layer, and an input."""
    example = torch.ones(draw(SHAPES))
    recipe, x = Recipe(), example
    for _ in range(draw(st.integers(1, 4))):
        module = draw(convolutions(x.shape[1], min(x.shape[2:])))
        wanted = nn.Sequential(module, nn.ReLU()) if draw(st.booleans()) else module
        recipe.steps.append((wanted, draw(st.sampled_from(["", "add", "cat"]))))
        x = Branches(recipe)(example)
    flat = nn.Sequential(Branches(recipe), nn.Flatten(), nn.Linear(x[0].numel(), 3))
    return flat, example


@st.composite
def sequences(draw: st.DrawFn) -> tuple[nn.Module, Tensor]:
    """A transformer's layer, and a batch of sequences."""
    heads = draw(st.integers(1, 3))
    width, inner = heads * draw(st.integers(1, 4)), draw(st.integers(1, 9))
    first = draw(st.booleans())
    layer = nn.TransformerEncoderLayer(width, heads, inner, batch_first=first)
    images, tokens = draw(st.integers(1, 3)), draw(st.integers(2, 6))
    return layer, torch.ones((images, tokens, width) if first else (tokens, images, width))


def has_weights(module: nn.Module) -> bool:
    """Whether the module is a layer that we price."""
    return isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear)


def ran(model: nn.Module, example: Tensor) -> tuple[int, dict[str, tuple[int, ...]]]:
    """MACs that torch counts, and the shapes that its modules yield, as they run."""
    shapes: dict[str, tuple[int, ...]] = {}

    def keep(name: str, module: nn.Module) -> RemovableHandle:
        def hook(_: nn.Module, __: object, made: Tensor) -> None:
            shapes[name] = tuple(made.shape)

        return module.register_forward_hook(hook)

    hooks = [keep(name, module) for name, module in model.named_modules() if has_weights(module)]
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:  # all is counted
        model.eval()(example)
    for hook in hooks:
        hook.remove()
    return counter.get_total_flops() // 2, shapes


@SOME
@given(models(), st.integers(1, 5))
def test_macs_and_tensors_are_torchs(drawn: tuple[nn.Module, Tensor], batch: int) -> None:
    """Every MAC that torch counts is in a nest, at any batch; layers have the weights of their
    modules, and yield what these do and what is cropped of it.
    """
    model, example = drawn
    macs, shapes = ran(model, example)
    network = from_torch(model, example, batch=batch)
    assert network.macs * len(example) == macs * batch
    nodes = {node.name: node.shape for node in network.nodes}
    for layer in network.layers:
        module, shape = model.get_submodule(layer.name), shapes[layer.name][1:]
        assert layer.parameters == module.get_parameter("weight").numel()
        assert nodes[layer.name] == (shape if len(shape) > 1 else (*shape, 1, 1))
        outputs = torch.Size(shape).numel() * batch
        assert layer.words(OUTPUTS) == outputs or isinstance(module, nn.ConvTranspose2d)
    assert [*shapes] == [layer.name for layer in network.layers]


@SOME
@given(sequences())
def test_attention_is_priced_whole(drawn: tuple[nn.Module, Tensor]) -> None:
    """Torch counts the projections, both products and the feed-forward layers, as we do."""
    model, example = drawn
    network = from_torch(model, example)
    assert network.macs == ran(model, example)[0]
    names = [layer.name for layer in network.layers]
    attention = ("in_proj", "scores", "context", "out_proj")
    assert names == [*(f"self_attn.{part}" for part in attention), "linear1", "linear2"]
    scores, context = network.layers[1:3]
    assert scores.words(OUTPUTS) == context.words(INPUTS)
    assert scores.words(WEIGHTS) == context.words(WEIGHTS)
