"""Turns YAML 1.2 text into a tree of nodes that know their line and column.

PyYAML reads YAML 1.1, where `no` is false, `1e-9` is text and `010` is 8; the loader below has the
resolvers of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2, section 10.3.2) instead.
"""

import math
import re
from dataclasses import dataclass, field

import yaml

from hwsim.specification.diagnostics import KeyPath, Origin, Problem, SpecificationError, dotted
from hwsim.specification.nodes import Entry, MappingNode, Plain, ScalarNode, SequenceNode, YamlNode

DEEPEST_NESTING = 64
MOST_NODES = 100_000
LONGEST_NUMBER = 100

_TAG = "tag:yaml.org,2002:"


class Yaml12Loader(yaml.SafeLoader):
    """PyYAML's safe loader with YAML 1.2's scalars, a limit to nesting, and tabs as blanks."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node, unless it is nested absurdly deep."""
        if self.depth >= DEEPEST_NESTING:
            what = f"nested deeper than {DEEPEST_NESTING} levels"
            raise yaml.MarkedYAMLError(problem=what, problem_mark=self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def scan_to_next_token(self) -> None:
        """Skip blanks; also tabs where they do not indent, which JSON needs and PyYAML lacks."""
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()


Yaml12Loader.yaml_implicit_resolvers = {}
for _tag, _first, _pattern in (
    ("null", ["", "~", "n", "N"], r"null|Null|NULL|~|"),
    ("bool", list("tTfF"), r"true|True|TRUE|false|False|FALSE"),
    ("int", list("+-0123456789"), r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    (
        "float",
        list("+-.0123456789"),
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    ),
):
    Yaml12Loader.add_implicit_resolver(_TAG + _tag, re.compile(rf"(?:{_pattern})\Z"), _first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A tree, and what was wrong with it that did not keep the rest from being read."""

    root: YamlNode
    problems: tuple[Problem, ...]


def compose(text: str, file: str, first_column: int = 1) -> Composed | None:
    """The tree of a text, None of an empty one, or a SpecificationError when it is not YAML.

    `first_column` is where the text starts in its first line.

    >>> compose("1e-9", "example").root.value, compose("no", "example").root.value
    (1e-09, 'no')
    """
    reader = _Reader(file=file, first_column=first_column)
    try:
        loader = Yaml12Loader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise SpecificationError([reader.syntax_problem(error)]) from None
    except yaml.reader.ReaderError as error:
        raise SpecificationError([reader.character_problem(error, text)]) from None
    if root is None:
        return None
    node = reader.node(root, ())
    return Composed(root=node, problems=tuple(reader.problems))


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Copies PyYAML's nodes into ours and collects what is wrong on the way."""

    file: str
    first_column: int
    problems: list[Problem] = field(default_factory=list)
    nodes_read: int = 0

    def origin(self, mark: yaml.Mark | None) -> Origin:
        line, column = (mark.line, mark.column) if mark else (0, 0)
        shift = self.first_column if line == 0 else 1
        return Origin(file=self.file, line=line + 1, column=column + shift)

    def syntax_problem(self, error: yaml.MarkedYAMLError) -> Problem:
        origin = self.origin(error.problem_mark or error.context_mark)
        return Problem(origin=origin, where="document", what=_syntax_in_words(error))

    def character_problem(self, error: yaml.reader.ReaderError, text: str) -> Problem:
        before = text[: error.position].split("\n")
        mark = yaml.Mark(self.file, 0, len(before) - 1, len(before[-1]), None, 0)
        what = f"character U+{ord(text[error.position]):04X} is not allowed in YAML"
        return Problem(origin=self.origin(mark), where="document", what=what)

    def report(
        self, node: yaml.Node, path: KeyPath, what: str, suggestion: str | None = None
    ) -> None:
        problem = Problem(
            origin=self.origin(node.start_mark),
            where=dotted(path),
            what=what,
            suggestion=suggestion,
        )
        self.problems.append(problem)

    def node(self, node: yaml.Node, path: KeyPath) -> YamlNode:
        self.nodes_read += 1
        if self.nodes_read > MOST_NODES or len(path) > DEEPEST_NESTING:
            self.report(node, (), "its aliases unfold to an absurd size, or contain themselves")
            raise SpecificationError(self.problems)
        origin = self.origin(node.start_mark)
        match node:
            case yaml.MappingNode():
                self.check_tag(node, path, "map")
                return MappingNode(origin=origin, entries=self.entries(node, path))
            case yaml.SequenceNode():
                self.check_tag(node, path, "seq")
                items = tuple(self.node(item, (*path, i)) for i, item in enumerate(node.value))
                return SequenceNode(origin=origin, items=items)
            case _:
                return ScalarNode(origin=origin, value=self.scalar(node, path))

    def check_tag(self, node: yaml.Node, path: KeyPath, *allowed: str) -> None:
        if node.tag not in [_TAG + name for name in allowed]:
            tag = node.tag.replace(_TAG, "!!")
            self.report(node, path, f"tag {tag} is not supported here; write the value without it")

    def entries(self, node: yaml.MappingNode, path: KeyPath) -> tuple[Entry, ...]:
        entries: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            key = self.key(key_node, path)
            if key is None:
                continue
            if key in entries:
                first = entries[key].origin
                what = f"key '{key}' is repeated; it is first at {first.line}:{first.column}"
                self.report(key_node, (*path, key), what)
                continue
            origin = self.origin(key_node.start_mark)
            value = self.node(value_node, (*path, key))
            entries[key] = Entry(key=key, origin=origin, value=value)
        return tuple(entries.values())

    def key(self, node: yaml.Node, path: KeyPath) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.report(node, path, "a key must be a string, not a list or a mapping")
        elif node.tag != _TAG + "str":
            quoted = f'"{node.value}"'
            self.report(node, path, f"key {node.value or 'null'} is not a string", quoted)
        elif node.value == "<<" and node.style is None:
            what = "merge key '<<' is not part of YAML 1.2; write the keys out, or use `extends`"
            self.report(node, path, what)
        else:
            return self.text(node, path)
        return None

    def scalar(self, node: yaml.Node, path: KeyPath) -> Plain:
        text = str(node.value)
        try:
            match node.tag.removeprefix(_TAG):
                case "null":
                    return None
                case "bool":
                    return {"true": True, "false": False}[text.lower()]
                case "int" | "float" if len(text) > LONGEST_NUMBER:
                    self.report(node, path, f"is a number of more than {LONGEST_NUMBER} characters")
                case "int":
                    return _integer(text)
                case "float":
                    return self.float(node, path)
                case _:
                    self.check_tag(node, path, "str")
                    return self.text(node, path)
        except (ValueError, KeyError):
            self.check_tag(node, path)
        return text

    def float(self, node: yaml.Node, path: KeyPath) -> float:
        lowered = node.value.lower()
        value = float(lowered.replace(".inf", "inf").replace(".nan", "nan"))
        if not math.isfinite(value):
            self.report(node, path, f"must be a finite number, not {node.value}")
        return value

    def text(self, node: yaml.Node, path: KeyPath) -> str:
        """The string, with JSON's pairs of surrogates joined."""
        text = str(node.value)
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self.report(node, path, "holds half of a surrogate pair")
            return text.encode("utf-8", "replace").decode()


def _integer(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, base)


def _syntax_in_words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "cannot be read"
    if "'\\t'" in problem:
        return "not valid YAML: a tab where only spaces may indent"
    if "another document" in problem:
        return "holds several documents; a file is one document"
    if problem.startswith("nested"):
        return problem
    context = f" {error.context}" if error.context and error.problem else ""
    return f"not valid YAML: {problem}{context}"
