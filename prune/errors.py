"""What all refusals of the pruner have in common."""

from pathlib import Path

import hwsim.errors
from hwsim.meant import closest, did_you_mean


class Error(hwsim.errors.Error):
    """What was asked for cannot be done, and nothing was lost; the text says why, and what helps.

    Every kind is a class of its own that carries its data.
    """


class FileError(Error):
    """A `path` with which something cannot be done, because of `reason`."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class UnknownName(Error):
    """No `noun`, as a model or a solver, has this `name`; `names` are those that there are."""

    noun: str
    name: str
    names: tuple[str, ...]

    @property
    def meant(self) -> str | None:
        """The name that was probably meant."""
        return closest(self.name, self.names)

    def __str__(self) -> str:
        what = f"no {self.noun} '{self.name}'{did_you_mean(self.meant)}"
        return f"{what}\nthe {self.noun}s are {', '.join(self.names)}"
