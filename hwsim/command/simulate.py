"""`hwsim simulate`: the energy and the time of a network on an architecture."""

import sys
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
from hwsim.command.progress import as_far_as_it_goes
from hwsim.command.status import INTERRUPTED, NO_MAPPING, UNPROVEN
from hwsim.vocabulary import LARGEST_BATCH, Objective, Tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwsim.mapper import NoMapping
    from hwsim.result import LayerResult
    from hwsim.specification import Document, Kind


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
Aim = Annotated[
    Objective, typer.Option(help="What a mapping is to be the best in; edp is energy times cycles.")
]
Sizes = Annotated[
    Tiles, typer.Option(help="The tile sizes to try: few, those that balance the steps, or all.")
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="End a layer's search after N candidates, without a proof.",
        show_default=False,
    ),
]
Jobs = Annotated[int, typer.Option(min=1, metavar="N", help="Layers to map at a time.")]
Cached = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Keep mappings, and take those that are kept.")
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
    objective: Aim = Objective.energy,
    tiles: Sizes = Tiles.balanced,
    limit: Limit = None,
    jobs: Jobs = 1,
    cached: Cached = True,
    form: Form = Format.text,
    output: Output = None,
) -> None:
    """Print the energy and the time of every layer."""
    if output:
        check_writable(output)
    else:
        check_stdout()

    from hwsim import pipeline, report
    from hwsim.cache import user_cache
    from hwsim.mapper import NoMapping, Options
    from hwsim.workload.select import select

    chip = pipeline.load_architecture(architecture, changes or ())
    net = pipeline.load_network(network, batch)
    given = pipeline.load_mapping(mapping) if mapping else None
    if given:
        _note_what_it_is_for(given.document, "architecture", architecture, chip.name)
        _note_what_it_is_for(given.document, "network", network, net.name)
    each = pipeline.simulate_each(
        chip,
        net,
        mapping=given,
        layers=layers,
        options=Options(objective=objective, tiles=tiles, limit=limit),
        jobs=jobs,
        cache=user_cache() if cached else None,
    )
    done, interrupted = as_far_as_it_goes(each, [layer.name for layer in select(net, layers)])
    if any(not isinstance(one, NoMapping) for one in done):
        result = pipeline.collect(chip, net, done)
        if output:
            to_file(output, report.render(result, form))
        else:
            to_stdout(report.render(result, form, colour=takes_escapes(sys.stdout)))
    _end(done, interrupted)


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


def _end(done: "Sequence[LayerResult | NoMapping]", interrupted: bool) -> None:
    """Say what is missing, with the exit status for it."""
    from hwsim.mapper import NoMapping

    for one in done:
        if isinstance(one, NoMapping):
            typer.echo(str(one), err=True)
    if interrupted:
        typer.echo(f"interrupted: this is {len(done)} of the layers", err=True)
        raise typer.Exit(INTERRUPTED)
    if any(isinstance(one, NoMapping) for one in done):
        raise typer.Exit(NO_MAPPING)
    if any(not isinstance(one, NoMapping) and one.derived and not one.proven for one in done):
        raise typer.Exit(UNPROVEN)
