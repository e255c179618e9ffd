"""`hwsim simulate`: the energy and the time of a network on an architecture."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hwsim.command.forms import check_form, form_of
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
    WithinOption,
)
from hwsim.command.output import check_output, put, takes_colour, to_stderr
from hwsim.command.progress import ProgressLine, as_far_as_it_goes
from hwsim.command.status import INTERRUPTED, UNPROVEN
from hwsim.errors import NO_MAPPING
from hwsim.report import OF_FRONT, OF_RESULT
from hwsim.vocabulary import SECONDS, Objective, Tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwsim.architecture.architecture import Architecture
    from hwsim.fronts import Front
    from hwsim.result import Result
    from hwsim.workload.layer import Layer
    from hwsim.workload.network import Network

DenseOption = Annotated[
    bool,
    typer.Option("--dense-mapping", help="Derive mappings as if nothing were zero."),
]
FrontOption = Annotated[
    bool,
    typer.Option(
        "--front",
        help="Print the front of energy and cycles instead: choices of mappings where less energy"
        " takes more cycles, and fewer cycles take more energy.",
    ),
]
ReportFormOption = Annotated[str, form_of(OF_RESULT, "the report", OF_FRONT)]


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
    within: WithinOption = None,
    front: FrontOption = False,
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
    check_form(OF_FRONT if front else OF_RESULT, form)

    from hwsim.cache import user_cache
    from hwsim.mapper import Options
    from hwsim.within import Within
    from hwsim.workload.select import select

    limits = Within.said(within or ())
    named = Named(network, batch, skip, shapes, dims)
    chip, net, given = all_loaded(architecture, named, changes, mapping, densities, bits)
    chosen = select(net, layers)
    asked: dict[str, Any] = {
        "mapping": given,
        "dense_mapping": dense_mapping,
        "layers": layers,
        "options": Options(objective=objective, tiles=tiles, limit=limit, seconds=seconds),
        "within": limits,
        "jobs": jobs,
        "cache": user_cache() if cached else None,
    }
    shown, interrupted = _found(chip, net, chosen, front, asked)
    if shown.layers:
        forms = OF_FRONT if front else OF_RESULT
        put(forms.render(shown, form, colour=takes_colour(output)), output)
    _end(shown, len(chosen), interrupted)


def _found(
    architecture: "Architecture",
    network: "Network",
    chosen: "Sequence[Layer]",
    front: bool,
    asked: dict[str, Any],
) -> "tuple[Result | Front, bool]":
    """What was asked for, of these layers, and whether Ctrl-C ended it."""
    from hwsim import pipeline

    line = ProgressLine()
    if front or asked["within"].of_sum(chosen):
        with line.showing(f"searching the fronts of {len(chosen)} layers"):
            found = pipeline.front_each(architecture, network, **asked, tell=line.tell)
        return found if front else found.best(asked["options"].objective), False
    each = pipeline.simulate_each(architecture, network, **asked, tell=line.tell)
    done, interrupted = as_far_as_it_goes(each, [layer.name for layer in chosen], line)
    return pipeline.collect(architecture, network, done, asked["within"]), interrupted


def _end(shown: "Result | Front", of: int, interrupted: bool) -> None:
    """Say what is missing of the network, and of so many layers, with the exit status for it."""
    from hwsim.mapper import NoMapping

    warn_of_missing(shown.network)
    if shown.unmapped:
        to_stderr(str(NoMapping(shown.unmapped)))
    if interrupted:
        held = f"the report holds {len(shown.layers)} of {of} layers"
        to_stderr(f"interrupted: {held if shown.layers else 'there is no report'}")
        raise typer.Exit(INTERRUPTED)
    if shown.unmapped:
        raise typer.Exit(NO_MAPPING)
    if not shown.proven:
        raise typer.Exit(UNPROVEN)
