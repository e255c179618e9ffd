"""Zeros that stay zero while a model is trained on, and how they are kept on disk.

A hook that torch runs before and after the step of every optimizer takes the gradients of held
zeros away and sets them to zero again, whatever momentum or decay made of them. What is to be held
hangs on the module beside its parameter, so copies of the model, by `deepcopy` or `pickle`, hold
their own zeros; parameters, keys and the computation stay as they are, so `torch.compile`,
`torch.export`, data parallel training and `state_dict` see an ordinary model.

Not held: weights that are changed without an optimizer, parameters that are replaced by others
(`load_state_dict(..., assign=True)`), and those that FSDP has cut into shards.
"""

import json
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save as encoded
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from hwsim.meant import closest
from prune.errors import Error
from prune.files import check_readable, ordered, write
from prune.weights import Mismatch, NotReadable

#: By the name of a parameter, a bool tensor of its shape: False where the weight stays zero.
Masks = Mapping[str, Tensor]

#: Masks in a byte of a file.
EIGHT: Final = 8
#: The attribute of a module that has what is held of its parameters.
ATTRIBUTE: Final = "_held_zeros"


class WrongMasks(Error):
    """The masks are not of this model; `mismatches` has everything that does not fit."""

    mismatches: tuple[Mismatch, ...]

    def __str__(self) -> str:
        return "\n".join(f"mask of {mismatch}" for mismatch in self.mismatches)


class _Hold:
    """One parameter whose zeros are held; a copy holds those of the copied parameter."""

    def __init__(self, parameter: nn.Parameter, mask: Tensor) -> None:
        self.parameter = parameter
        self.mask = mask
        _HELD.add(self)

    def __reduce__(self) -> tuple[type["_Hold"], tuple[nn.Parameter, Tensor]]:
        return _Hold, (self.parameter, self.mask)

    def clear(self, tensor: Tensor) -> None:
        """Set what is held to zero in the parameter or its gradient."""
        self.mask = self.mask.to(tensor.device)
        tensor.masked_fill_(~self.mask, 0)


_HELD: Final[WeakSet[_Hold]] = WeakSet()


def masks_of(model: nn.Module) -> dict[str, Tensor]:
    """Where the weights of the model's convolutions and linear layers are not zero.

    Weights that are computed from others have none, and weights that layers share have one.
    """
    kinds = (nn.modules.conv._ConvNd, nn.Linear)
    layers = (name for name, part in model.named_modules() if isinstance(part, kinds))
    keys = (f"{name}.weight" if name else "weight" for name in layers)
    parameters = dict(model.named_parameters())
    return {key: parameters[key].detach() != 0 for key in keys if key in parameters}


def zeros_of(model: nn.Module) -> dict[str, Tensor]:
    """Where parameters that have zeros are not zero, whatever they are parameters of, but biases:
    those of a network that was not pruned may begin there.
    """
    parameters = ((name, one.detach()) for name, one in model.named_parameters())
    weights = {name: one for name, one in parameters if "bias" not in name.rpartition(".")[2]}
    return {name: one != 0 for name, one in weights.items() if not bool(one.all())}


def apply(model: nn.Module, masks: Masks) -> None:
    """Set the weights that the masks leave out to zero, once; raises `WrongMasks`."""
    for parameter, mask in _matched(model, masks).values():
        parameter.detach().masked_fill_(~mask.to(parameter.device), 0)


def hold(model: nn.Module, masks: Masks | None = None) -> None:
    """Set the weights that the masks leave out to zero, and hold these zeros from now on.

    Without masks, the zeros that the model's layers have are held. What was held before of the same
    parameters is replaced. Raises `WrongMasks`.
    """
    masks = masks_of(model) if masks is None else masks
    apply(model, masks)
    for name, (parameter, mask) in _matched(model, masks).items():
        module, key = _place(model, name)
        held = {**_holds(module), key: _Hold(parameter, mask.detach().clone())}
        setattr(module, ATTRIBUTE, held)


def held(model: nn.Module) -> dict[str, Tensor]:
    """The masks of what is held, by the names of the parameters."""
    return {
        f"{name}.{key}" if name else key: holding.mask
        for name, module in model.named_modules()
        for key, holding in _holds(module).items()
    }


