"""Where a run of fine-tuning stands, on disk."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from prune.data import dataset_name, size_of
from prune.errors import Error
from prune.files import write

#: Bytes at the head of a checkpoint by which what follows is known to be what was written.
SEAL: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The losses so far of a run, and its model and optimizer as they are now."""

    run: str
    losses: Sequence[float]
    model: Mapping[str, Tensor]
    optimizer: dict[str, Any]


class OtherRun(Error):
    """The checkpoint at `path` is of another run, or is no checkpoint."""

    path: Path

    def __str__(self) -> str:
        what = "is no checkpoint of this model, these images and these settings"
        return f"{self.path}: {what}; remove it, or name another file"


def described(
    model: nn.Module, images: Dataset[Any], settings: object, teacher: nn.Module | None
) -> str:
    """What a run depends on: a digest of its weights, images and settings."""
    states = [digest_of(part.state_dict()) for part in (model, teacher) if part is not None]
    parts = [repr(settings), dataset_name(images), str(size_of(images)), *states]
    return sha256("\n".join(parts).encode()).hexdigest()


def digest_of(state: Mapping[str, Tensor]) -> str:
    """Tells tensors by name apart."""
    digest = sha256()
    for key, tensor in state.items():
        digest.update(key.encode())
        content = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(content.numpy().tobytes())
    return digest.hexdigest()


def write_checkpoint(path: Path, kept: Checkpoint) -> None:
    """Write the checkpoint whole or not at all; raises `NotWritten`."""
    content = io.BytesIO()
    fields = {
        "run": kept.run,
        "losses": list(kept.losses),
        "model": dict(kept.model),
        "optimizer": kept.optimizer,
    }
    torch.save(fields, content)
    write(path, sha256(content.getvalue()).digest() + content.getvalue())


def read_checkpoint(path: Path, run: str) -> Checkpoint | None:
    """Return the checkpoint of that run, or None where there is no file; raises `OtherRun`."""
    try:
        stored = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise OtherRun(path) from None
    seal, content = stored[:SEAL], stored[SEAL:]
    if sha256(content).digest() != seal:
        raise OtherRun(path)
    kept = Checkpoint(**torch.load(io.BytesIO(content), map_location="cpu", weights_only=True))
    if kept.run != run:
        raise OtherRun(path)
    return kept
