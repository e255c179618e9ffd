"""Turns a document into YAML text that loads back to the same data."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any

import yaml

from hwsim.specification.diagnostics import KeyPath, printable
from hwsim.specification.document import Document
from hwsim.specification.finder import portable
from hwsim.specification.yaml12 import Yaml12Loader

WIDTH = 100
COMMENT_COLUMN = 56

_PLAIN = re.compile(r"\w(?:[\w .,;()/+*%='\"@&|<>!?^~$-]|:(?=\S))*(?<! )")
_PLAIN_IN_FLOW = re.compile(r"\w(?:[\w .;()/+*%='@^~$-])*(?<! )")
_WORDS = re.compile(r"\S+(?: \S+)+")
_STRING = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line of the text, and the value or, of a `header`, the key that it shows."""

    text: str
    path: KeyPath
    header: bool = False


def render(document: Document, origins: bool = False) -> str:
    """The resolved document as YAML; with `origins`, each line ends in its `# file:line`."""
    data = {"schema": document.data["schema"], **document.data}
    lines = list(_Renderer(document=document, origins=origins).mapping(data, (), ""))
    if not origins:
        return "".join(f"{line.text}\n" for line in lines)
    return "".join(f"{line.text:<{COMMENT_COLUMN}}  # {_place(document, line)}\n" for line in lines)


def _place(document: Document, line: _Line) -> str:
    origin = document.key_origin(line.path) if line.header else document.origin(line.path)
    return printable(f"{portable(origin.file)}:{origin.line}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Renderer:
    document: Document
    origins: bool

    def mapping(self, data: dict[str, Any], path: KeyPath, indent: str) -> Iterator[_Line]:
        for key, value in data.items():
            head = f"{indent}{scalar(key, flow=True)}:"
            yield from self.entry(head, value, (*path, key), indent)

    def sequence(self, data: list[Any], path: KeyPath, indent: str) -> Iterator[_Line]:
        for index, value in enumerate(data):
            here = (*path, index)
            inline = self.inline(value, here, f"{indent}-")
            if inline is not None:
                yield _Line(text=f"{indent}- {inline}", path=here)
                continue
            first, *rest = self.block(value, here, f"{indent}  ")
            yield replace(first, text=f"{indent}- {first.text[len(indent) + 2 :]}")
            yield from rest

    def entry(self, head: str, value: Any, path: KeyPath, indent: str) -> Iterator[_Line]:
        inline = self.inline(value, path, head)
        if inline is not None and (self.origins or not self.folds(head, value)):
            yield _Line(text=f"{head} {inline}", path=path)
        elif isinstance(value, str):
            yield _Line(text=f"{head} >-", path=path)
            width = WIDTH - len(indent) - 2
            for text in wrap(value, width, break_long_words=False, break_on_hyphens=False):
                yield _Line(text=f"{indent}  {text}", path=path)
        else:
            yield _Line(text=head, path=path, header=True)
            yield from self.block(value, path, f"{indent}  ")

    def block(self, value: Any, path: KeyPath, indent: str) -> Iterator[_Line]:
        if isinstance(value, dict):
            return self.mapping(value, path, indent)
        return self.sequence(value, path, indent)

    def inline(self, value: Any, path: KeyPath, head: str) -> str | None:
        """The value on the line of its key: a scalar, or a collection short and flat enough."""
        if not isinstance(value, dict | list):
            return scalar(value)
        text = flow(value)
        if not value:
            return text
        fits = text is not None and len(head) + 1 + len(text) <= WIDTH
        return text if fits and not (self.origins and self.scattered(path)) else None

    def scattered(self, path: KeyPath) -> bool:
        """Whether the values in here come from several lines."""
        inside = [o for p, o in self.document.origins.items() if p[: len(path)] == path]
        return len({(origin.file, origin.line) for origin in inside}) > 1

    def folds(self, head: str, value: Any) -> bool:
        """Whether the value is prose too long for its line."""
        if not isinstance(value, str) or len(head) + 1 + len(value) <= WIDTH:
            return False
        return value.isprintable() and _WORDS.fullmatch(value) is not None


def flow(value: Any, lists_only: bool = False) -> str | None:
    """A collection between brackets if it holds nothing but scalars and lists of scalars."""
    if isinstance(value, dict) and not lists_only:
        items = {key: flow(item, lists_only=True) for key, item in value.items()}
        if None in items.values():
            return None
        return "{" + ", ".join(f"{scalar(k, flow=True)}: {v}" for k, v in items.items()) + "}"
    if isinstance(value, list):
        if any(isinstance(item, dict | list) for item in value):
            return None
        return "[" + ", ".join(scalar(item, flow=True) for item in value) + "]"
    return None if isinstance(value, dict) else scalar(value, flow=True)


def scalar(value: Any, flow: bool = False) -> str:
    """A scalar that YAML 1.1 and 1.2 read alike, inside brackets when `flow`.

    >>> scalar(1e-9), scalar("1e-9"), scalar("no"), scalar("a: b"), scalar(None)
    ('1.0e-09', '"1e-9"', '"no"', '"a: b"', 'null')
    """
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case float():
            text = repr(value)
            return text if "." in text else text.replace("e", ".0e")
        case str():
            return value if _is_plain(value, flow) else _quoted(value)
        case _:
            return str(value)


def _is_plain(text: str, flow: bool) -> bool:
    pattern = _PLAIN_IN_FLOW if flow else _PLAIN
    return (
        text.isprintable()
        and pattern.fullmatch(text) is not None
        and all(_resolved(loader, text) == _STRING for loader in (Yaml12Loader, yaml.SafeLoader))
    )


def _resolved(loader: type[yaml.SafeLoader], text: str) -> str | None:
    """The tag that a loader gives the text when it stands there without quotes."""
    known = loader.yaml_implicit_resolvers.get(text[0], [])
    return next((tag for tag, pattern in known if pattern.match(text)), _STRING)


def _quoted(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=not text.isprintable())
    return escaped.replace("\x7f", "\\u007f")
