"""The folder of a run's output: what of it a run made, and that one run at a time works in it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from prune.errors import Error
from prune.files import NotWritten
from prune.run.journal import STEPS_FOLDER, run_in
from prune.training.processes import agreed, rank

#: The file that a run holds locked while it is alive, however it ends.
LOCK: Final = ".lock"


class NoFolder(Error):
    """There is something else at `path` than a folder."""

    path: Path

    def __str__(self) -> str:
        what = f"{self.path}: is a file, and the output is a folder"
        return f"{what}: choose another --output, or move the file away"


class InUse(Error):
    """Another run that is alive works in the folder at `path`."""

    path: Path

    def __str__(self) -> str:
        what = f"{self.path}: another run is at work in this folder"
        return f"{what}: wait for its end, or choose another for the output"


def check_folder(folder: Path) -> None:
    """Raise `NoFolder` where there is something else in its place, and `NotWritten` where nobody
    may look at it.
    """
    try:
        if folder.is_dir():
            any(folder.iterdir())
        elif folder.exists():
            raise NoFolder(folder)
    except OSError as error:
        raise NotWritten(folder, error.strerror or str(error)) from None


def foreign(folder: Path, names: Iterable[str]) -> Path | None:
    """What would be lost there that no run made: the steps, or a file of one of these names.

    A run that writes results keeps its steps beside them, so a folder says by these whose it is.
    """
    if run_in(folder / STEPS_FOLDER) is not None:
        return None
    there = (folder / name for name in (STEPS_FOLDER, *names))
    return next((path for path in there if path.exists() or path.is_symlink()), None)


@contextmanager
def occupied(folder: Path | None) -> Iterator[None]:
    """The folder, which is made, for this run alone; of processes that work together, the first
    one holds it.

    Raises `InUse`, `NoFolder` and `NotWritten`.
    """
    if folder is None:
        yield
        return
    check_folder(folder)
    lock = FileLock(folder / LOCK, timeout=0)
    if not agreed(rank() != 0 or _is_free(folder, lock)):
        raise InUse(folder)
    try:
        yield
    finally:
        lock.release()


def _is_free(folder: Path, lock: FileLock) -> bool:
    """Whether no other run is there; the lock is held then."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        return False
    except (OSError, ValueError) as error:  # a path may have what no path can have
        raise NotWritten(folder, getattr(error, "strerror", None) or str(error)) from None
    return True
