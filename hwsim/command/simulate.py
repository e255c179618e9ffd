"""`hwsim simulate`: the energy and the time of a network on an architecture."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwsim.command.names import shipped_names
from hwsim.command.output import (
    check_stdout,
    check_writable,
    takes_escapes,
    to_file,
    to_stdout,
)
from hwsim.vocabulary import LARGEST_BATCH

if TYPE_CHECKING:
    from hwsim.specification import Document, Kind
    from hwsim.workload import Layer


class Format(StrEnum):
    """How the report is written."""

    text = "text"
    json = "json"
    csv = "csv"


Architecture = Annotated[
    str,
    typer.Argument(
        metavar="ARCH",
        help="The name of an architecture that is shipped, or a file.",
        show_default=False,
        autocompletion=shipped_names("architecture"),
    ),
]
Network = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK",
        help="The name of a network that is shipped, or a file.",
        show_default=False,
        autocompletion=shipped_names("network"),
    ),
]
Batch = Annotated[
    int | None,
    typer.Option(
        min=1, max=LARGEST_BATCH, metavar="N", help="Images at a time.", show_default=False
    ),
]
Layers = Annotated[str, typer.Option(metavar="PATTERN", help="Only these, as 'conv*,fc6'.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a value of the architecture, as components.buffer.capacity_bytes=65536;"
        " repeatable.",
    ),
]
Mapping = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="Take the loop nests of the layers in here; derive the others.",
        autocompletion=shipped_names("mapping"),
    ),
]
Form = Annotated[Format, typer.Option("--format", help="How to write the report.")]
Output = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the report to a file, not to stdout.")
]


def simulate(
    architecture: Architecture,
    network: Network,
    batch: Batch = None,
    layers: Layers = "*",
    changes: Changes = None,
    mapping: Mapping = None,
    form: Form = Format.text,
    output: Output = None,
) -> None:
    """Print the energy and the time of every layer."""
    if output:
        check_writable(output)
    else:
        check_stdout()

    from hwsim import pipeline, report

    chip = pipeline.load_architecture(architecture, changes or ())
    net = pipeline.load_network(network, batch)
    given = pipeline.load_mapping(mapping) if mapping else None
    if given:
        _note_what_it_is_for(given.document, "architecture", architecture, chip.name)
        _note_what_it_is_for(given.document, "network", network, net.name)
    with _progress() as progress:
        result = pipeline.simulate(chip, net, mapping=given, layers=layers, progress=progress)
    if output:
        to_file(output, report.render(result, form))
    else:
        to_stdout(report.render(result, form, colour=takes_escapes(sys.stdout)))


def _note_what_it_is_for(mapping: "Document", kind: "Kind", given: str, name: str) -> None:
    """Tell on stderr of a mapping that says it was written for another architecture or network."""
    from hwsim.specification import find, is_name

    wanted = mapping.data.get(kind)
    if wanted in (None, name, given):
        return
    if not is_name(wanted):
        beside = Path(mapping.file).parent / wanted
        if beside.resolve() == find(kind, given).resolve():
            return
    typer.echo(f"note: {mapping.name} was written for {kind} {wanted}, not for {name}", err=True)


@contextmanager
def _progress() -> Iterator[Callable[["Layer"], None]]:
    """Tells a person at the terminal which layer it is at, and leaves no trace."""
    if not takes_escapes(sys.stderr):
        yield lambda layer: None
        return

    from rich.console import Console

    with Console(stderr=True).status("simulating") as status:
        yield lambda layer: status.update(f"simulating {layer.name}")
