"""Layers of a network to waves: no layer's inputs depend on one of the same wave, or a later one.

Layers of a wave, as the branches of an inception module, are sampled in one run of the network.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from prune.network.watch import beside, evaluating, watched


def waves(network: nn.Module, layers: Sequence[str], image: Tensor) -> Iterator[tuple[str, ...]]:
    """The named layers in the order of computing, in as few waves as there can be.

    `image` is a batch of one that the network can run on.
    """
    needed = _needed(network, layers, image) if layers else {}
    left = list(layers)
    while left:
        wave = tuple(name for name in left if not needed[name].intersection(left))
        yield wave
        left = [name for name in left if name not in wave]


def _needed(network: nn.Module, layers: Sequence[str], image: Tensor) -> dict[str, set[str]]:
    """By layer, those of the layers on which its inputs depend: through which gradients flow."""
    modules = {name: network.get_submodule(name) for name in layers}
    weights = {name: one.weight.detach().requires_grad_() for name, one in modules.items()}  # type: ignore[operator]
    seen: dict[str, Tensor] = {}

    def look(name: str, inputs: tuple[Any, ...], _outputs: object) -> None:
        seen.setdefault(name, inputs[0])

    with evaluating(network), torch.enable_grad(), watched(modules, look):
        given = {f"{name}.weight": weight for name, weight in weights.items()}
        functional_call(network, given, beside(image, weights[layers[0]]))
    return {name: _through(seen[name], weights) for name in layers}


def _through(inputs: Tensor, weights: dict[str, Tensor]) -> set[str]:
    if not inputs.requires_grad:
        return set()
    flows: Sequence[Tensor | None] = torch.autograd.grad(
        inputs.sum(), list(weights.values()), retain_graph=True, allow_unused=True
    )
    return {name for name, flow in zip(weights, flows, strict=True) if flow is not None}
