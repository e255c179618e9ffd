"""Reads `.npz` files, and writes files whole or not at all."""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from prune.errors import FileError


class NotWritten(FileError):
    """The file at `path` could not be written, because of `reason`."""

    def __str__(self) -> str:
        return f"{self.path}: cannot be written: {self.reason}; nothing that was there is lost"


def write(path: Path, content: bytes) -> None:
    """Put the content into the file, and make its folder; raises `NotWritten`.

    It is written beside its place, to the disk, and moved into it.
    """
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(path, error.strerror or str(error)) from None


def remove(path: Path) -> None:
    """Take the file away if it is there; raises `NotWritten`."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(path, error.strerror or str(error)) from None


def arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an `.npz` file by their names; raises `OSError`, and `ValueError` where it is
    not a whole file of plain arrays.
    """
    with path.open("rb") as opened:
        try:
            with np.load(opened, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (BadZipFile, EOFError, ValueError, AttributeError):
            raise ValueError("is not a whole .npz file of plain arrays") from None
