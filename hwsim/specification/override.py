"""Turns a tree and a change at a dotted path into the changed tree."""

import json
import operator
import re
from collections import abc
from dataclasses import dataclass, replace

from hwsim.meant import closest
from hwsim.specification.diagnostics import (
    KeyPath,
    Origin,
    Problem,
    SpecificationError,
    dotted,
)
from hwsim.specification.nodes import Entry, MappingNode, ScalarNode, SequenceNode, YamlNode
from hwsim.specification.yaml12 import DEEPEST_NESTING, compose

_PATH = re.compile(r'(?:"[^"]+"|[^."]+)(?:\.(?:"[^"]+"|[^."]+))*')
_SEGMENT = re.compile(r'"([^"]+)"|([^."]+)')
_FIXED = ("schema", "extends", "set")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A value for the key or item at a dotted path; null removes it.

    `origin` is where the path was written.
    """

    path: str
    origin: Origin
    value: YamlNode

    @property
    def removes(self) -> bool:
        """Whether this takes the key away."""
        return isinstance(self.value, ScalarNode) and self.value.value is None

    def failure(
        self, trail: KeyPath, what: str, suggestion: str | None = None
    ) -> SpecificationError:
        """The error that the path goes wrong at `trail`."""
        where = dotted(trail)
        problem = Problem(origin=self.origin, where=where, what=what, suggestion=suggestion)
        return SpecificationError([problem])


#: `path=value` texts, or values by path.
Overrides = abc.Iterable[str] | abc.Mapping[str, object]


def assignments(overrides: Overrides) -> tuple[str, ...]:
    """The overrides as `path=value` texts; the values of a mapping are written as JSON.

    >>> assignments({"clock_mhz": None, "components.array.axes": {"rows": 8}})
    ('clock_mhz=null', 'components.array.axes={"rows": 8}')

    Raises:
        TypeError: a single text where several are expected, or a value that JSON has no word for.
    """
    if isinstance(overrides, str):
        one = f"[{overrides!r}]"
        raise TypeError(f"overrides are several: a list, {one}, or a mapping from paths to values")
    if isinstance(overrides, abc.Mapping):
        # An integer of another library, as numpy's, is one.
        return tuple(
            f"{path}={json.dumps(value, default=operator.index)}"
            for path, value in overrides.items()
        )
    return tuple(overrides)


def parse_override(text: str) -> Override:
    """The override that `path=value` on the command line says; columns count in that text.

    Raises:
        SpecificationError: there is no `=`, or the value is not YAML.
    """
    file = f"--set {text}"
    origin = Origin(file=file, line=1, column=1)
    path, equals, value = text.partition("=")
    column = len(path) + 2
    override = Override(
        path=path.strip(), origin=origin, value=ScalarNode(origin=origin, value=None)
    )
    if not equals:
        raise override.failure((), "must be PATH=VALUE")
    try:
        composed = compose(value, file, first_column=column)
    except SpecificationError as error:
        raise SpecificationError(_below(override.path, error.problems)) from None
    if composed is None:
        raise override.failure((override.path,), "has no value; to remove a key, set it to null")
    if composed.problems:
        raise SpecificationError(_below(override.path, composed.problems))
    return replace(override, value=composed.root)


def _below(path: str, problems: abc.Iterable[Problem]) -> list[Problem]:
    """The problems of a value as those of the document that has it at `path`."""
    return [
        replace(
            problem,
            where=path if problem.where == dotted(()) else f"{path}.{problem.where}",
        )
        for problem in problems
    ]


def overridden(root: MappingNode, override: Override) -> MappingNode:
    """The document with the override's value at its path.

    Every key of the path but the last must exist; the last may be new.

    Raises:
        SpecificationError: the path names nothing.
    """
    segments = tuple(quoted or bare for quoted, bare in _SEGMENT.findall(override.path))
    if not _PATH.fullmatch(override.path) or len(segments) > DEEPEST_NESTING:
        what = "is not a dotted path such as components.buffer.energy"
        raise override.failure((override.path,), what)
    if segments[0] in _FIXED:
        raise override.failure(segments, f"'{segments[0]}' cannot be set")
    return _in_mapping(root, segments, (), override)


def _at(node: YamlNode, segments: tuple[str, ...], trail: KeyPath, override: Override) -> YamlNode:
    match node:
        case MappingNode():
            return _in_mapping(node, segments, trail, override)
        case SequenceNode():
            return _in_sequence(node, segments, trail, override)
    raise override.failure(trail, f"is a single value; it has no '{'.'.join(segments)}'")


def _in_mapping(
    node: MappingNode, segments: tuple[str, ...], trail: KeyPath, override: Override
) -> MappingNode:
    key, rest = _first_key(node, segments)
    here = (*trail, key)
    old = node.entry(key)
    if old is None and (rest or override.removes):
        known = closest(".".join(segments), node.keys) or closest(key, node.keys)
        raise override.failure(
            here, f"no '{key}' in {dotted(trail) if trail else 'the document'}", known
        )
    if old is not None and rest:
        value = _at(old.value, rest, here, override)
        return node.with_entry(Entry(key=key, origin=old.origin, value=value))
    if override.removes:
        return node.without(key)
    return node.with_entry(Entry(key=key, origin=override.origin, value=override.value))


def _in_sequence(
    node: SequenceNode, segments: tuple[str, ...], trail: KeyPath, override: Override
) -> SequenceNode:
    first, rest = segments[0], segments[1:]
    index = int(first) if re.fullmatch("[0-9]{1,6}", first) else len(node.items)
    here = (*trail, first)
    if index >= len(node.items):
        what = f"{dotted(trail)} is a list of {len(node.items)}; its items count from 0"
        raise override.failure(here, what)
    if rest:
        new: tuple[YamlNode, ...] = (_at(node.items[index], rest, (*trail, index), override),)
    else:
        new = () if override.removes else (override.value,)
    items = (*node.items[:index], *new, *node.items[index + 1 :])
    return SequenceNode(origin=node.origin, items=items)


def _first_key(node: MappingNode, segments: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The key that the path takes next; keys may contain dots, the longest that exists wins."""
    for length in range(len(segments), 0, -1):
        key = ".".join(segments[:length])
        if node.entry(key):
            return key, segments[length:]
    return segments[0], segments[1:]
