"""Turns YAML files into documents whose every value knows the line where it was written."""

from hwsim.specification.assigned import assigned
from hwsim.specification.diagnostics import KeyPath, Origin, Problem, SpecificationError
from hwsim.specification.document import Document
from hwsim.specification.finder import KINDS, Kind, find, is_name, shipped
from hwsim.specification.loading import load, load_any, load_other
from hwsim.specification.override import Overrides
from hwsim.specification.render import render
from hwsim.specification.resolve import OtherKind

__all__ = [
    "KINDS",
    "Document",
    "KeyPath",
    "Kind",
    "Origin",
    "OtherKind",
    "Overrides",
    "Problem",
    "SpecificationError",
    "assigned",
    "find",
    "is_name",
    "load",
    "load_any",
    "load_other",
    "render",
    "shipped",
]
