"""`hwsim simulate`: the energy and the time of a network on an architecture."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hwsim.command.inputs import Named, loaded, warn_of_missing
from hwsim.command.options import (
    Aim,
    Architecture,
    Batch,
    Cached,
    Changes,
    Densities,
    Dims,
    Limit,
    Mapping,
    Network,
    Output,
    Seconds,
    Shapes,
    Sizes,
    Skip,
    Widths,
)
from hwsim.command.output import (
    check_stdout,
    check_writable,
    takes_escapes,
    to_file,
    to_stderr,
    to_stdout,
)
from hwsim.command.progress import Line, as_far_as_it_goes
from hwsim.command.status import INTERRUPTED, UNPROVEN
from hwsim.errors import NO_MAPPING
from hwsim.vocabulary import SECONDS, Objective, Tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwsim.mapper import NoMapping
    from hwsim.result import LayerResult


class Format(StrEnum):
    """How the report is written."""

    text = "text"
    json = "json"
    csv = "csv"


Layers = Annotated[
    str, typer.Option(metavar="PATTERN", help="Simulate only these, such as 'conv*,fc6'.")
]
Jobs = Annotated[int, typer.Option(min=1, metavar="N", help="Map N layers side by side.")]
Dense = Annotated[
    bool,
    typer.Option("--dense-mapping", help="Derive mappings as if nothing were zero."),
]
Form = Annotated[Format, typer.Option("--format", help="Write the report in this form.")]


def simulate(
    architecture: Architecture,
    network: Network,
    batch: Batch = None,
    shapes: Shapes = None,
    dims: Dims = None,
    skip: Skip = "",
    layers: Layers = "*",
    changes: Changes = None,
    densities: Densities = None,
    bits: Widths = None,
    mapping: Mapping = None,
    dense_mapping: Dense = False,
    objective: Aim = Objective.energy,
    tiles: Sizes = Tiles.balanced,
    limit: Limit = None,
    seconds: Seconds = SECONDS,
    jobs: Jobs = 1,
    cached: Cached = True,
    form: Form = Format.text,
    output: Output = None,
) -> None:
    """Print the energy and the time of every layer."""
    if output:
        check_writable(output, architecture, network, mapping)
    else:
        check_stdout()

    from hwsim import pipeline, report
    from hwsim.cache import user_cache
    from hwsim.mapper import NoMapping, Options
    from hwsim.workload.select import select

    named = Named(network, batch, skip, shapes or (), dims or ())
    chip, net, given = loaded(
        architecture, named, changes or (), mapping, densities or (), bits or ()
    )
    line = Line()
    each = pipeline.simulate_each(
        chip,
        net,
        mapping=given,
        dense_mapping=dense_mapping,
        layers=layers,
        options=Options(objective=objective, tiles=tiles, limit=limit, seconds=seconds),
        jobs=jobs,
        cache=user_cache() if cached else None,
        tell=line.tell,
    )
    names = [layer.name for layer in select(net, layers)]
    done, interrupted = as_far_as_it_goes(each, names, line)
    if any(not isinstance(one, NoMapping) for one in done):
        result = pipeline.collect(chip, net, done)
        if output:
            to_file(output, report.render(result, form))
        else:
            to_stdout(report.render(result, form, colour=takes_escapes(sys.stdout)))
    warn_of_missing(net)
    _end(done, len(names), interrupted)


def _end(done: "Sequence[LayerResult | NoMapping]", of: int, interrupted: bool) -> None:
    """Say what is missing of so many layers, with the exit status for it."""
    from hwsim.mapper import NoMapping

    unmapped = [one for one in done if isinstance(one, NoMapping)]
    simulated = [one for one in done if not isinstance(one, NoMapping)]
    for one in unmapped:
        to_stderr(str(one))
    if interrupted:
        held = f"the report holds {len(simulated)} of {of} layers"
        to_stderr(f"interrupted: {held if simulated else 'there is no report'}")
        raise typer.Exit(INTERRUPTED)
    if unmapped:
        raise typer.Exit(NO_MAPPING)
    if any(one.derived and not one.proven for one in simulated):
        raise typer.Exit(UNPROVEN)
