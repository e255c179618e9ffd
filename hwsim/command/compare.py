"""`hwsim compare`: variants side by side, what they declare and what came of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from hwsim.command.forms import form_of
from hwsim.command.names import shipped_names
from hwsim.command.options import (
    BatchOption,
    BitsOption,
    CacheOption,
    DensityOption,
    LayersAtOnceOption,
    LayersOption,
    LimitOption,
    ObjectiveOption,
    OutputOption,
    SecondsOption,
    SetOption,
    TilesOption,
)
from hwsim.command.output import check_output, put, takes_colour, to_stderr
from hwsim.command.progress import ProgressLine, as_far_as_it_goes
from hwsim.command.status import UNPROVEN
from hwsim.command.variants import Variant, variants
from hwsim.report import OF_COMPARISON
from hwsim.vocabulary import SECONDS, Objective, Tiles

if TYPE_CHECKING:
    from hwsim.cache import Cache
    from hwsim.mapper import Options
    from hwsim.result import Result


VariantsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="VARIANT",
        help="Architectures and networks, each a name, a file, or in quotes with options of its"
        " own, such as 'eyeriss --set components.buffer.capacity_bytes=65536' or 'alexnet"
        " --density alexnet_dense'; or reports that --format json wrote.",
        show_default=False,
        autocompletion=shipped_names("architecture", "network"),
    ),
]
ComparisonFormOption = Annotated[str, form_of(OF_COMPARISON, "the comparison")]


def compare(
    names: VariantsArgument,
    batch: BatchOption = None,
    layers: LayersOption = "*",
    changes: SetOption = None,
    densities: DensityOption = None,
    bits: BitsOption = None,
    objective: ObjectiveOption = Objective.energy,
    tiles: TilesOption = Tiles.balanced,
    limit: LimitOption = None,
    seconds: SecondsOption = SECONDS,
    jobs: LayersAtOnceOption = 1,
    cached: CacheOption = True,
    form: ComparisonFormOption = "text",
    output: OutputOption = None,
) -> None:
    """Print what variants declare differently, and what comes of it.

    Every architecture runs every network. The first is what the others are compared with. Options
    outside of quotes are for all.
    """
    check_output(output, *names)

    from hwsim import report
    from hwsim.cache import user_cache
    from hwsim.comparison import compared, side
    from hwsim.mapper import Options

    named = variants(names, batch, changes or (), densities or (), bits or ())
    options = Options(objective=objective, tiles=tiles, limit=limit, seconds=seconds)
    cache = user_cache() if cached else None
    sides, proven = [], True
    for variant in named:
        if not isinstance(variant, Variant):
            sides.append(variant)
            continue
        result = _simulated(variant, layers, options, jobs, cache)
        proven &= all(each.proven for each in result.layers)
        sides.append(side(variant.name, result))
    put(report.render(compared(sides), form, colour=takes_colour(output)), output)
    if not proven:
        to_stderr("not all mappings are proven to be the best")
        raise typer.Exit(UNPROVEN)


def _simulated(
    variant: Variant, layers: str, options: "Options", jobs: int, cache: "Cache | None"
) -> "Result":
    """The result of a variant; raises `NoMapping` where a layer has none."""
    from hwsim import pipeline
    from hwsim.mapper import NoMapping
    from hwsim.workload.select import select

    line = ProgressLine()
    each = pipeline.simulate_each(
        variant.architecture,
        variant.network,
        layers=layers,
        options=options,
        jobs=jobs,
        cache=cache,
        tell=line.tell,
    )
    chosen = [layer.name for layer in select(variant.network, layers)]
    done, interrupted = as_far_as_it_goes(each, chosen, line)
    if interrupted:
        raise KeyboardInterrupt
    result = pipeline.collect(variant.architecture, variant.network, done)
    if result.unmapped:
        raise NoMapping(result.unmapped)
    return result
