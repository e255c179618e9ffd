"""Turns what is wrong in a file into one line: where, what, and what was probably meant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from hwsim.errors import Error
from hwsim.meant import did_you_mean

KeyPath = tuple[str | int, ...]
"""The keys and list indices that lead from a document's root to a value."""

MOST_LINES = 50


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Origin:
    """The place where a value was written; `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong at one place; `where` is the dotted path of the value, or `document`."""

    origin: Origin
    where: str
    what: str
    suggestion: str | None = None

    def __str__(self) -> str:
        remedy = did_you_mean(self.suggestion)
        return printable(f"{self.origin}: {self.where}: {self.what}{remedy}")


class SpecificationError(Error):
    """Everything found wrong in a file and in those it extends, in order of position.

    Its text has the first of very many; `problems` has them all, each once.
    """

    problems: Sequence[Problem]

    def __post_init__(self) -> None:
        in_order = tuple(sorted(set(self.problems), key=_by_position))
        object.__setattr__(self, "problems", in_order)

    def __str__(self) -> str:
        files = groupby(self.problems, lambda problem: problem.origin.file)
        return "\n".join(line for file, found in files for line in first(map(str, found), file))


def dotted(path: KeyPath) -> str:
    """The path as users write it.

    >>> dotted(("routes", "weights", 1)), dotted(())
    ('routes.weights.1', 'document')
    """
    return ".".join(map(str, path)) or "document"


def first(lines: Iterable[str], file: str) -> list[str]:
    """The lines on what is wrong in a file: of very many the first, and how many are left."""
    told = list(lines)
    left = len(told) - MOST_LINES
    return [*told[:MOST_LINES], f"{printable(file)}: and {left} more"] if left > 1 else told


def printable(text: str) -> str:
    """The text with every control character escaped, so that a problem stays one line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _by_position(problem: Problem) -> tuple[Origin, str, str, str]:
    return problem.origin, problem.where, problem.what, problem.suggestion or ""
