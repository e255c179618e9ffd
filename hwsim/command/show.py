"""`hwsim show`: a document with everything that it extends and sets resolved."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hwsim.command.inputs import Named
from hwsim.command.names import shipped_names
from hwsim.command.options import DimOption, ShapeOption, SkipOption
from hwsim.command.output import to_stdout

if TYPE_CHECKING:
    from hwsim.specification import Document


class KindOption(StrEnum):
    """What a name can be the name of; a name that is several means the first."""

    architecture = "architecture"
    network = "network"
    mapping = "mapping"
    density = "density"


def show(
    name_or_file: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help="An architecture, a network, a mapping or densities: a shipped name, or a file.",
            show_default=False,
            autocompletion=shipped_names("architecture", "network", "mapping", "density"),
        ),
    ],
    origin: Annotated[
        bool, typer.Option("--origin", help="Say where each value comes from.")
    ] = False,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="Change a value before printing; repeatable."
        ),
    ] = None,
    kind: Annotated[
        KindOption | None,
        typer.Option(help="Say what NAME is, where it names several things.", show_default=False),
    ] = None,
    shapes: ShapeOption = None,
    dims: DimOption = None,
    skip: SkipOption = "",
) -> None:
    """Print a document as YAML, resolved.

    What it extends and sets is worked into it. Of a file of another program, such as ONNX, what was
    read is printed.
    """
    from hwsim import report
    from hwsim.importer import is_foreign
    from hwsim.specification import render

    if is_foreign(name_or_file):
        if origin or changes:
            raise typer.BadParameter("an imported file takes neither --origin nor --set")
        net = Named(name_or_file, None, skip, shapes, dims).load()
        to_stdout(report.render(net, "text"))
        return
    if shapes or dims or skip:
        raise typer.BadParameter("only an imported file takes --shape, --dim and --skip")
    document = _document(name_or_file, kind, changes or [])
    derived = _derived(document) if origin and document.kind == "architecture" else ""
    area = _area(document) if document.kind == "architecture" else ""
    to_stdout(render(document, origins=origin) + derived + area)


def _derived(document: "Document") -> str:
    """Where the figures that the architecture does not say itself come from."""
    from hwsim.architecture.energies import worked_out
    from hwsim.report.estimates import origins
    from hwsim.specification import SpecificationError

    found = worked_out(document)
    if found.problems:
        raise SpecificationError(found.problems)
    return origins(found.derived)


def _area(document: "Document") -> str:
    """The area of an architecture as a comment of YAML, if it says any, and nothing is wrong."""
    from hwsim.architecture import build
    from hwsim.report.area import area
    from hwsim.specification import SpecificationError

    if not any("area_mm2" in part for part in document.data.get("components", {}).values()):
        return ""
    try:
        told = area(build(document))
    except SpecificationError:
        return ""
    return f"\n# area: {told}\n"


def _document(name_or_file: str, kind: KindOption | None, overrides: list[str]) -> "Document":
    from hwsim.specification import KINDS, load, load_any, shipped

    if kind is not None:
        return load(kind.value, name_or_file, overrides)
    for candidate in KINDS:
        if name_or_file in shipped(candidate):
            return load(candidate, name_or_file, overrides)
    return load_any(name_or_file, overrides)
