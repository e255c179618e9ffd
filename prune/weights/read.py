"""From a file of trained weights to tensors by their keys: `.npz`, `.pt` or `.safetensors`."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final
from zipfile import BadZipFile, ZipFile

import torch
from safetensors.torch import load_file
from torch import Tensor

from prune.errors import FileError
from prune.files import arrays, check_readable, check_room
from prune.weights.encodings import Numbers, decoded

#: Where training scripts keep the weights inside of what they save.
WRAPPINGS: Final = ("state_dict", "model_state_dict", "model", "net")
#: What data parallel training and torch.compile put before every key.
PREFIXES: Final = ("module.", "_orig_mod.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWeights:
    """Trained weights by their keys, and what else stood in their file: arrays under plain names,
    of integers, such as the classes' indices.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    notes: Mapping[str, Numbers]


class NotReadable(FileError):
    """The file at `path` holds no weights that can be read, because of `reason`."""


def read(path: Path) -> StoredWeights:
    """The weights in the file, as they are stored; raises `NotReadable`.

    Keys are those of a `state_dict`, without what data parallel training or torch.compile put
    before them. A `.pt` file is read without running any code that it may contain.
    """
    if path.suffix not in READERS:
        kinds = ", ".join(READERS)
        raise NotReadable(path, f"no known kind of weights; their names end in {kinds}")
    try:
        check_readable(path)
        found = READERS[path.suffix](path)
    except FileNotFoundError:
        raise NotReadable(path, "no such file") from None
    except OSError as error:
        raise NotReadable(path, error.strerror or str(error)) from None
    for key, tensor in found.tensors.items():
        if unlike := _unlike_weights(tensor):
            raise NotReadable(path, f"{key}: {unlike}; plain tensors of numbers are expected")
    return found


def _npz(path: Path) -> StoredWeights:
    try:
        found = decoded(arrays(path))
    except ValueError as error:
        raise NotReadable(path, str(error)) from None
    except KeyError as error:
        raise NotReadable(path, f"lacks {error.args[0]}") from None
    notes = {name: array for name, array in found.items() if _is_note(name, array)}
    tensors = {name: _tensor(path, name, found[name]) for name in found if name not in notes}
    return StoredWeights(path=path, tensors=tensors, notes=notes)


def _is_note(name: str, array: Numbers) -> bool:
    return "." not in name and array.dtype.kind != "f"


def _tensor(path: Path, name: str, array: Numbers) -> Tensor:
    try:
        return torch.from_numpy(array.astype(array.dtype.newbyteorder("="), copy=False))
    except (TypeError, ValueError):
        what = f"{name}: is of {array.dtype}; plain tensors of numbers are expected"
        raise NotReadable(path, what) from None


def _pt(path: Path) -> StoredWeights:
    _check_inflated(path)
    try:
        content: object = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        remedy = "save model.state_dict(), not the model"
        raise NotReadable(path, f"holds more than weights, or none; {remedy}") from None
    except Exception:  # noqa: BLE001 - a damaged file makes its reader raise anything
        raise NotReadable(path, "is not a whole file of torch.save") from None
    tensors = _unwrapped(content)
    if tensors is None:
        raise NotReadable(path, "holds no dictionary of weights such as model.state_dict()")
    return StoredWeights(path=path, tensors=_unprefixed(tensors), notes={})


def _check_inflated(path: Path) -> None:
    """Raise `NotReadable` for an archive that unpacks to more than the memory of this machine.

    torch.save packs nothing, but torch.load unpacks what others packed.
    """
    try:
        with ZipFile(path) as archive:
            size_bytes = sum(one.file_size for one in archive.infolist())
    except (OSError, ValueError, RuntimeError, BadZipFile):
        return  # of the older kind, or nothing: torch.load tells
    check_room(size_bytes)


def _safetensors(path: Path) -> StoredWeights:
    try:
        return StoredWeights(path=path, tensors=_unprefixed(load_file(path)), notes={})
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a damaged file makes its reader raise anything
        raise NotReadable(path, "is not a whole .safetensors file") from None


def _unwrapped(content: object) -> dict[str, Tensor] | None:
    """The dictionary of tensors that the content is, or that it has in a usual place."""
    left, seen = [content], set[int]()
    while left:
        inside = left.pop()
        if not isinstance(inside, dict) or not inside or id(inside) in seen:
            continue
        if all(isinstance(tensor, Tensor) for tensor in inside.values()):
            return {str(key): tensor for key, tensor in inside.items()}
        seen.add(id(inside))  # a dictionary may hold itself
        left += [inside[key] for key in reversed(WRAPPINGS) if key in inside]
    return None


def _unlike_weights(tensor: Tensor) -> str:
    """What a tensor is that weights cannot be, or nothing."""
    if tensor.is_meta:
        return "is on the meta device, a shape without numbers"
    if tensor.is_nested or tensor.layout is not torch.strided:
        return f"is {'nested' if tensor.is_nested else str(tensor.layout).removeprefix('torch.')}"
    return "is quantized" if tensor.is_quantized else ""


def _unprefixed(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    for prefix in PREFIXES:
        if all(key.startswith(prefix) for key in tensors):
            tensors = {key.removeprefix(prefix): tensor for key, tensor in tensors.items()}
    return tensors


#: How a file is read, by the ending of its name.
READERS: Final[Mapping[str, Callable[[Path], StoredWeights]]] = MappingProxyType(
    {".npz": _npz, ".pt": _pt, ".pth": _pt, ".safetensors": _safetensors}
)
