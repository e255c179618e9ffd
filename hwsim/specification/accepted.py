"""A value and a schema to whether the schema accepts the value; jsonschema says what is wrong.

Most files have no mistake, and to import jsonschema takes longer than to read them. Of JSON Schema
this knows the keywords that the schemas of hwsim use, each as jsonschema takes it.
"""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

#: A rule of a schema, and the whole schema, in which its references are found.
SchemaRule = Mapping[str, Any] | bool
#: Nothing in a file is a smaller quantity.
SMALLEST_NUMBER: Final = 1e-30
#: What a rule says to readers, what `if` looks at, and from where an enum has more words: files
#: that say one of these are left to jsonschema.
SILENT: Final = frozenset(
    (
        *("$defs", "$id", "$schema", "default", "description", "else", "entryPoints"),
        *("errorMessage", "then", "title"),
    )
)


class UndecidedError(Exception):
    """The rule uses a keyword, or a value of one, that is not known here."""


def is_integer(value: object) -> bool:
    """Whether it is an integer: 16.0 is none here, nor is true."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether it is a number: infinities and NaN, and what is all but 0, are none."""
    if isinstance(value, float):
        return isfinite(value) and not is_too_small(value)
    return is_integer(value)


def is_too_small(value: object) -> bool:
    """Whether quotients of the number might not fit into a float."""
    return isinstance(value, float) and 0 < abs(value) < SMALLEST_NUMBER


def of_another_kind(condition: Mapping[str, Any], value: object) -> bool:
    """Whether the condition asks for one `kind`, and the value has none or another one."""
    wanted = condition.get("properties", {}).get("kind", {}).get("const")
    return wanted is not None and isinstance(value, dict) and value.get("kind") != wanted


def accepted(value: object, whole: Mapping[str, Any]) -> bool:
    """Whether the schema accepts the value; raises `UndecidedError`."""
    return _obeys(value, whole, whole)


def _obeys(value: Any, rule: SchemaRule, whole: Mapping[str, Any]) -> bool:
    if isinstance(rule, bool):
        return rule
    for keyword, wanted in rule.items():
        if keyword in SILENT:
            continue
        if keyword in PLAIN:
            kind, holds = PLAIN[keyword]
            if kind(value) and not holds(value, wanted):
                return False
        elif keyword not in NESTED:
            raise UndecidedError(keyword)
        elif not NESTED[keyword](value, rule, whole):
            return False
    return True


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict)


def _is_anything(_: object) -> bool:
    return True


TYPES: Final[Mapping[str, Callable[[object], bool]]] = {
    "array": _is_list,
    "boolean": lambda value: isinstance(value, bool),
    "integer": is_integer,
    "number": is_number,
    "object": _is_mapping,
    "string": _is_string,
}


def _is_of_type(value: object, wanted: str | list[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if not TYPES.keys() >= {*names}:
        raise UndecidedError("type")
    return any(TYPES[name](value) for name in names)


def _is_among(value: object, wanted: list[object]) -> bool:
    if not all(map(_is_string, wanted)):
        raise UndecidedError("enum")
    return isinstance(value, str) and value in wanted


def _is_without_repeats(value: list[object], wanted: bool) -> bool:
    if not all(map(_is_string, value)):
        raise UndecidedError("uniqueItems")
    return not wanted or len(set(value)) == len(value)


#: Keywords that say something of the values of a type alone: which these are, and whether one of
#: them is as wanted.
PLAIN: Final[Mapping[str, tuple[Callable[[Any], bool], Callable[[Any, Any], bool]]]] = {
    "const": (_is_anything, lambda value, wanted: _is_among(value, [wanted])),
    "enum": (_is_anything, _is_among),
    "exclusiveMinimum": (is_number, lambda value, wanted: value > wanted),
    "maxItems": (_is_list, lambda value, wanted: len(value) <= wanted),
    "maxProperties": (_is_mapping, lambda value, wanted: len(value) <= wanted),
    "maximum": (is_number, lambda value, wanted: value <= wanted),
    "minItems": (_is_list, lambda value, wanted: len(value) >= wanted),
    "minLength": (_is_string, lambda value, wanted: len(value) >= wanted),
    "minProperties": (_is_mapping, lambda value, wanted: len(value) >= wanted),
    "minimum": (is_number, lambda value, wanted: value >= wanted),
    "pattern": (_is_string, lambda value, wanted: re.fullmatch(wanted, value) is not None),
    "required": (_is_mapping, lambda value, wanted: value.keys() >= set(wanted)),
    "type": (_is_anything, _is_of_type),
    "uniqueItems": (_is_list, _is_without_repeats),
}


def _referred(value: object, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    head, slash, name = rule["$ref"].rpartition("/")
    if head + slash != "#/$defs/":
        raise UndecidedError("$ref")
    return _obeys(value, whole["$defs"][name], whole)


def _in_properties(value: object, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    known = rule["properties"]
    inside = value.items() if isinstance(value, dict) else ()
    return all(_obeys(it, known[key], whole) for key, it in inside if key in known)


def _in_others(value: object, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    known, other = rule.get("properties", {}), rule["additionalProperties"]
    inside = value.items() if isinstance(value, dict) else ()
    return all(_obeys(it, other, whole) for key, it in inside if key not in known)


def _in_names(value: object, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return not isinstance(value, dict) or all(
        _obeys(key, rule["propertyNames"], whole) for key in value
    )


def _in_items(value: object, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return not isinstance(value, list) or all(_obeys(it, rule["items"], whole) for it in value)


def _in_all(value: object, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return all(_obeys(value, one, whole) for one in rule["allOf"])


def _in_branch(value: object, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    condition = rule["if"]
    if of_another_kind(condition, value):
        return True
    branch = "then" if _obeys(value, condition, whole) else "else"
    return _obeys(value, rule.get(branch, True), whole)


def _if_present(value: object, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    present = value if isinstance(value, dict) else {}
    wanted = rule["dependentSchemas"].items()
    return all(_obeys(value, one, whole) for key, one in wanted if key in present)


def _not(value: object, rule: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return not _obeys(value, rule["not"], whole)


#: Keywords that have rules inside.
NESTED: Final[Mapping[str, Callable[[Any, Mapping[str, Any], Mapping[str, Any]], bool]]] = {
    "$ref": _referred,
    "additionalProperties": _in_others,
    "allOf": _in_all,
    "dependentSchemas": _if_present,
    "if": _in_branch,
    "items": _in_items,
    "not": _not,
    "properties": _in_properties,
    "propertyNames": _in_names,
}
