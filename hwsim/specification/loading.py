"""Turns a name or a path, and overrides, into a document that its schema accepts."""

import os

from hwsim.specification.diagnostics import SpecificationError
from hwsim.specification.document import Document, document
from hwsim.specification.files import shown
from hwsim.specification.finder import KINDS, Kind, search
from hwsim.specification.override import Overrides, assignments
from hwsim.specification.resolve import resolve
from hwsim.specification.schema import check


def load(kind: Kind, name_or_path: str | os.PathLike[str], overrides: Overrides = ()) -> Document:
    """The document of a kind, after `extends`, `set` and overrides.

    Overrides are texts `path=value`, or a mapping from paths to values.

    Raises:
        SpecificationError: all that is wrong with it.
        TypeError: `overrides` is a single text.
    """
    return _load((kind,), name_or_path, overrides)


def load_any(name_or_path: str | os.PathLike[str], overrides: Overrides = ()) -> Document:
    """As `load`, of the kind that the file's `schema` key says.

    Raises:
        SpecificationError: all that is wrong with it.
    """
    return _load(KINDS, name_or_path, overrides)


def _load(
    kinds: tuple[Kind, ...], name_or_path: str | os.PathLike[str], overrides: Overrides
) -> Document:
    path = search(kinds, name_or_path)
    resolved = resolve(path, kinds[0] if len(kinds) == 1 else None, assignments(overrides))
    loaded = document(resolved.kind, shown(path), resolved.root)
    known = {problem.origin for problem in resolved.problems}
    found = [problem for problem in check(loaded) if problem.origin not in known]
    if resolved.problems or found:
        raise SpecificationError([*resolved.problems, *found])
    return loaded
