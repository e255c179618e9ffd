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


def check_said(said: Mapping[str, object]) -> None:
    """Raise `NotAllowed` unless a recipe may say this by its keys; what is None is not said.

    >>> check_said({"goal": {"energy": 0.5}, "rounds": {"most": None}})
    """
    document = Document(
        kind=KIND, file=PYTHON.file, data=_plain(said), origins={(): PYTHON}, key_origins={}
    )
    found = (one for one in check(document, SCHEMAS) if one.where != "document")  # keys it lacks
    if problems := tuple(sorted(found, key=lambda one: one.where)):
        raise NotAllowed(problems)


def _plain(said: Mapping[Any, object]) -> dict[str, Any]:
    return {
        str(key): _plain(value) if isinstance(value, Mapping) else value
        for key, value in said.items()
        if value is not None
    }
