"""`hwsim check`: every problem of every file."""

from typing import TYPE_CHECKING, Annotated

import typer

from hwsim.command.names import shipped_names
from hwsim.command.output import to_stdout

if TYPE_CHECKING:
    from hwsim.specification import Document, Problem


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
    what = f"{document.kind} {document.data['name']}"
    match document.kind:
        case "architecture":
            architecture.build(document)
        case "network":
            workload.build(document)
        case _:
            what += _tried(document)
    return what


def _tried(document: "Document") -> str:
    """On what the mapping was tried: on what it says it is for, if that is shipped."""
    from hwsim import architecture, mapping, workload
    from hwsim.specification import load, shipped

    given = mapping.build(document)
    chip, network = document.data.get("architecture"), document.data.get("network")
    if chip not in shipped("architecture") or network not in shipped("network"):
        return ""
    chip_document, network_document = load("architecture", chip), load("network", network)
    mapping.nests(given, architecture.build(chip_document), workload.build(network_document))
    return f", fits {network} on {chip}"
