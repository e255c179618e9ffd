"""One word, one meaning: what stands at the top of two modules of the packages means the same."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted(file for package in ("hwsim", "prune") for file in (ROOT / package).rglob("*.py"))
SOURCES = {file: file.read_text() for file in FILES}

#: What may stand in several modules, and the one thing that it means.
COMMANDS = "a command, and the function that it calls"
IMPORTERS = "what each importer asks of its own graphs"
SAME = {
    **dict.fromkeys(("check", "compare", "sweep", "prune", "simulate", "main"), COMMANDS),
    **dict.fromkeys(("ATTENTION", "PRICED", "RECURRENT", "Product"), IMPORTERS),
    **dict.fromkeys(("counted", "is_attention_constant", "is_known", "kind", "macs"), IMPORTERS),
    **dict.fromkeys(("multiplies", "name_of", "products", "recurrent"), IMPORTERS),
    "Error": "the base of what a package refuses; prune's is below hwsim's",
    "build": "to make a room's noun of what was declared",
    "front": "what no other is as good as in all measures",
    "load": "to make a room's noun of a file",
    "problems": "all that is wrong with a part of a document",
    "read": "to make a room's noun of what another program wrote",
    "render": "to write a noun as a text",
    "save": "to write a file for a user",
}


def names(file: Path) -> Iterator[str]:
    """What a module defines at its top, but for what is its own: `_name`."""
    for node in ast.parse(SOURCES[file]).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (each.id for each in targets if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def is_used_elsewhere(name: str, home: Path) -> bool:
    """Whether another module imports it, or asks the module for it."""
    module = home.parent.name if home.stem == "__init__" else home.stem
    imports = rf"from [\w.]*\b{module} import (\([^)]*|[^\n]*)\b{name}\b"
    asked = rf"\b{module}\.{name}\b"
    return any(
        re.search(f"{imports}|{asked}", source)
        for file, source in SOURCES.items()
        if file != home and name in source
    )


def test_a_name_means_one_thing() -> None:
    """In both packages. A constant is a word of the house where it leaves its module."""
    homes = defaultdict(set)
    for file in FILES:
        for name in names(file):
            if not name.startswith("_"):
                homes[name].add(file)
    several = {
        name: [str(file.relative_to(ROOT)) for file in sorted(files)]
        for name, files in homes.items()
        if len(files) > 1
        and not (name.isupper() and sum(is_used_elsewhere(name, file) for file in files) < 2)
    }
    assert {name: files for name, files in several.items() if name not in SAME} == {}
    assert {name for name in SAME if name not in several} == set()
