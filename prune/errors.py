"""What all refusals of the pruner have in common."""

from pathlib import Path

from hwsim.errors import Error


class PruneError(Error):
    """What was asked for cannot be done, and nothing was lost; the text says why, and what helps.

    Every kind is a class of its own that carries its data.
    """


class FileError(PruneError):
    """A `path` with which something cannot be done, because of `reason`."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"
