"""`hwsim check`: every problem of every file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwsim.command.names import shipped_names
from hwsim.command.output import to_stdout

if TYPE_CHECKING:
    from hwsim.specification import Document, Kind, Problem


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Architectures, networks and mappings.",
            show_default=False,
            autocompletion=shipped_names(),
        ),
    ],
) -> None:
    """Say all that is wrong with files."""
    from hwsim.specification import SpecificationError

    problems = list["Problem"]()
    for file in files:
        try:
            what = _checked(file)
        except SpecificationError as error:
            problems += error.problems
        else:
            to_stdout(f"{file}: ok ({what})\n")
    if problems:
        raise SpecificationError(problems)


def _checked(file: str) -> str:
    """What the file is, once all that can be built from it has been."""
    from hwsim import architecture, workload
    from hwsim.specification import load_any

    document = load_any(file)
    what = f"{document.kind} {document.name}"
    match document.kind:
        case "architecture":
            architecture.build(document)
        case "network":
            workload.build(document)
        case _:
            what += _tried(document)
    return what


def _tried(document: "Document") -> str:
    """On what the mapping was tried: on what it says it is for, if that can be found."""
    from hwsim import architecture, mapping, workload

    given = mapping.build(document)
    chip, network = _named(document, "architecture"), _named(document, "network")
    if chip is None or network is None:
        return ""
    mapping.nests(given, architecture.build(chip), workload.build(network))
    return f", fits {network.name} on {chip.name}"


def _named(document: "Document", kind: "Kind") -> "Document | None":
    """What the mapping gives under this key: something shipped, or a path from its own folder.

    None for no name and for the name of what is not shipped, which may be anywhere.
    """
    from hwsim.specification import SpecificationError, is_name, load, shipped

    name = document.data.get(kind)
    if name is None:
        return None
    if is_name(name):
        return load(kind, name) if name in shipped(kind) else None
    path = Path(document.file).parent / name
    if not path.exists():
        raise SpecificationError([document.problem((kind,), f"no such file: {path}")])
    return load(kind, path)
