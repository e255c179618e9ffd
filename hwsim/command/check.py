"""`hwsim check`: what is wrong with files, and what they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwsim.command.inputs import Named
from hwsim.command.names import shipped_names
from hwsim.command.options import DimOption, ShapeOption, SkipOption
from hwsim.command.output import check_stdout, to_stderr, to_stdout
from hwsim.errors import BAD_INPUT, Error

if TYPE_CHECKING:
    from hwsim.architecture import Architecture
    from hwsim.specification import Document, Kind, Problem
    from hwsim.workload.network import Network


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Architectures, networks, mappings, densities and recipes.",
            show_default=False,
            autocompletion=shipped_names(),
        ),
    ],
    shapes: ShapeOption = None,
    dims: DimOption = None,
    skip: SkipOption = "",
) -> None:
    """Say what is wrong with files.

    Print first all that the schemas refuse. If they refuse nothing, print all that does not fit
    together.
    """
    check_stdout()

    from hwsim.extensions import NotLoaded
    from hwsim.importer import MissingPackage
    from hwsim.specification import SpecificationError
    from hwsim.specification.diagnostics import printable

    problems, unread = list["Problem"](), False
    for file in files:
        try:
            what = _checked(Named(file, None, skip, shapes, dims))
        except SpecificationError as error:
            problems += error.problems
        except (MissingPackage, NotLoaded) as error:
            to_stderr(f"{file}: {error}")
            unread = True
        except Error as error:
            to_stderr(str(error))
            unread = True
        else:
            to_stdout(f"{printable(f'{file}: ok ({what})')}\n")
    if problems:
        raise SpecificationError(problems)
    if unread:
        raise typer.Exit(BAD_INPUT)


def _checked(named: Named) -> str:
    """What the file is, once all that can be built from it has been."""
    from hwsim import architecture, workload
    from hwsim.importer import is_foreign
    from hwsim.report.omissions import aside
    from hwsim.sparsity.formats.named import brought
    from hwsim.specification import OtherKind, load_any

    file = named.name
    if is_foreign(file):
        net = named.load()
        return f"network {net.name}{aside(net)}"
    try:
        document = load_any(file)
    except OtherKind as error:
        return error.kind.check(Path(file))
    what = f"{document.kind} {document.name}"
    match document.kind:
        case "architecture":
            chip = architecture.build(document)
            brought(chip)
            what += _cramped(chip)
        case "network":
            workload.build(document)
        case "density":
            what += _tried_density(document)
        case _:
            what += _tried(document)
    return what


def _cramped(chip: "Architecture") -> str:
    """Which dimensions the dataflow has no place for that is large enough for all layers."""
    from hwsim.architecture.outermost import without_outermost_place

    names = without_outermost_place(chip) if chip.dataflow.constraints else ()
    if not names:
        return ""
    return (
        f"; its dataflow has no place outside its limited storages for {', '.join(names)}: a layer "
        "that does not fit has no mapping; name them under if_needed of an outer storage"
    )


def _tried(document: "Document") -> str:
    """On what the mapping was tried, which is what it says it is for, or why it was not."""
    from hwsim import architecture, mapping

    given = mapping.build(document)
    chip, network = _named(document, "architecture"), _network(document)
    if isinstance(chip, str) or isinstance(network, str):
        reasons = [missing for missing in (chip, network) if isinstance(missing, str)]
        return f"; not tried: {', '.join(reasons)}"
    net = _built(network)
    mapping.nests(given, architecture.build(chip), net)
    return f", fits {net.name} on {chip.name}"


def _network(document: "Document") -> "Document | Network | str":
    """As `_named`, or the network that an imported file holds."""
    from hwsim.importer import is_foreign
    from hwsim.pipeline import load_network

    name = document.data.get("network")
    if name and is_foreign(name):
        return load_network(Path(document.file).parent / name)
    return _named(document, "network")


def _built(network: "Document | Network") -> "Network":
    from hwsim import workload
    from hwsim.specification import Document

    return workload.build(network) if isinstance(network, Document) else network


def _tried_density(document: "Document") -> str:
    """Of which network these are the densities, or why they were not tried."""
    from hwsim import workload

    network = _network(document)
    if isinstance(network, str):
        return f"; not tried: {network}"
    net = _built(network)
    workload.contents([document], net)
    return f", of {net.name}"


def _named(document: "Document", kind: "Kind") -> "Document | str":
    """What the document gives under this key: something shipped, or a path from its own folder.

    Else what is missing: a name is none of the file's mistakes, what it names may be anywhere.
    """
    from hwsim.meant import closest, did_you_mean
    from hwsim.specification import SpecificationError, is_name, load, shipped

    name = document.data.get(kind)
    if name is None:
        return f"it names no {kind}"
    if is_name(name) and name not in shipped(kind):
        return f"no {kind} '{name}'" + did_you_mean(closest(name, shipped(kind)))
    if is_name(name):
        return load(kind, name)
    path = Path(document.file).parent / name
    if not path.exists():
        raise SpecificationError([document.problem((kind,), f"no such file: {path}")])
    return load(kind, path)
