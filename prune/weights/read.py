"""From a file of trained weights to tensors by their keys: `.npz`, `.pt` or `.safetensors`."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from prune.errors import FileError
from prune.files import arrays
from prune.weights.encodings import Array, decoded

#: Where training scripts keep the weights inside of what they save.
WRAPPINGS: Final = ("state_dict", "model_state_dict", "model", "net")
#: What data parallel training and torch.compile put before every key.
PREFIXES: Final = ("module.", "_orig_mod.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Trained weights by their keys, and what else stood in their file: arrays under plain names,
    of integers, such as the classes' indices.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    notes: Mapping[str, Array]


class NotReadable(FileError):
    """The file at `path` holds no weights that can be read, because of `reason`."""


def read(path: Path) -> Weights:
    """The weights in the file, as they are stored; raises `NotReadable`.

    Keys are those of a `state_dict`, without what data parallel training or torch.compile put
    before them. A `.pt` file is read without running any code that it may contain.
    """
    if path.suffix not in READERS:
        kinds = ", ".join(READERS)
        raise NotReadable(path, f"no known kind of weights; their names end in {kinds}")
    try:
        return READERS[path.suffix](path)
    except FileNotFoundError:
        raise NotReadable(path, "no such file") from None
    except OSError as error:
        raise NotReadable(path, error.strerror or str(error)) from None


def _npz(path: Path) -> Weights:
    try:
        found = decoded(arrays(path))
    except ValueError as error:
        raise NotReadable(path, str(error)) from None
    except KeyError as error:
        raise NotReadable(path, f"lacks {error.args[0]}") from None
    notes = {name: array for name, array in found.items() if _is_note(name, array)}
    tensors = {name: torch.from_numpy(found[name]) for name in found if name not in notes}
    return Weights(path=path, tensors=tensors, notes=notes)


def _is_note(name: str, array: Array) -> bool:
    return "." not in name and array.dtype.kind != "f"


def _pt(path: Path) -> Weights:
    try:
        content: object = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        remedy = "save model.state_dict(), not the model"
        raise NotReadable(path, f"holds more than weights, or none; {remedy}") from None
    except (EOFError, RuntimeError):
        raise NotReadable(path, "is not a whole file of torch.save") from None
    tensors = _unwrapped(content)
    if tensors is None:
        raise NotReadable(path, "holds no dictionary of weights such as model.state_dict()")
    return Weights(path=path, tensors=_unprefixed(tensors), notes={})


def _safetensors(path: Path) -> Weights:
    try:
        return Weights(path=path, tensors=_unprefixed(load_file(path)), notes={})
    except SafetensorError:
        raise NotReadable(path, "is not a whole .safetensors file") from None


def _unwrapped(content: object) -> dict[str, Tensor] | None:
    """The dictionary of tensors that the content is, or that it has in a usual place."""
    if not isinstance(content, dict) or not content:
        return None
    if all(isinstance(tensor, Tensor) for tensor in content.values()):
        return {str(key): tensor for key, tensor in content.items()}
    inside = (_unwrapped(content[key]) for key in WRAPPINGS if key in content)
    return next((tensors for tensors in inside if tensors is not None), None)


def _unprefixed(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    for prefix in PREFIXES:
        if all(key.startswith(prefix) for key in tensors):
            tensors = {key.removeprefix(prefix): tensor for key, tensor in tensors.items()}
    return tensors


#: How a file is read, by the ending of its name.
READERS: Final[Mapping[str, Callable[[Path], Weights]]] = MappingProxyType(
    {".npz": _npz, ".pt": _pt, ".pth": _pt, ".safetensors": _safetensors}
)
