"""What a run told, for programs: a line of JSON for each step."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prune.errors import FileError
from prune.files import NotWritten
from prune.run.events import Began, Event, StageDone, Trained, said


class Log:
    """Appends to a file, each step once, also where a run goes on after an interruption."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known = {line["step"] for line in log_lines(file)}

    def hear(self, event: Event) -> None:
        """A line of each step that is done; raises `NotWritten`.

        That a stage began its steps tell; a run that goes on may train a step again.
        """
        if isinstance(event, Began | Trained) or event.step in self.known:
            return
        self.known.add(event.step)
        told = {"step": event.step, **said(event)}
        if isinstance(event, StageDone):
            told["energies"] = told.pop("seen")["energies"]
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(told) + "\n")
        except OSError as error:
            raise NotWritten(self.file, error.strerror or str(error)) from None


def log_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of a log that are whole; one that was cut off is taken away.

    Raises `FileError` where it is no log.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise FileError(file, f"is no log of a run: take it away ({error})") from None
    whole, _, cut = text.rpartition("\n")
    if cut:
        file.write_text(whole + "\n" if whole else "", encoding="utf-8")
    for number, line in enumerate(whole.splitlines(), 1):
        yield _told(file, number, line)


def _told(file: Path, number: int, line: str) -> dict[str, Any]:
    """What a line of a log says; raises `FileError` for one that no run wrote."""
    try:
        said = json.loads(line)
        if isinstance(said, dict) and isinstance(said["step"], str):
            return said
    except (ValueError, KeyError, RecursionError):
        pass
    raise FileError(file, f"line {number} tells of no step of a run: take the file away")
