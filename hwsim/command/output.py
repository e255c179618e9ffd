"""A text to stdout or to a file, whole or not at all."""

import os
import sys
from pathlib import Path
from shutil import copymode

import typer

#: For streams that cannot say more than ASCII.
PLAIN = str.maketrans({"─": "-", "µ": "u"})


class Unwritable(Exception):
    """The result cannot be written to `place`."""

    def __init__(self, place: str | Path, reason: str) -> None:
        super().__init__(place, reason)
        self.place = place
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.place}: cannot be written: {self.reason}"


def to_stdout(text: str) -> None:
    """Print the text as it is; raises `BrokenPipeError` when nobody reads on, else `Unwritable`."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        typer.echo(_encodable(text, encoding), nl=False)
    except OSError as error:
        _discard_what_is_left()
        if isinstance(error, BrokenPipeError):
            raise
        raise Unwritable("standard output", error.strerror or str(error)) from None


def colour_on_stdout() -> bool:
    """Whether a terminal reads that was not asked to stay plain (https://no-color.org)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def check_writable(path: Path) -> None:
    """Raise `Unwritable` for what can be seen before the text is there."""
    if path.is_dir():
        raise Unwritable(path, "it is a folder")
    if not path.parent.is_dir():
        raise Unwritable(path, f"there is no folder {path.parent}")
    if path.exists() and not os.access(path, os.W_OK):
        raise Unwritable(path, "permission denied")


def to_file(path: Path, text: str) -> None:
    """Write the text beside the file, then let it take the file's place in one move.

    What is no file, as /dev/null or a pipe, keeps its place. A link stays a link.
    """
    check_writable(path)
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            _replace(Path(os.path.realpath(path)), text)
    except OSError as error:
        raise Unwritable(path, error.strerror or str(error)) from None


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".hwsim-{os.getpid()}.tmp")
    try:
        with beside.open("x", encoding="utf-8", newline="") as stream:
            stream.write(text)
        if path.exists():
            copymode(path, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _encodable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def _discard_what_is_left() -> None:
    """Keep Python from flushing to a stream that takes nothing once more when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
