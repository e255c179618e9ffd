"""Turns a file, the files it extends and the overrides of both into one tree."""

import re
from collections.abc import Sequence as Several
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hwsim.extensions import FILES, FileKind, found, loaded
from hwsim.meant import closest
from hwsim.specification.diagnostics import Problem, SpecificationError
from hwsim.specification.files import fault, read_text, shown
from hwsim.specification.finder import KINDS, Kind, a, search
from hwsim.specification.nodes import Entry, MappingNode, ScalarNode, YamlNode
from hwsim.specification.override import Override, overridden, parse_override
from hwsim.specification.table import compose_table
from hwsim.specification.yaml12 import Composed, compose

VERSION: Final = 1
DESCRIPTIVE: Final = ("schema", "name", "title", "source")
#: Files that extend one another, the last one included.
MOST_FILES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file: its kind, its tree, and what is wrong in it so far."""

    path: Path
    kind: Kind
    root: MappingNode
    problems: tuple[Problem, ...]

    def problem(
        self, key: str, what: str, suggestion: str | None = None, *, at_key: bool = True
    ) -> Problem:
        """What is wrong with a key at the top of the file, or with its value."""
        entry = self.root.entry(key)
        origin = self.root.origin
        if entry:
            origin = entry.origin if at_key else entry.value.origin
        where = key if entry else "document"
        return Problem(origin=origin, where=where, what=what, suggestion=suggestion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The tree of a file with all that it extends, and what was wrong on the way."""

    kind: Kind
    root: MappingNode
    problems: tuple[Problem, ...]


class OtherKind(SpecificationError):
    """The file is of a `kind` that an installed package brings, and none of hwsim's own."""

    kind: FileKind


def schema_of(kind: Kind) -> str:
    """The value of the `schema` key of a kind.

    >>> schema_of("network")
    'hwsim/network/v1'
    """
    return f"hwsim/{kind}/v{VERSION}"


def resolve(path: Path, kind: Kind | None = None, overrides: Several[str] = ()) -> Resolved:
    """The tree that the file says, of `kind` if given, after `extends`, `set` and overrides.

    Raises:
        SpecificationError: a file cannot be read, or is not what it has to be to go on.
    """
    lineage = _lineage(_open(path, kind))
    problems = [problem for source in lineage for problem in source.problems]
    root = lineage[-1].root
    for source in reversed(lineage[:-1]):
        problems += _misplaced(source)
        root = _described(root, source.root)
        root = _changed(root, _own_overrides(source), problems)
    if lineage[-1].root.entry("set"):
        what = "'set' changes what a file extends, and this one extends nothing"
        problems.append(lineage[-1].problem("set", what))
        root = root.without("set")
    root = _changed(root, _command_line(overrides, problems), problems)
    return Resolved(kind=lineage[0].kind, root=root, problems=tuple(problems))


def _open(path: Path, kind: Kind | None) -> SourceFile:
    file = shown(path)
    read = compose_table if path.suffix == ".csv" else compose
    composed = read(read_text(path), file)
    if composed is None:
        expected = " or ".join(f"`schema: {schema_of(k)}`" for k in ([kind] if kind else KINDS))
        raise fault(file, f"is empty; a specification starts with {expected}")
    root = composed.root
    if not isinstance(root, MappingNode):
        problem = _at(root, "must be a mapping of keys to values")
        raise SpecificationError([problem, *composed.problems])
    return SourceFile(
        path=path, kind=_kind(composed, root, kind), root=root, problems=composed.problems
    )


def _kind(composed: Composed, root: MappingNode, expected: Kind | None) -> Kind:
    """The kind that the file says it is, which has to be the expected one."""
    schemas = {schema_of(kind): kind for kind in KINDS}
    entry = root.entry("schema")
    if entry is None:
        problem = _no_schema(root, [expected] if expected else list(KINDS))
        raise SpecificationError([problem, *composed.problems])
    value = entry.value.value if isinstance(entry.value, ScalarNode) else None
    if not isinstance(value, str) or value not in schemas:
        if brought := _brought(value):
            name, other = brought
            what = f"is {a(name)}: {other.use}, `hwsim check` checks it"
            raise OtherKind([_at(entry.value, what, where="schema"), *composed.problems], other)
        problem = _unknown_schema(entry, value, tuple(schemas))
        raise SpecificationError([problem, *composed.problems])
    kind = schemas[value]
    if expected not in (None, kind):
        problem = _at(entry.value, f"is {a(kind)}, not {a(str(expected))}", where="schema")
        raise SpecificationError([problem, *composed.problems])
    return kind


def _no_schema(root: MappingNode, kinds: list[Kind]) -> Problem:
    meant = closest("schema", root.keys)
    misspelt = root.entry(meant) if meant else None
    if misspelt:
        what = f"unknown key '{misspelt.key}'"
        origin = misspelt.origin
        return Problem(origin=origin, where=misspelt.key, what=what, suggestion="schema")
    return _at(root, f"missing key 'schema': {' or '.join(map(schema_of, kinds))}")


