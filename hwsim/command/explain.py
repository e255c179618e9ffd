"""`hwsim explain`: why a layer costs what it does, and what would help it."""

from typing import TYPE_CHECKING, Annotated, Any

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
from hwsim.report import OF_EXPLANATION
from hwsim.vocabulary import SECONDS, Objective, Tiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hwsim.architecture.architecture import Architecture as Chip
    from hwsim.cache import Cache
    from hwsim.explanation import Change, Effect, Explanation
    from hwsim.mapper import Options
    from hwsim.mapping.mapping import Mapping as Given
    from hwsim.result import Result
    from hwsim.within import Within
    from hwsim.workload.network import Network as Net


LayerArgument = Annotated[
    str,
    typer.Argument(
        metavar="LAYER",
        help="The name of one layer, or a pattern that matches it.",
        show_default=False,
    ),
]
WhatIfOption = Annotated[
    bool,
    typer.Option(
        "--what-if/--no-what-if",
        help="Try what would help: each capacity doubled and halved, each axis doubled, each energy"
        " cut by 10 %.",
    ),
]
ChangesAtOnceOption = Annotated[
    int, typer.Option(min=1, metavar="N", help="Try N changes side by side.")
]
ExplanationFormOption = Annotated[str, form_of(OF_EXPLANATION, "the explanation")]


def explain(
    architecture: ArchitectureArgument,
    network: NetworkArgument,
    layer: LayerArgument,
    batch: BatchOption = None,
    shapes: ShapeOption = None,
    dims: DimOption = None,
    skip: SkipOption = "",
    changes: SetOption = None,
    densities: DensityOption = None,
    bits: BitsOption = None,
    mapping: MappingOption = None,
    objective: ObjectiveOption = Objective.energy,
    within: WithinOption = None,
    tiles: TilesOption = Tiles.balanced,
    limit: LimitOption = None,
    seconds: SecondsOption = SECONDS,
    what_if: WhatIfOption = True,
    jobs: ChangesAtOnceOption = 1,
    cached: CacheOption = True,
    form: ExplanationFormOption = "text",
    output: OutputOption = None,
) -> None:
    """Say why a layer costs what it costs.

    Print its loop nest, its tiles, where the energy goes, and what would help.
    """
    check_output(output, architecture, network, mapping)

    from hwsim import report
    from hwsim.cache import user_cache
    from hwsim.explanation import Explanation, changes_to_try, effects
    from hwsim.mapper import Options
    from hwsim.within import Within

    limits = Within.said(within or ())
    options = Options(objective=objective, tiles=tiles, limit=limit, seconds=seconds)
    cache = user_cache() if cached else None
    set_ = changes or ()
    named = Named(network, batch, skip, shapes, dims)
    chip, net, given = all_loaded(architecture, named, set_, mapping, densities, bits)
    line = ProgressLine()
    result, interrupted = _simulated(chip, net, given, layer, options, limits, cache, line)
    to_try = tuple(changes_to_try(architecture, set_, objective, limits)) if what_if else ()
    how: dict[str, Any] = {"within": limits, "jobs": jobs, "cache": cache, "tell": line.tell}
    work = effects(to_try, architecture, set_, result.layers[0], options, **how)
    tried, interrupted = _as_far_as_it_goes(work, to_try, line, interrupted=interrupted)
    told = Explanation(result=result, objective=objective, changes=to_try, effects=tried)
    put(report.render(told, form, colour=takes_colour(output)), output)
    _end(told, interrupted)


def _simulated(
    architecture: "Chip",
    network: "Net",
    mapping: "Given | None",
    layer: str,
    options: "Options",
    within: "Within",
    cache: "Cache | None",
    line: ProgressLine,
) -> "tuple[Result, bool]":
    """The result of the layer, and whether Ctrl-C ended its search; raises `NoMapping` where there
    is none.
    """
    from hwsim import pipeline
    from hwsim.mapper import NoMapping

    name = _the_one(network, layer)
    each = pipeline.simulate_each(
        architecture,
        network,
        mapping=mapping,
        layers=name,
        options=options,
        within=within,
        cache=cache,
        tell=line.tell,
    )
    done, interrupted = as_far_as_it_goes(each, [name], line)
    result = pipeline.collect(architecture, network, done, within)
    if result.unmapped:
        raise NoMapping(result.unmapped)
    return result, interrupted


def _the_one(network: "Net", pattern: str) -> str:
    """The name of the one layer that is meant."""
    from hwsim.workload.select import select

    names = [layer.name for layer in select(network, pattern)]
    if len(names) > 1:
        what = f"{pattern!r} matches {len(names)} layers, and one is explained at a time: "
        raise typer.BadParameter(what + ", ".join(names), param_hint="LAYER")
    return names[0]


def _as_far_as_it_goes(
    effects: "Iterable[Effect]",
    changes: "Sequence[Change]",
    line: ProgressLine | None = None,
    *,
    interrupted: bool = False,
) -> "tuple[tuple[Effect, ...], bool]":
    """The effects up to Ctrl-C, none if it was pressed before, and whether it was pressed."""
    if interrupted:
        return (), True
    try:
        done, interrupted = as_far_as_it_goes(effects, [str(change) for change in changes], line)
    except KeyboardInterrupt:
        return (), True
    return tuple(done), interrupted


def _end(told: "Explanation", interrupted: bool) -> None:
    """Say what is missing, with the exit status for it."""
    warn_of_missing(told.result.network)
    if interrupted:
        tried, of = len(told.effects), len(told.changes)
        to_stderr(f"interrupted: {tried} of {of} changes are tried")
        raise typer.Exit(INTERRUPTED)
    if not told.proven:
        raise typer.Exit(UNPROVEN)
