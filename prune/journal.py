"""Steps of a long run, each kept on disk as it is done, so that none is done twice.

A run is a plain program whose dear steps go through `Journal.once`. Started anew after an
interruption, it runs from the beginning, and each step that was done gives what it gave. A stage is
a step made of steps: when it is done, what its own steps kept is removed.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from prune.errors import PruneError
from prune.files import write
from prune.processes import agreed, rank, wait_for_all

#: What a folder of kept steps is the state of.
KEY: Final = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """What a step gives: tensors by name, and facts that JSON can say."""

    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


class AnotherRun(PruneError):
    """The folder holds the state of a run that differs in what `differs` names."""

    def __init__(self, folder: Path, differs: tuple[str, ...]) -> None:
        super().__init__(folder, differs)
        self.folder = folder
        self.differs = differs

    def __str__(self) -> str:
        return (
            f"{self.folder}: holds a run that differs in {', '.join(self.differs)}: choose another"
            " folder for the output, or --restart to begin anew in this one"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """A folder of kept steps, or none: then nothing is kept."""

    folder: Path | None = None

    def once(self, step: str, work: Callable[[], Kept]) -> Kept:
        """What the step gives: what was kept, else the work, done and kept.

        Names of steps are paths; those of a stage's steps begin with the stage's and a slash. Of
        processes that work together all do the work, and take what the first one kept of it.
        Raises `NotWritten`.
        """
        if self.folder is None:
            return work()
        file = self.folder / f"{step}.safetensors"
        kept = _read(file)
        if not agreed(kept is not None):
            kept = work()
            if rank() == 0:
                _write(file, kept)
                shutil.rmtree(self.folder / step, ignore_errors=True)
            wait_for_all()
            kept = kept if rank() == 0 else _read(file)
        assert kept is not None
        return kept

    def forget(self, step: str) -> None:
        """Keep no tensors of the step any longer, only its facts: a later one has taken its place.

        Raises `NotWritten`.
        """
        if self.folder is None:
            return
        wait_for_all()
        file = self.folder / f"{step}.safetensors"
        kept = _read(file) if rank() == 0 else None
        if kept is not None and kept.tensors:
            _write(file, Kept(facts=kept.facts))


def opened(folder: Path, key: Mapping[str, str], *, restart: bool = False) -> Journal:
    """The journal in the folder of the run that the key tells from others.

    Raises `AnotherRun` where the folder holds one of another key, unless it is to `restart`, or did
    no more than a first step, as one that was refused.
    """
    known = _key(folder / KEY)
    begun = known == key or (known is not None and len(list(folder.rglob("*.safetensors"))) > 1)
    if rank() == 0 and (restart or not begun):
        shutil.rmtree(folder, ignore_errors=True)
        write(folder / KEY, json.dumps(dict(key), indent=2).encode())
    wait_for_all()
    known = _key(folder / KEY) or {}
    differs = [name for name in {**known, **key} if known.get(name) != key.get(name)]
    if differs:
        raise AnotherRun(folder.parent, tuple(differs))
    return Journal(folder=folder)


def _write(file: Path, kept: Kept) -> None:
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in kept.tensors.items()}
    write(file, save(tensors, {"facts": json.dumps(dict(kept.facts))}))


def _read(file: Path) -> Kept | None:
    """What was kept in the file; None where it is missing or not whole."""
    try:
        with safe_open(file, framework="pt") as stored:
            facts = json.loads((stored.metadata() or {})["facts"])
            names = stored.keys()
            return Kept(tensors={name: stored.get_tensor(name) for name in names}, facts=facts)
    except (OSError, SafetensorError, KeyError, ValueError):
        return None


def _key(file: Path) -> dict[str, str] | None:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
