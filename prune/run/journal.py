"""Steps of a long run, each kept on disk as it is done, so that none is done twice.

A run is a plain program whose dear steps go through `Journal.once`. Started anew after an
interruption, it runs from the beginning, and each step that was done gives what it gave. A stage is
a step made of steps: when it is done, what its own steps kept is removed.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from prune.errors import Error
from prune.files import emptied, write
from prune.training.checkpoint import digest_of
from prune.training.processes import agreed, rank, wait_for_all

#: The folder, in that of the output, where the steps of a run are kept.
STEPS_FOLDER: Final = "steps"
#: The file in it that says of which run they are: a text for each of these.
KEY: Final = "run.json"
NAMES: Final = ("goal", "settings", "architecture", "network", "layers or batch", "images")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """What a step gives: tensors by name, and facts that JSON can say."""

    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


class AnotherRun(Error):
    """The folder holds the state of a run that differs in what `differs` names."""

    folder: Path
    differs: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.folder}: holds a run that differs in {', '.join(self.differs)}: choose another"
            " folder for the output, or --restart to begin anew in this one"
        )


class NotOurs(Error):
    """What is at `path` was not made by a run of the pruner, and would be lost."""

    path: Path

    def __str__(self) -> str:
        return (
            f"{self.path}: was not made by a run of the pruner: choose another folder for the"
            " output, or --force to lose what is there"
        )


class Damaged(Error):
    """The file at `path`, which says of which run the steps beside it are, is not whole."""

    path: Path

    def __str__(self) -> str:
        return (
            f"{self.path}: is not whole, so nothing says of which run the steps beside it are:"
            " choose another folder for the output, or --force to begin anew in this one"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """A folder of kept steps, or none: then nothing is kept; `run` tells its run from others."""

    folder: Path | None = None
    run: str = ""

    def once(self, step: str, work: Callable[[], Kept]) -> Kept:
        """What the step gives: what was kept, else the work, done and kept.

        Names of steps are paths; those of a stage's steps begin with the stage's and a slash. Of
        processes that work together all do the work, and take what the first one kept of it.
        Raises `NotWritten`.
        """
        if self.folder is None:
            return work()
        file, name = self.folder / f"{step}.safetensors", f"{self.run}/{step}"
        kept = _read(file, name)
        if not agreed(kept is not None):
            kept = work()
            if rank() == 0:
                _write(file, name, kept)
                shutil.rmtree(self.folder / step, ignore_errors=True)
            wait_for_all()
            kept = kept if rank() == 0 else _read(file, name)
        assert kept is not None
        return kept

    def forget(self, step: str) -> None:
        """Keep no tensors of the step any longer, only its facts: a later one has taken its place.

        Raises `NotWritten`.
        """
        if self.folder is None:
            return
        wait_for_all()
        file, name = self.folder / f"{step}.safetensors", f"{self.run}/{step}"
        kept = _read(file, name) if rank() == 0 else None
        if kept is not None and kept.tensors:
            _write(file, name, Kept(facts=kept.facts))


def journal_in(
    folder: Path, key: Mapping[str, str], *, restart: bool = False, force: bool = False
) -> Journal:
    """The journal in the folder of the run that the key tells from others.

    Raises `AnotherRun` where the folder holds one of another key, unless it is to `restart`, or did
    no more than a first step, as one that was refused; `NotOurs` or `Damaged` where it holds
    something else, unless by `force`; and `NotWritten`.
    """
    known = run_in(folder)
    if not agreed(known is not None or force or not _holds_anything(folder)):
        raise strange(folder)
    begun = known == key or (known is not None and len(list(folder.rglob("*.safetensors"))) > 1)
    if rank() == 0 and (restart or not begun):
        emptied(folder)
        write(folder / KEY, json.dumps(dict(key), indent=2).encode())
    wait_for_all()
    known = run_in(folder) or {}
    differs = [name for name in {**known, **key} if known.get(name) != key.get(name)]
    if differs:
        raise AnotherRun(folder.parent, tuple(differs))
    return Journal(folder=folder, run=_digest(json.dumps(dict(key), sort_keys=True)))


def strange(path: Path) -> Error:
    """What says why nothing of what is at the path may be lost."""
    try:
        json.loads((path / KEY).read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return Damaged(path / KEY)
    except OSError:
        pass
    return NotOurs(path)


def run_in(folder: Path) -> dict[str, str] | None:
    """The key of the run whose steps the folder keeps; None where it is no folder of a run."""
    try:
        key = json.loads((folder / KEY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    names = isinstance(key, dict) and key.keys() == set(NAMES)
    return key if names and all(isinstance(one, str) for one in key.values()) else None


def _holds_anything(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _write(file: Path, step: str, kept: Kept) -> None:
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in kept.tensors.items()}
    facts = json.dumps(dict(kept.facts))
    said = {"facts": facts, "seal": _seal(step, facts, tensors)}
    write(file, save(tensors, {"kept": json.dumps(said)}))


def _read(file: Path, step: str) -> Kept | None:
    """What was kept of the step in the file; None where it is missing, not whole, or anything else
    than what was kept of this step.
    """
    try:
        with safe_open(file, framework="pt") as stored:
            said, names = json.loads((stored.metadata() or {})["kept"]), stored.keys()
            tensors = {name: stored.get_tensor(name) for name in names}
        if said["seal"] != _seal(step, said["facts"], tensors):
            return None
        return Kept(tensors=tensors, facts=json.loads(said["facts"]))
    except Exception:  # noqa: BLE001 - what is no step may make its readers raise anything
        return None


def _seal(step: str, facts: str, tensors: Mapping[str, Tensor]) -> str:
    """Tells what was kept of the step from anything else."""
    kinds = {name: (str(one.dtype), tuple(one.shape)) for name, one in sorted(tensors.items())}
    ordered = {name: tensors[name] for name in kinds}
    return _digest(step, facts, repr(kinds), digest_of(ordered))


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()
