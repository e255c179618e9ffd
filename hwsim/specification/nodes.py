"""Turns a tree of values that know where they were written into plain data and origins."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hwsim.specification.diagnostics import KeyPath, Origin

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarNode:
    """A single value: text, number, true, false or null."""

    origin: Origin
    value: Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceNode:
    """A list of nodes."""

    origin: Origin
    items: tuple["YamlNode", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key of a mapping, where the key was written, and its value."""

    key: str
    origin: Origin
    value: "YamlNode"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingNode:
    """Keys and their nodes, in the order of the file; no key comes twice."""

    origin: Origin
    entries: tuple[Entry, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the file."""
        return tuple(entry.key for entry in self.entries)

    def entry(self, key: str) -> Entry | None:
        """The entry of this key, or None."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def with_entry(self, new: Entry) -> "MappingNode":
        """This mapping with the entry in the place of the one with its key, or at the end."""
        if new.key not in self.keys:
            return MappingNode(origin=self.origin, entries=(*self.entries, new))
        entries = tuple(new if old.key == new.key else old for old in self.entries)
        return MappingNode(origin=self.origin, entries=entries)

    def without(self, *keys: str) -> "MappingNode":
        """This mapping without the entries of these keys."""
        kept = tuple(entry for entry in self.entries if entry.key not in keys)
        return MappingNode(origin=self.origin, entries=kept)


YamlNode = ScalarNode | SequenceNode | MappingNode


def plain(node: YamlNode) -> Any:
    """The node's data as dicts, lists and scalars."""
    match node:
        case ScalarNode():
            return node.value
        case SequenceNode():
            return [plain(item) for item in node.items]
        case MappingNode():
            return {entry.key: plain(entry.value) for entry in node.entries}


def value_origins(node: YamlNode, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Origin]]:
    """Where each value below the node was written."""
    yield path, node.origin
    for step, child in _children(node):
        yield from value_origins(child, (*path, step))


def key_origins(node: YamlNode, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Origin]]:
    """Where each key below the node was written."""
    if isinstance(node, MappingNode):
        yield from (((*path, entry.key), entry.origin) for entry in node.entries)
    for step, child in _children(node):
        yield from key_origins(child, (*path, step))


def _children(node: YamlNode) -> Iterator[tuple[str | int, YamlNode]]:
    match node:
        case SequenceNode():
            yield from enumerate(node.items)
        case MappingNode():
            yield from ((entry.key, entry.value) for entry in node.entries)
