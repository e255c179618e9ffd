"""Turns a document that breaks its kind's JSON Schema into problems in plain words.

The schemas close each kind of component and layer by `additionalProperties: false` inside the
branch that `kind` chooses: `unevaluatedProperties` would call every key of a branch unknown as soon
as one of its values is wrong.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwsim.extensions import found
from hwsim.meant import closest
from hwsim.specification.accepted import (
    SMALLEST_NUMBER,
    UndecidedError,
    accepted,
    is_integer,
    is_number,
    is_too_small,
    of_another_kind,
)
from hwsim.specification.diagnostics import KeyPath, Problem
from hwsim.specification.document import Document
from hwsim.specification.resolve import VERSION

if TYPE_CHECKING:
    from jsonschema import Validator
    from jsonschema.exceptions import ValidationError

_SCHEMAS = Path(__file__).parents[1] / "schemas"
_NOUNS = {
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_LONGEST_VALUE = 40
#: The key beside an `enum` that names a group of entry points: their names are words as well.
OPEN = "entryPoints"


def schema(kind: str, schemas: Path = _SCHEMAS) -> dict[str, Any]:
    """The JSON Schema of a kind of document, one of hwsim's own or in a folder of others."""
    text = (schemas / kind / f"v{VERSION}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def check(document: Document, schemas: Path = _SCHEMAS) -> tuple[Problem, ...]:
    """Everything in the document that its schema forbids."""
    with suppress(UndecidedError):
        if accepted(document.data, _read(document.kind, schemas)):
            return ()
    validator = _validator(document.kind, schemas)
    breaches = [_breach(error) for error in validator.iter_errors(document.data)]
    of_wrong_type = {breach.path for breach in breaches if breach.keyword == "type"}
    telling = [b for b in breaches if b.keyword == "type" or b.path not in of_wrong_type]
    return tuple({problem for breach in telling for problem in _problems(document, breach)})


@cache
def _read(kind: str, schemas: Path) -> dict[str, Any]:
    return schema(kind, schemas)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Breach:
    """A value that breaks a rule of the schema: `keyword` and its argument `wanted`."""

    path: KeyPath
    keyword: str
    wanted: Any
    value: Any
    rule: dict[str, Any]
    names_a_key: bool


def _breach(error: "ValidationError") -> _Breach:
    return _Breach(
        path=tuple(error.absolute_path),
        keyword=str(error.validator),
        wanted=error.validator_value,
        value=error.instance,
        rule=dict(error.schema) if isinstance(error.schema, Mapping) else {},
        names_a_key="propertyNames" in error.absolute_schema_path,
    )


@cache
def _validator(kind: str, schemas: Path = _SCHEMAS) -> "Validator":
    """The validator of a kind; 16.0 is no integer here, infinities and NaN, which options may say,
    and what is all but 0 are no numbers, and a pattern matches the whole string.

    The branches of other kinds than a value's are passed over without a look, which halves the time
    that thousands of layers take.
    """
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(_: object, wanted: str, value: object, __: object) -> Iterator[ValidationError]:
        if isinstance(value, str) and not re.fullmatch(wanted, value):
            yield ValidationError(f"{value!r} does not match {wanted!r}")

    general = Draft202012Validator.VALIDATORS["if"]

    def branch(
        validator: "Validator", condition: dict[str, Any], value: object, rule: dict[str, Any]
    ) -> Iterator[ValidationError]:
        if not of_another_kind(condition, value):
            yield from general(validator, condition, value, rule)

    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: is_integer(value),
            "number": lambda _, value: is_number(value),
        }
    )
    extend: Callable[..., type[Validator]] = validators.extend
    keywords = {"pattern": pattern, "if": branch}
    return extend(Draft202012Validator, keywords, type_checker=types)(_opened(_read(kind, schemas)))


def _opened(rule: Any) -> Any:
    """The rule with the words that packages bring: those of the group that an enum is open to."""
    if isinstance(rule, list):
        return [_opened(inner) for inner in rule]
    if not isinstance(rule, dict):
        return rule
    inside = {key: _opened(inner) for key, inner in rule.items()}
    if OPEN in rule:
        own = rule["enum"]
        inside["enum"] = [*own, *(name for name in sorted(found(rule[OPEN])) if name not in own)]
    return inside