def release(model: nn.Module) -> None:
    """Hold none of the model's zeros any longer."""
    for module in model.modules():
        for holding in _holds(module).values():
            _HELD.discard(holding)
        if hasattr(module, ATTRIBUTE):
            delattr(module, ATTRIBUTE)


def revived(model: nn.Module, masks: Masks) -> dict[str, int]:
    """How many weights that the masks leave out are not zero, where there are any.

    Raises `WrongMasks`.
    """
    counts = {
        name: int((parameter.detach()[~mask.to(parameter.device)] != 0).sum())
        for name, (parameter, mask) in _matched(model, masks).items()
    }
    return {name: count for name, count in counts.items() if count}


def save_masks(masks: Masks, path: Path) -> None:
    """Write the masks to a `.safetensors` file, eight to a byte, the first in the highest bit;
    their shapes are in its metadata. Raises `NotWritten`.
    """
    packed = {
        name: torch.from_numpy(np.packbits(mask.cpu().numpy().reshape(-1)))
        for name, mask in masks.items()
    }
    shapes = {name: json.dumps(list(mask.shape)) for name, mask in masks.items()}
    write(path, ordered(encoded(packed, metadata=shapes)))


def load_masks(path: Path) -> dict[str, Tensor]:
    """The masks in a file that `save_masks` wrote; raises `NotReadable`."""
    try:
        check_readable(path)
        with safe_open(path, framework="np") as file:
            shapes = file.metadata() or {}
            names = file.offset_keys()
            return {name: _unpacked(file.get_tensor(name), shapes[name]) for name in names}
    except FileNotFoundError:
        raise NotReadable(path, "no such file") from None
    except Exception:  # noqa: BLE001 - a damaged file makes its readers raise anything
        raise NotReadable(path, "is not a whole file of masks") from None


def _unpacked(packed: Any, shape: str) -> Tensor:
    sides = json.loads(shape)
    bits = np.unpackbits(packed)
    if not 0 <= len(bits) - prod(sides) < EIGHT:
        raise ValueError("a mask is not as large as its shape says")
    return torch.from_numpy(bits[: prod(sides)].astype(bool).reshape(sides))


def _matched(model: nn.Module, masks: Masks) -> dict[str, tuple[nn.Parameter, Tensor]]:
    """Each mask beside its parameter."""
    parameters = dict(model.named_parameters())
    wrong = tuple(_mismatches(parameters, masks))
    if wrong:
        raise WrongMasks(wrong)
    return {name: (parameters[name], mask) for name, mask in masks.items()}


def _mismatches(parameters: Mapping[str, nn.Parameter], masks: Masks) -> Iterator[Mismatch]:
    for name, mask in masks.items():
        if name not in parameters:
            what = "the model has no such parameter"
            yield Mismatch(key=name, what=what, suggestion=closest(name, parameters))
        elif mask.shape != parameters[name].shape:
            shapes = tuple(mask.shape), tuple(parameters[name].shape)
            yield Mismatch(key=name, what="has shape {}, the parameter {}".format(*shapes))
        elif mask.dtype != torch.bool:
            yield Mismatch(key=name, what=f"is of {mask.dtype}, not of torch.bool")


def _place(model: nn.Module, name: str) -> tuple[nn.Module, str]:
    """The module that has the parameter of that name, and the parameter's name in it."""
    path, _, key = name.rpartition(".")
    return model.get_submodule(path), key


def _holds(module: nn.Module) -> Mapping[str, _Hold]:
    holds: Mapping[str, _Hold] = getattr(module, ATTRIBUTE, {})
    return holds


def _before_step(optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
    for holding in _held_by(optimizer):
        if holding.parameter.grad is not None:
            holding.clear(holding.parameter.grad)


def _after_step(optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
    for holding in _held_by(optimizer):
        holding.clear(holding.parameter.detach())


def _held_by(optimizer: Optimizer) -> list[_Hold]:
    """What is held of the parameters that the optimizer changes."""
    changed = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    return [holding for holding in _HELD if id(holding.parameter) in changed]


register_optimizer_step_pre_hook(_before_step)
register_optimizer_step_post_hook(_after_step)
