"""A network and a few images to what running it tells: its classes, and what layers can be pruned.

A layer is solved from what it took and gave in one run, image by image, and its new weights take
the place of the old ones in the `state_dict`. So it must run once in a pass, keep the images apart,
and have a weight that is nothing else's.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from prune.errors import Error
from prune.network.watch import entered, evaluating, watched

#: How many images a network is tried on: a number that no other extent is likely to have.
TRIED: Final = 7

#: Why a layer is left as it is.
UNUSED: Final = "it does not run by itself"
NOT_ITS_OWN: Final = "its weight is no parameter of its own"
FROZEN: Final = "its weight is frozen (requires_grad is False)"
NOT_ONCE: Final = "it does not run once, with the images first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How many `classes` a network tells apart, its `layers` that can be pruned, in the order of
    computing, and its other Conv2d and Linear layers, which are `left`, and why.
    """

    classes: int
    layers: tuple[str, ...]
    left: Mapping[str, str]


class Unrunnable(Error):
    """The network cannot run on images of that `shape`, because of `reason`."""

    shape: tuple[int, ...]
    reason: str

    def __str__(self) -> str:
        shape = "x".join(map(str, self.shape))
        return (
            f"the model does not run on images of {shape}, channels first: {self.reason}; a"
            " Preprocessing's mean has a value for each channel, and crop is the side"
        )


class NoLogits(Error):
    """The network gives `what` in place of a number for each image and class."""

    what: str

    def __str__(self) -> str:
        return (
            "the model must give one tensor, a number for each image and class, and gives"
            f" {self.what}: a module around it may choose"
        )


def probe(network: nn.Module, images: Tensor) -> Probe:
    """What is known of the network after it ran on the images, of which there are a few.

    Raises `Unrunnable` and `NoLogits`.
    """
    batches: dict[str, list[int]] = {}

    def look(name: str, _inputs: object, outputs: Tensor) -> None:
        batches.setdefault(name, []).append(len(outputs))

    given: list[tuple[str, Tensor]] = []

    def take(name: str, inputs: tuple[object, ...]) -> None:
        given[:] = [(name, one) for one in inputs[:1] if isinstance(one, Tensor)]

    layers = _layers(network)
    with evaluating(network), torch.no_grad(), entered(layers, take), watched(layers, look):
        try:
            logits = network(images)
        except Exception as error:  # noqa: BLE001 - the network is anybody's code
            misfits = (_misfit(name, layers[name], inputs) for name, inputs in given)
            why = next(filter(None, misfits), _first_line(error))
            raise Unrunnable(tuple(images.shape[1:]), why) from None
    if not isinstance(logits, Tensor):
        raise NoLogits(f"a {type(logits).__name__}")
    if logits.dim() != 2 or len(logits) != len(images):
        raise NoLogits(f"{tuple(logits.shape)} for {len(images)} images")
    left = _left(network, batches, len(images))
    can = tuple(name for name in batches if name not in left)
    return Probe(classes=logits.shape[1], layers=can, left=left)


def _misfit(name: str, layer: nn.Module, inputs: Tensor) -> str:
    """Why the layer cannot take such inputs, if it is plain."""
    if not inputs.is_floating_point():
        kind = str(inputs.dtype).removeprefix("torch.")
        return f"{name} takes floating point numbers, and is given {kind}"
    shape = tuple(inputs.shape)
    if isinstance(layer, nn.Linear) and shape[-1] != layer.in_features:
        return f"{name} takes {layer.in_features} features, and is given {shape[-1]}"
    if isinstance(layer, nn.Conv2d) and len(shape) == 4 and shape[1] != layer.in_channels:
        last = ", which come last" if shape[3] == layer.in_channels else ""
        return f"{name} takes {layer.in_channels} channels{last}, and is given {shape[1]}"
    return ""


def _layers(network: nn.Module) -> Mapping[str, nn.Module]:
    modules = network.named_modules()
    return {name: one for name, one in modules if isinstance(one, nn.Conv2d | nn.Linear)}


def _left(network: nn.Module, ran: Mapping[str, list[int]], images: int) -> dict[str, str]:
    """The layers that cannot be pruned, and why, from the batches that each of them ran on."""
    parameters = dict(network.named_parameters(remove_duplicate=False))
    names = Counter(id(one) for one in parameters.values())
    left = {}
    for name in _layers(network):
        weight = parameters.get(f"{name}.weight")
        if name not in ran:
            left[name] = UNUSED
        elif weight is None or names[id(weight)] > 1:
            left[name] = NOT_ITS_OWN
        elif not weight.requires_grad:
            left[name] = FROZEN
        elif ran[name] != [images]:
            left[name] = NOT_ONCE
    return left


def left_in_lines(left: Mapping[str, str]) -> Iterator[str]:
    """A line for each reason of layers that are left as they are: who they are, and why.

    >>> list(left_in_lines({"stem": "it is frozen", "last": "it is zero", "head": "it is frozen"}))
    ['stem, head: it is frozen', 'last: it is zero']
    """
    for why in dict.fromkeys(left.values()):
        yield f"{', '.join(name for name in left if left[name] == why)}: {why}"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]
