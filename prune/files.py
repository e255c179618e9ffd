"""Reads `.npz` files, and writes files whole or not at all."""

import errno
import json
import os
import shutil
import stat
from math import inf, prod
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile, ZipInfo

from numpy.lib.format import (
    read_array,
    read_array_header_1_0,
    read_array_header_2_0,
    read_magic,
)
from numpy.typing import NDArray

from hwsim.writing import write_whole
from prune.errors import FileError

#: How the names of arrays end in an `.npz` file.
NPY: Final = ".npy"
#: Bytes at the head of a `.safetensors` file that say how long its header of JSON is.
HEAD: Final = 8


class NotWritten(FileError):
    """The file at `path` could not be written, because of `reason`."""

    def __str__(self) -> str:
        return f"{self.path}: cannot be written: {self.reason}; nothing that was there is lost"


def write(path: Path, content: bytes) -> None:
    """Put the content into the file, and make its folder; raises `NotWritten`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content, to_disk=True)
    except OSError as error:
        raise NotWritten(path, error.strerror or str(error)) from None


def ordered(content: bytes) -> bytes:
    """The content of a `.safetensors` file with the keys of its header in order.

    The library writes those of metadata in an order that differs from run to run.
    """
    size = int.from_bytes(content[:HEAD], "little")
    header = json.dumps(json.loads(content[HEAD : HEAD + size]), sort_keys=True).encode()
    padded = header + b" " * (-len(header) % HEAD)
    return len(padded).to_bytes(HEAD, "little") + padded + content[HEAD + size :]


def emptied(folder: Path) -> None:
    """Take away all that is in the folder, if it is there; raises `NotWritten`."""
    try:
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    except OSError as error:
        raise NotWritten(folder, error.strerror or str(error)) from None


def remove(path: Path) -> None:
    """Take the file away if it is there; raises `NotWritten`."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(path, error.strerror or str(error)) from None


def check_readable(path: Path) -> None:
    """Raise `OSError` for what is no file, as a pipe that nobody writes to, and for one that is
    larger than the memory.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is no plain file")
    check_room(status.st_size)


def check_room(size_bytes: int) -> None:
    """Raise `OSError` where so much cannot be in the memory of this machine."""
    if size_bytes > memory_bytes():
        said = f"holds {size_bytes / 2**30:.3g} GiB, more than the memory of this machine"
        raise OSError(errno.ENOMEM, said)


def memory_bytes() -> float:
    """The memory of this machine; where the system does not tell, there is no end to it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return inf


def arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an `.npz` file by their names; raises `OSError`, and `ValueError` where it is
    not a whole file of plain arrays.
    """
    check_readable(path)
    with path.open("rb") as opened:
        try:
            with ZipFile(opened) as file:
                members = [one for one in file.infolist() if one.filename.endswith(NPY)]
                check_room(sum(one.file_size for one in members))
                return {one.filename.removesuffix(NPY): _array(file, one) for one in members}
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - a damaged file makes its readers raise anything
            raise ValueError("is not a whole .npz file of plain arrays") from None


def _array(file: ZipFile, member: ZipInfo) -> NDArray[Any]:
    """An array that is as large as its header says; raises anything where it is not."""
    with file.open(member) as content:
        read = {(1, 0): read_array_header_1_0, (2, 0): read_array_header_2_0}
        shape, _, kind = read[read_magic(content)](content)
        if content.tell() + prod(shape) * kind.itemsize != member.file_size:
            raise ValueError("the array is not as large as its header says")
    with file.open(member) as content:
        array: NDArray[Any] = read_array(content, allow_pickle=False)
    return array
