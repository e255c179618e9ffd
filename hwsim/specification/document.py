"""Turns a resolved node tree into plain data that still knows where each value was written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hwsim.specification import nodes
from hwsim.specification.diagnostics import KeyPath, Origin, Problem, dotted


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A specification: its kind, its data, and the origin of every value and key.

    Two documents are equal when they are of one kind and say the same, wherever it was written.
    """

    kind: str
    file: str = field(compare=False)
    data: dict[str, Any]
    origins: Mapping[KeyPath, Origin] = field(compare=False, repr=False)
    key_origins: Mapping[KeyPath, Origin] = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        """The name that the document gives itself, else its file's without the suffix."""
        return str(self.data.get("name", Path(self.file).stem))

    def origin(self, path: KeyPath = ()) -> Origin:
        """Where the value at `path` was written, or the nearest value that encloses it."""
        while path and path not in self.origins:
            path = path[:-1]
        return self.origins[path]

    def key_origin(self, path: KeyPath = ()) -> Origin:
        """Where the key that ends `path` was written, or the nearest key that encloses it.

        Of a list's item, and of the root, where the value was written.
        """
        while path not in self.origins:
            path = path[:-1]
        return self.key_origins.get(path) or self.origins[path]

    def problem(
        self, path: KeyPath, what: str, suggestion: str | None = None, *, at_key: bool = False
    ) -> Problem:
        """What is wrong with the value at `path`, or with its key when `at_key`."""
        origin = self.key_origin(path) if at_key else self.origin(path)
        return Problem(origin=origin, where=dotted(path), what=what, suggestion=suggestion)


def document(kind: str, file: str, root: nodes.MappingNode) -> Document:
    """The document that a resolved tree says."""
    return Document(
        kind=kind,
        file=file,
        data=nodes.plain(root),
        origins=dict(nodes.value_origins(root)),
        key_origins=dict(nodes.key_origins(root)),
    )
