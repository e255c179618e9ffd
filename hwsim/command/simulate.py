"""`hwsim simulate`: the energy and the time of a network on an architecture."""

from typing import TYPE_CHECKING, Annotated

import typer

from hwsim.command.forms import form_of
from hwsim.command.inputs import Named, all_loaded, warn_of_missing
from hwsim.command.options import (
    ArchitectureArgument,
    BatchOption,
    BitsOption,
    CacheOption,
    DensityOption,
    DimOption,
    LayersAtOnceOption,
    LayersOption,
    LimitOption,
    MappingOption,
    NetworkArgument,
    ObjectiveOption,
    OutputOption,
    SecondsOption,
    SetOption,
    ShapeOption,
    SkipOption,
    TilesOption,
)
from hwsim.command.output import check_output, put, takes_colour, to_stderr
from hwsim.command.progress import ProgressLine, as_far_as_it_goes
from hwsim.command.status import INTERRUPTED, UNPROVEN
from hwsim.errors import NO_MAPPING
from hwsim.report import OF_RESULT
from hwsim.vocabulary import SECONDS, Objective, Tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwsim.mapper import NoMapping
    from hwsim.result import LayerResult
    from hwsim.workload.network import Network


DenseOption = Annotated[
    bool,
    typer.Option("--dense-mapping", help="Derive mappings as if nothing were zero."),
]
ReportFormOption = Annotated[str, form_of(OF_RESULT, "the report")]


def simulate(
    architecture: ArchitectureArgument,
    network: NetworkArgument,
    batch: BatchOption = None,
    shapes: ShapeOption = None,
    dims: DimOption = None,
    skip: SkipOption = "",
    layers: LayersOption = "*",
    changes: SetOption = None,
    densities: DensityOption = None,
    bits: BitsOption = None,
    mapping: MappingOption = None,
    dense_mapping: DenseOption = False,
    objective: ObjectiveOption = Objective.energy,
    tiles: TilesOption = Tiles.balanced,
    limit: LimitOption = None,
    seconds: SecondsOption = SECONDS,
    jobs: LayersAtOnceOption = 1,
    cached: CacheOption = True,
    form: ReportFormOption = "text",
    output: OutputOption = None,
) -> None:
    """Print the energy and the time of every layer."""
    check_output(output, architecture, network, mapping)

    from hwsim import pipeline, report
    from hwsim.cache import user_cache
    from hwsim.mapper import Options
    from hwsim.workload.select import select

    named = Named(network, batch, skip, shapes, dims)
    chip, net, given = all_loaded(architecture, named, changes, mapping, densities, bits)
    line = ProgressLine()
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
    result = pipeline.collect(chip, net, done)
    if result.layers:
        put(report.render(result, form, colour=takes_colour(output)), output)
    _end(net, done, len(names), interrupted)


def _end(
    network: "Network", done: "Sequence[LayerResult | NoMapping]", of: int, interrupted: bool
) -> None:
    """Say what is missing of the network, and of so many layers, with the exit status for it."""
    from hwsim.mapper import NoMapping

    warn_of_missing(network)
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
