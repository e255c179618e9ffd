"""What is said of pruning in Python, held to the limits of a recipe."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from hwsim.specification import Document, Origin, Problem
from hwsim.specification.schema import check
from prune.errors import Error

#: The folder of the schema of recipes, and what it calls them.
SCHEMAS: Final = Path(__file__).parent / "schemas"
KIND: Final = "recipe"
#: Types of objects to names in a recipe that are as good.
Own = Mapping[type, str]
#: The place of what no file says.
PYTHON: Final = Origin(file="Python", line=1, column=1)


class NotAllowed(Error):
    """No recipe may say so; `problems` are where, by its keys, and what is wrong."""

    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        lines = (str(problem).removeprefix(f"{PYTHON}: ") for problem in self.problems)
        return "\n".join(lines)


def check_said(said: Mapping[str, object], own: Own = MappingProxyType({})) -> None:
    """Raise `NotAllowed` unless a recipe may say this by its keys; what is None is not said.

    Objects of the types in `own` may stand where a recipe says such a name.

    >>> check_said({"goal": {"energy": 0.5}, "rounds": {"most": None}})
    """
    data = _plain(said, own)
    document = Document(
        kind=KIND, file=PYTHON.file, data=data, origins={(): PYTHON}, key_origins={}
    )
    found = (one for one in check(document, SCHEMAS) if one.where != "document")  # keys it lacks
    if problems := tuple(sorted(found, key=lambda one: one.where)):
        raise NotAllowed(problems)


def not_allowed(where: str, what: str) -> NotAllowed:
    """The error of one thing that is wrong."""
    return NotAllowed((Problem(origin=PYTHON, where=where, what=what),))


def _plain(said: Mapping[Any, object], own: Own) -> dict[str, Any]:
    return {str(key): _sayable(it, own) for key, it in said.items() if it is not None}


def _sayable(value: object, own: Own) -> object:
    if isinstance(value, Mapping):
        return _plain(value, own)
    return next((name for kind, name in own.items() if isinstance(value, kind)), value)
