"""What installed packages bring, by their entry points, read without importing what is not used."""

import ast
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hwsim.errors import Error, first_line

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

#: Groups of entry points. A command by its name: a function as Typer takes it, or a `Typer`.
COMMANDS: Final = "hwsim.commands"
#: A `FileKind` by what its files say of their `schema:`, without the version.
FILES: Final = "hwsim.files"
#: An `Importer`, or its function, by the suffix of the files that it reads, with its dot.
IMPORTERS: Final = "hwsim.importers"
#: A form by its name: a function from a result, a front, an explanation, a comparison or a network
#: to text.
REPORTS: Final = "hwsim.reports"
FRONTS: Final = "hwsim.fronts"
COMPARISONS: Final = "hwsim.comparisons"
SWEEPS: Final = "hwsim.sweeps"
EXPLANATIONS: Final = "hwsim.explanations"
EXPORTS: Final = "hwsim.exports"
#: A `Format` by what a file calls it.
FORMATS: Final = "hwsim.formats"
#: An `Estimator` by the name that architectures call it.
ESTIMATORS: Final = "hwsim.estimators"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """YAML files of a kind that hwsim itself does not know.

    `use` says what does something with them; `check` says what a file is, or raises an `Error`.
    """

    use: str
    check: Callable[[Path], str]


class NotLoaded(Error):
    """What the package `brings` cannot be had, because of `reason`."""

    brings: str
    reason: str

    def __str__(self) -> str:
        return f"{self.brings}, cannot be loaded: {self.reason}"


def found(group: str) -> "dict[str, EntryPoint]":
    """The entry points of the group by name; of several the first in Python's path counts."""
    from importlib.metadata import entry_points  # takes longer than a report of a small network

    return {entry.name: entry for entry in reversed(tuple(entry_points(group=group)))}


def loaded(entry: "EntryPoint") -> Any:
    """The object that the entry point names; raises `NotLoaded` whatever keeps it from that."""
    _check(entry)
    try:
        return entry.load()
    except Exception as error:
        raise NotLoaded(in_words(entry), f"{type(error).__name__}: {first_line(error)}") from error


def in_words(entry: "EntryPoint") -> str:
    """The entry point in the words of a user.

    >>> from importlib.metadata import EntryPoint
    >>> in_words(EntryPoint("floorplan", "acme.plan:draw", COMMANDS))
    'floorplan, which a package brings as acme.plan:draw'
    """
    package = f"the package {entry.dist.name}" if entry.dist else "a package"
    return f"{entry.name}, which {package} brings as {entry.value}"


def docstring(entry: "EntryPoint") -> str:
    """The docstring of the function or class, else of the module, from its source; nothing of it
    is imported.

    Raises `NotLoaded` where there is no such module, or its source is none.
    """
    _check(entry)
    try:
        spec = _spec(entry.module)
    except (ImportError, ValueError) as error:
        raise NotLoaded(in_words(entry), first_line(error)) from None
    if spec is None:
        raise NotLoaded(in_words(entry), f"there is no module {entry.module}")
    if not spec.has_location or not str(spec.origin).endswith(".py"):
        return ""
    try:
        tree = ast.parse(Path(str(spec.origin)).read_bytes(), str(spec.origin))
    except (OSError, SyntaxError, ValueError) as error:
        raise NotLoaded(in_words(entry), f"{type(error).__name__}: {first_line(error)}") from None
    named = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == entry.attr
    ]
    return ast.get_docstring(named[-1] if named else tree) or ""


def _check(entry: "EntryPoint") -> None:
    if not entry.pattern.match(entry.value):
        raise NotLoaded(in_words(entry), "it is no MODULE:NAME")


def _spec(module: str) -> ModuleSpec | None:
    """Where the module is; those around it are not imported."""
    top, *inner = module.split(".")
    spec = importlib.util.find_spec(top)
    for number in range(len(inner)):
        if spec is None or spec.submodule_search_locations is None:
            return None
        name = ".".join([top, *inner[: number + 1]])
        spec = PathFinder.find_spec(name, spec.submodule_search_locations)
    return spec