def _unknown_schema(entry: Entry, value: object, known: tuple[str, ...]) -> Problem:
    match = re.fullmatch(r"(hwsim/\w+/v)([0-9]+)", str(value))
    same_kind = [name for name in known if match and name.startswith(match[1])]
    if same_kind:
        what = (
            f"version {str(value).rpartition('v')[2]} is not known; this hwsim reads {same_kind[0]}"
        )
        return _at(entry.value, what, where="schema")
    if _is_of("report", value):
        what = "is a report; `mapping` of one of its layers can be saved as a file of its own"
        return _at(entry.value, what, where="schema")
    said = f", not '{value}'" if isinstance(value, str) else ""
    what = f"must be one of {', '.join(known)}{said}"
    return _at(entry.value, what, closest(str(value), known), where="schema")


def _brought(schema: object) -> tuple[str, FileKind] | None:
    """The name of a kind of files that a package brings, and the kind; raises `NotLoaded`."""
    said = re.fullmatch(r"(.*/(.+))/v[0-9]+", str(schema))
    entry = found(FILES).get(said[1]) if said else None
    return (said[2], loaded(entry)) if said and entry else None


def _is_of(kind: str, schema: object) -> bool:
    """Whether this is the schema of that kind, in any version."""
    return re.fullmatch(rf"hwsim/{kind}/v[0-9]+", str(schema)) is not None


def _lineage(source: SourceFile) -> list[SourceFile]:
    """The source, what it extends, what that extends, and so on."""
    lineage = [source]
    while entry := lineage[-1].root.entry("extends"):
        child = lineage[-1]
        if len(lineage) == MOST_FILES:
            what = f"more than {MOST_FILES} files extend one another from {shown(source.path)} on"
            _stop(lineage, child.problem("extends", what, at_key=False))
        parent = _parent(child, entry)
        if parent.resolve() in [ancestor.path.resolve() for ancestor in lineage]:
            names = " -> ".join(shown(path) for path in [*(s.path for s in lineage), parent])
            _stop(
                lineage, child.problem("extends", f"goes round in a circle: {names}", at_key=False)
            )
        try:
            opened = _open(parent, None)
        except SpecificationError as error:
            raise SpecificationError([*_all(lineage), *error.problems]) from None
        if opened.kind != child.kind:
            what = f"{shown(parent)} is {a(opened.kind)}, not {a(child.kind)}"
            _stop(lineage, child.problem("extends", what, at_key=False))
        lineage.append(opened)
    if misspelt := closest("extends", lineage[-1].root.keys):
        what = f"unknown key '{misspelt}'"
        _stop(lineage, lineage[-1].problem(misspelt, what, "extends"))
    return lineage


def _parent(child: SourceFile, entry: Entry) -> Path:
    name = entry.value.value if isinstance(entry.value, ScalarNode) else None
    if not isinstance(name, str) or not name:
        what = f"must be the name of a shipped {child.kind} or the path of a file"
        raise SpecificationError([*child.problems, child.problem("extends", what, at_key=False)])
    try:
        return search((child.kind,), name, folder=child.path.parent, origin=entry.value.origin)
    except SpecificationError as error:
        raise SpecificationError([*child.problems, *error.problems]) from None


def _stop(lineage: list[SourceFile], problem: Problem) -> None:
    raise SpecificationError([*_all(lineage), problem])


def _all(lineage: list[SourceFile]) -> list[Problem]:
    return [problem for source in lineage for problem in source.problems]


def _misplaced(child: SourceFile) -> list[Problem]:
    """What a file that extends another must not say, or must and does not."""
    allowed = (*DESCRIPTIVE, "extends", "set")
    foreign = {key: closest(key, allowed) for key in child.root.keys if key not in allowed}
    problems = [
        child.problem(key, f"unknown key '{key}'", meant)
        if meant
        else child.problem(key, "a file that extends another says this under `set`")
        for key, meant in foreign.items()
    ]
    if child.root.entry("name") is None and "name" not in foreign.values():
        what = "missing key 'name': a file that extends another has a name of its own"
        problems.append(child.problem("name", what))
    changes = child.root.entry("set")
    if changes and not isinstance(changes.value, MappingNode):
        what = "must be a mapping from dotted paths to values"
        problems.append(child.problem("set", what, at_key=False))
    return problems


def _described(parent: MappingNode, child: MappingNode) -> MappingNode:
    """The parent's document with the child's own description, which comes first."""
    entries = [child.entry(key) or parent.entry(key) for key in DESCRIPTIVE]
    rest = parent.without(*DESCRIPTIVE, "extends", "set").entries
    return MappingNode(origin=child.origin, entries=(*filter(None, entries), *rest))


def _own_overrides(source: SourceFile) -> list[Override]:
    changes = source.root.entry("set")
    if changes is None or not isinstance(changes.value, MappingNode):
        return []
    return [
        Override(path=entry.key, origin=entry.origin, value=entry.value)
        for entry in changes.value.entries
    ]


def _command_line(overrides: Several[str], problems: list[Problem]) -> list[Override]:
    parsed = []
    for text in overrides:
        try:
            parsed.append(parse_override(text))
        except SpecificationError as error:
            problems += error.problems
    return parsed


def _changed(root: MappingNode, overrides: list[Override], problems: list[Problem]) -> MappingNode:
    """The document after the overrides, in order; those that name nothing become problems."""
    for override in overrides:
        try:
            root = overridden(root, override)
        except SpecificationError as error:
            problems += error.problems
    return root


def _at(
    node: YamlNode, what: str, suggestion: str | None = None, where: str = "document"
) -> Problem:
    return Problem(origin=node.origin, where=where, what=what, suggestion=suggestion)
