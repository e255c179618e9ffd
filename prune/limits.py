"""What is said of pruning in Python, held to the limits of a recipe."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hwsim.specification import Document, Origin, Problem
from hwsim.specification.schema import check
from prune.errors import Error

#: The folder of the schema of recipes, and what it calls them.
SCHEMAS: Final = Path(__file__).parent / "schemas"
KIND: Final = "recipe"
#: The place of what no file says.
PYTHON: Final = Origin(file="Python", line=1, column=1)


class NotAllowed(Error):
    """No recipe may say so; `problems` are where, by its keys, and what is wrong."""

    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        lines = (str(problem).removeprefix(f"{PYTHON}: ") for problem in self.problems)
        return "\n".join(lines)


def check_said(said: Mapping[str, object], but: tuple[type, ...] = ()) -> None:
    """Raise `NotAllowed` unless a recipe may say this by its keys, but for objects of some types;
    what is None is not said.

    >>> check_said({"goal": {"energy": 0.5}, "rounds": {"most": None}})
    """
    data = _plain(said, (type(None), *but))
    document = Document(
        kind=KIND, file=PYTHON.file, data=data, origins={(): PYTHON}, key_origins={}
    )
    found = (one for one in check(document, SCHEMAS) if one.where != "document")  # keys it lacks
    if problems := tuple(sorted(found, key=lambda one: one.where)):
        raise NotAllowed(problems)


def not_allowed(where: str, what: str) -> NotAllowed:
    """The error of one thing that is wrong."""
    return NotAllowed((Problem(origin=PYTHON, where=where, what=what),))


def _plain(said: Mapping[Any, object], but: tuple[type, ...]) -> dict[str, Any]:
    return {
        str(key): _plain(value, but) if isinstance(value, Mapping) else value
        for key, value in said.items()
        if not isinstance(value, but)
    }
