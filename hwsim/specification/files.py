"""Turns a path into the text of the file, and into the name that messages give it."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from hwsim.meant import closest
from hwsim.specification.diagnostics import Origin, Problem, SpecificationError

LARGEST_FILE_BYTES = 2**21


def shown(path: Path) -> str:
    """The file's name in messages: relative to the working folder when below it, else as given."""
    try:
        here = Path.cwd()
    except OSError:  # it has been removed
        return normal(path)
    absolute = Path(os.path.normpath(here / path))
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else normal(path)


def exists(path: Path) -> bool:
    """Whether there is a file of this name, or something else that is not a folder."""
    try:
        return path.exists() and not path.is_dir()
    except OSError:  # a name too long to be one
        return False


def normal(path: Path) -> str:
    """The path without `.` and `..` in its middle."""
    return os.path.normpath(path)


def fault(
    file: str, what: str, suggestion: str | None = None, line: int = 1, column: int = 1
) -> SpecificationError:
    """The error that a file as a whole cannot be read."""
    origin = Origin(file=file, line=line, column=column)
    problem = Problem(origin=origin, where="document", what=what, suggestion=suggestion)
    return SpecificationError([problem])


def read_text(path: Path) -> str:
    """The text of a UTF-8 file of sane size, or a SpecificationError that says why not."""
    file = shown(path)
    try:
        content = read_bytes(path, LARGEST_FILE_BYTES + 1)
    except FileNotFoundError:
        raise fault(file, "no such file", neighbour(path)) from None
    except IsADirectoryError:
        raise fault(file, "is a folder, not a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise fault(file, f"cannot be read: {reason}") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise fault(file, f"is larger than {LARGEST_FILE_BYTES} bytes")
    return _decoded(content, file)


def read_bytes(path: Path, most: int) -> bytes:
    """So many bytes of a file, or of a pipe that somebody writes to; no other is waited for.

    Raises:
        OSError: it cannot be read, or is something else, as a device.
    """
    with open(path, "rb", buffering=0, opener=_without_waiting) as raw:
        first = None
        mode = os.fstat(raw.fileno()).st_mode
        if stat.S_ISFIFO(mode):
            first = raw.read(1)  # None: nothing is written yet
            if first == b"":
                raise OSError(errno.EPIPE, "it is a pipe, and nobody writes to it")
            os.set_blocking(raw.fileno(), True)
        elif not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is neither a file nor a pipe")
        with BufferedReader(raw) as stream:
            return (first or b"") + stream.read(most)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _decoded(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace").split("\n")
        what = f"is not UTF-8: byte 0x{content[error.start]:02x}"
        raise fault(file, what, line=len(before), column=len(before[-1]) + 1) from None


def neighbour(path: Path) -> str | None:
    """The file beside a missing one whose name was probably meant, or None."""
    try:
        found = closest(path.name, [other.name for other in path.parent.iterdir()])
    except OSError:
        return None
    return found and shown(path.parent / found)