def _problems(document: Document, breach: _Breach) -> Iterator[Problem]:
    if breach.names_a_key:
        yield document.problem((*breach.path, breach.value), _what(breach), at_key=True)
        return
    match breach.keyword:
        case "required":
            yield from _missing(document, breach)
        case "additionalProperties":
            yield from _unknown(document, breach)
        case "uniqueItems":
            yield from _repeated(document, breach)
        case "type" if is_too_small(breach.value):
            what = f"must be 0, or further from it than {SMALLEST_NUMBER:g}, not {breach.value}"
            yield document.problem(breach.path, what)
        case _:
            yield document.problem(breach.path, _what(breach), _meant(breach))


def _missing(document: Document, breach: _Breach) -> Iterator[Problem]:
    """The keys that are not there; of those that are there and misspelt, how they are spelt.

    A rule without `additionalProperties`, as that of a discriminator, leaves the other keys to its
    branches, and where the discriminator is misspelt there is none that could name it.
    """
    properties = breach.rule.get("properties", {})
    misspelt = {closest(key, properties): key for key in breach.value if key not in properties}
    for key in breach.wanted:
        if key in breach.value:
            continue
        if key in misspelt:
            yield _unknown_key(document, (*breach.path, misspelt[key]), key)
        else:
            yield document.problem(breach.path, f"missing key '{key}'", at_key=True)


def _unknown(document: Document, breach: _Breach) -> Iterator[Problem]:
    properties = breach.rule.get("properties", {})
    for key in breach.value:
        if key not in properties:
            yield _unknown_key(document, (*breach.path, key), closest(key, properties))


def _unknown_key(document: Document, path: KeyPath, meant: str | None) -> Problem:
    return document.problem(path, f"unknown key '{path[-1]}'", meant, at_key=True)


def _repeated(document: Document, breach: _Breach) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, item in enumerate(breach.value):
        if repr(item) in seen:
            yield document.problem((*breach.path, index), f"{_short(item)} is listed twice")
        seen.add(repr(item))


def _what(breach: _Breach) -> str:
    """What is wrong, in words: the schema's own where it has some."""
    value, wanted = _short(breach.value), breach.wanted
    if "errorMessage" in breach.rule and breach.keyword != "maximum":
        said = "" if breach.keyword == "not" else f", not {value}"
        return f"{breach.rule['errorMessage']}{said}"
    match breach.keyword:
        case "enum":
            return f"must be one of {', '.join(wanted)}, not {value}"
        case "const":
            return f"must be {_short(wanted)}, not {value}"
        case "maximum":
            return f"must be at most {wanted}, not {value}"
        case "minItems":
            return f"must have at least {wanted} items, not {len(breach.value)}"
        case "maxItems":
            return f"must have at most {wanted} items, not {len(breach.value)}"
        case "minLength" | "minProperties":
            return "must not be empty"
        case "type" | "minimum" | "exclusiveMinimum":
            return f"must be {_expected(breach.rule)}, not {value}"
        case _:
            return f"breaks the rule '{breach.keyword}' of the schema"


def _meant(breach: _Breach) -> str | None:
    if breach.keyword != "enum" or not isinstance(breach.value, str):
        return None
    return closest(breach.value, breach.wanted)


def _expected(rule: dict[str, Any]) -> str:
    """A phrase for the values that a rule admits.

    >>> _expected({"type": "integer", "minimum": 1})
    'a positive integer'
    """
    types = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
    phrase = " or ".join(_NOUNS[name] for name in types)
    if rule.get("exclusiveMinimum") == 0 or (rule.get("minimum"), types[0]) == (1, "integer"):
        return phrase.replace("an ", "a ", 1).replace("a ", "a positive ", 1)
    if "minimum" in rule:
        return f"{phrase} of {rule['minimum']} or more"
    return phrase


def _short(value: object) -> str:
    """The value as a file would say it, never a dump of what is in it."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case str():
            cut = value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "..."
            return f"'{cut}'"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            text = str(value)
            return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."
