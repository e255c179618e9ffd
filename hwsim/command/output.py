"""A text to stdout or to a file, whole or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import typer

from hwsim.errors import Error
from hwsim.writing import write_whole

#: For streams that cannot say more than ASCII.
PLAIN = str.maketrans({"─": "-", "µ": "u"})


class Unwritable(Error):
    """The result cannot be written to `place`."""

    place: str | Path
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: cannot be written: {self.reason}"


def check_stdout() -> None:
    """Raise `Unwritable` where the caller closed stdout, as the shell's `>&-` does."""
    if sys.stdout is None:
        raise Unwritable("standard output", "it is closed")


def check_output(file: Path | None, *read: str | None) -> None:
    """Raise `Unwritable` for the file if there is one, as `check_writable`, else for stdout."""
    if file:
        check_writable(file, *read)
    else:
        check_stdout()


def put(text: str, file: Path | None) -> None:
    """Write the text to the file if there is one, else to stdout."""
    if file:
        to_file(file, text)
    else:
        to_stdout(text)


def takes_colour(file: Path | None) -> bool:
    """Whether what is put there may have colours."""
    return file is None and takes_escapes(sys.stdout)


def to_stdout(text: str) -> None:
    """Print the text as it is; raises `BrokenPipeError` when nobody reads on, else `Unwritable`."""
    check_stdout()
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        typer.echo(_encodable(text, encoding), nl=False)
    except OSError as error:
        discard_what_is_left()
        if isinstance(error, BrokenPipeError):
            raise
        raise Unwritable("standard output", error.strerror or str(error)) from None


def to_stderr(text: str) -> None:
    """Print the lines with every other control character escaped: some names come from files."""
    from hwsim.specification.diagnostics import printable

    typer.echo("\n".join(map(printable, text.split("\n"))), err=True)


def takes_escapes(stream: TextIO | None) -> bool:
    """Whether a terminal reads that was not asked to stay plain (https://no-color.org)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream is not None and stream.isatty() and not plain


def check_writable(path: Path, *read: str | None) -> None:
    """Raise `Unwritable` for what can be seen before the text is there; one of the files that are
    `read` is not to be lost for it.
    """
    with _explained(path):
        target = _target(path)
        if target.is_file() and any(name and _is_file(name, target) for name in read):
            raise Unwritable(path, "it is read from, and would be lost")
        if target.is_symlink():
            raise Unwritable(path, "the link leads back to itself")
        if target.is_dir():
            raise Unwritable(path, "it is a folder")
        if not target.parent.is_dir():
            raise Unwritable(path, f"there is no folder {target.parent}")
        if target.exists() and not os.access(target, os.W_OK):
            raise Unwritable(path, "permission denied")


def _is_file(name: str, file: Path) -> bool:
    """Whether what the user names is that file."""
    return Path(name).exists() and file.samefile(name)


def to_file(path: Path, text: str) -> None:
    """Write the text to the file, whole or not at all; to what is no file, as /dev/null or a pipe,
    as it comes.
    """
    check_writable(path)
    target = _target(path)
    with _explained(path):
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8", errors="replace")
        else:
            write_whole(target, text.encode(errors="replace"))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unwritable(path, error.strerror or str(error)) from None


def _target(path: Path) -> Path:
    """Where links lead in the end."""
    return Path(os.path.realpath(path))


def _encodable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def discard_what_is_left() -> None:
    """Keep Python from flushing to a stream that takes nothing once more when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
