"""`hwsim sweep`: an architecture and its network varied along axes."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hwsim.command.forms import form_of
from hwsim.command.names import shipped_names
from hwsim.command.options import CacheOption, LimitOption, SecondsOption, TilesOption
from hwsim.command.output import (
    check_stdout,
    put,
    takes_colour,
    takes_escapes,
    to_file,
    to_stderr,
)
from hwsim.command.progress import ProgressLine
from hwsim.command.status import INTERRUPTED, UNPROVEN
from hwsim.errors import NO_MAPPING
from hwsim.report import OF_SWEEP
from hwsim.vocabulary import SECONDS, Objective, Tiles

if TYPE_CHECKING:
    from hwsim.study import Study, Sweep
    from hwsim.study.run import Done

HINT = "STUDY | ARCH NETWORK"
StudyArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="STUDY|ARCH NETWORK",
        help="A study, which is a YAML file; or an architecture and a network, with --set for what"
        " is varied.",
        show_default=False,
        autocompletion=shipped_names("architecture", "network"),
    ),
]
AxisOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUES",
        help="Vary a value of the architecture, such as"
        " components.buffer.capacity_bytes=8k..512k:x2 or components.array.axes.rows=8,12,16;"
        " repeatable. k, M and G are powers of 1024.",
    ),
]
BatchesOption = Annotated[
    str | None, typer.Option("--batch", metavar="N,N...", help="Process so many images at a time.")
]
DensitiesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--density",
        metavar="NAME|FILE|ASSIGNMENT",
        help="Say what tensors contain; repeated, one after the other.",
        autocompletion=shipped_names("density"),
    ),
]
WidthsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--bits",
        metavar="[LAYERS.]TENSOR=BITS",
        help="Say how wide values are; repeated, one after the other.",
    ),
]
ObjectivesOption = Annotated[
    list[Objective] | None,
    typer.Option("--objective", help="Find mappings with the least of this; repeatable."),
]
PatternOption = Annotated[
    str | None, typer.Option("--layers", metavar="PATTERN", help="Simulate only these layers.")
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CONDITION",
        help="Hold points to a condition, such as 'rows * columns == 168' or 'energy <= 4e9';"
        " repeatable.",
    ),
]
SampleOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Try N points, drawn at random, not the whole grid."),
]
FolderOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Keep what is done here, and go on from what is kept; the default has the study's"
        " name.",
        show_default=False,
    ),
]
PointsAtOnceOption = Annotated[
    int, typer.Option(min=1, metavar="N", help="Simulate N points side by side.")
]
RestartOption = Annotated[
    bool, typer.Option("--restart", help="Forget what is kept, and begin anew.")
]
SweepFormOption = Annotated[str, form_of(OF_SWEEP, "what comes of it")]


def sweep(
    names: StudyArgument,
    axes: AxisOption = None,
    batches: BatchesOption = None,
    densities: DensitiesOption = None,
    bits: WidthsOption = None,
    objectives: ObjectivesOption = None,
    layers: PatternOption = None,
    where: WhereOption = None,
    sample: SampleOption = None,
    tiles: TilesOption = Tiles.balanced,
    limit: LimitOption = None,
    seconds: SecondsOption = SECONDS,
    jobs: PointsAtOnceOption = 1,
    cached: CacheOption = True,
    restart: RestartOption = False,
    form: SweepFormOption = "text",
    output: FolderOption = None,
) -> None:
    """Simulate every point of a study, and print which are the best.

    Interrupted, the same command goes on: no point is simulated twice.
    """
    check_stdout()

    from hwsim import report

    said = {
        "axes": _axes(axes or ()),
        "batches": _numbers(batches) if batches else None,
        "densities": densities,
        "bits": bits,
        "objectives": [one.value for one in objectives] if objectives else None,
        "layers": layers,
        "conditions": where,
        "sample": {"by": "random", "points": sample} if sample else None,
        "tiles": tiles.value if tiles is not Tiles.balanced else None,
        "limit": limit,
        "seconds": seconds if seconds != SECONDS else None,
    }
    study = _study(names, {key: value for key, value in said.items() if value})
    folder = output or Path(f"{study.name}.sweep")
    told = _swept(study, folder, jobs=jobs, restart=restart, cached=cached)
    _write(told, folder)
    put(report.render(told, form, colour=takes_colour(None)), None)
    _end(told, folder)


def _swept(study: "Study", folder: Path, *, jobs: int, restart: bool, cached: bool) -> "Sweep":
    """The table of the study; Ctrl-C ends the command, and says how to go on."""
    from hwsim.cache import user_cache
    from hwsim.study import sweep as swept

    teller, cache = _Teller(study.measures[0]), user_cache() if cached else None
    try:
        return swept(study, folder, jobs=jobs, restart=restart, cache=cache, tell=teller.tell)
    except KeyboardInterrupt:
        teller.end()  # before the line that stays
        to_stderr(f"interrupted: {teller.done}; the same command goes on from {folder}")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        teller.end()


def _study(names: list[str], said: dict[str, Any]) -> "Study":
    from hwsim.specification import is_name
    from hwsim.study import load, study_of

    if len(names) == 1:
        if said:
            keys = ", ".join(said)
            what = f"a study says what is varied; options that say {keys} go with ARCH NETWORK"
            raise typer.BadParameter(what, param_hint=HINT)
        return load(names[0])
    if len(names) != 2:
        what = "one study, or one architecture and one network"
        raise typer.BadParameter(what, param_hint=HINT)
    chip, net = names
    name = "_".join(one if is_name(one) else Path(one).stem for one in names)
    return study_of({"name": name, "architectures": [chip], "networks": [net], **said})


def _axes(texts: "list[str] | tuple[()]") -> dict[str, str]:
    """The values by path; a path has to be said once."""
    found = dict[str, str]()
    for text in texts:
        path, equals, values = text.partition("=")
        if not (path and equals and values):
            raise typer.BadParameter(f"{text!r} is not PATH=VALUES", param_hint="--set")
        if path in found:
            raise typer.BadParameter(f"{path} is given twice", param_hint="--set")
        found[path] = values
    return found


def _numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise typer.BadParameter(f"{text!r} is not N,N...", param_hint="--batch")
    return [int(part) for part in parts]


class _Teller:
    """Tells on stderr how many points are done, and the best so far."""

    def __init__(self, measure: str) -> None:
        self._measure, self._line = measure, ProgressLine()
        self._best: float | None = None
        self.done = "no point is done"

    def tell(self, done: "Done") -> None:
        """Say how far it is."""
        value = (done.last or {}).get(self._measure)
        if value is not None and self._measure != "utilization":
            self._best = value if self._best is None else min(self._best, value)
        self.done = f"{done.points} of {done.of} points are done"
        best = f", least {self._measure} {self._best:.4g}" if self._best is not None else ""
        if takes_escapes(sys.stderr):
            self._line.show(f"{self.done}{best}")

    def end(self) -> None:
        """Leave no trace on a terminal."""
        self._line.show("")


def _write(told: "Sweep", folder: Path) -> None:
    """Write the tables and the page beside the log."""
    from hwsim.report.html.sweep import render
    from hwsim.report.sweep.csv import of_rows

    texts = {
        "points.csv": of_rows(told.rows),
        "front.csv": of_rows(told.front()),
        "report.html": render(told),
    }
    for name, text in texts.items():
        to_file(folder / name, text)


def _end(told: "Sweep", folder: Path) -> None:
    """Say where the tables are, with the exit status of what came of it."""
    to_stderr(f"{folder}: points.csv, front.csv, report.html")
    if not told.measured:
        raise typer.Exit(NO_MAPPING)
    if any(not row["proven"] for row in told.measured):
        raise typer.Exit(UNPROVEN)
