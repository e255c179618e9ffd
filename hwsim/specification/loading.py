"""Turns a name or a path, and overrides, into a document that its schema accepts."""

import os
from pathlib import Path

from hwsim.specification.diagnostics import Problem, SpecificationError
from hwsim.specification.document import Document, document
from hwsim.specification.files import fault, read_text, shown
from hwsim.specification.finder import KINDS, Kind, search
from hwsim.specification.nodes import MappingNode
from hwsim.specification.override import Overrides, assignments
from hwsim.specification.resolve import VERSION, resolve
from hwsim.specification.schema import check
from hwsim.specification.yaml12 import compose


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


def load_other(kind: str, path: Path, schemas: Path) -> Document:
    """The document of a kind that is not hwsim's own: its schema is in a folder of others.

    Such a document extends none, and is not shipped.

    Raises:
        SpecificationError: all that is wrong with it.
    """
    file = shown(path)
    composed = compose(read_text(path), file)
    if composed is None:
        raise fault(file, f"is empty; a {kind} starts with `schema: hwsim/{kind}/v{VERSION}`")
    if not isinstance(composed.root, MappingNode):
        origin, what = composed.root.origin, "must be a mapping of keys to values"
        found = [Problem(origin=origin, where="document", what=what)]
        raise SpecificationError([*found, *composed.problems])
    loaded = document(kind, file, composed.root)
    problems = [*composed.problems, *check(loaded, schemas)]
    if problems:
        raise SpecificationError(problems)
    return loaded


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
