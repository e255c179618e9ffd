"""`hwsim prune`: a trained network to one that costs a fraction of the energy on a chip."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from hwsim.command.names import shipped_names
from hwsim.command.output import check_stdout, takes_escapes, to_stdout
from prune.goals import YARDSTICKS
from prune.recipe.kind import check_installed, check_working_folder
from prune.solvers import SOLVERS

if TYPE_CHECKING:
    from prune.recipe.recipe import Recipe

#: Options that are paths: of images, too.
IMAGES: Final = "data.train"
PATHS: Final = ("weights", IMAGES, "output")


def _listed(words: Sequence[str]) -> str:
    """The words, or the last one.

    >>> _listed(["eap", "ols", "obc"])
    'eap, ols or obc'
    """
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[RECIPE]", help="A recipe, a YAML file; options win over it.", show_default=False
    ),
]
ModelName = Annotated[
    str | None, typer.Option(help="A published network, or FILE.py:FUNCTION (which is run).")
]
WeightsFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="Its trained weights (.npz, .pt, ...).")
]
ImagesFolder = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER", help="Labelled images: a folder for each class, a pack, or digits."
    ),
]
Chip = Annotated[
    str | None,
    typer.Option(
        metavar="ARCH",
        help="A shipped architecture, or a file.",
        autocompletion=shipped_names("architecture"),
    ),
]
SolverName = Annotated[str | None, typer.Option(help=f"{_listed(SOLVERS.names())}.")]
Device = Annotated[
    str | None, typer.Option(help="Where layers are solved and fine-tuned, as cuda.")
]
OutputFolder = Annotated[str | None, typer.Option(metavar="FOLDER", help="Where the result goes.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and predicted energies.")]
Restart = Annotated[
    bool, typer.Option("--restart", help="Forget what was done in the output's folder.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Write results also over files that no run made.")
]
Demo = Annotated[
    bool, typer.Option("--demo", help="Train, prune and fine-tune a network for digits.")
]


def _with_an_option_for_each_goal(command: Callable[..., None]) -> Callable[..., None]:
    """The command, whose `goals` are the options, by their words, that were given."""

    @wraps(command)
    def called(**said: object) -> None:
        given = {word: said.pop(word) for word in YARDSTICKS}
        goals = {word: limit for word, limit in given.items() if limit is not None}
        command(goals=goals, **said)

    whole = signature(command)
    called.__signature__ = whole.replace(  # type: ignore[attr-defined]
        parameters=[
            option
            for parameter in whole.parameters.values()
            for option in (_goals() if parameter.name == "goals" else [parameter])
        ]
    )
    return called


def _goals() -> Iterator[Parameter]:
    """An option for each word of `goal:`."""
    for word, one in YARDSTICKS.items():
        option = Annotated[float | None, typer.Option(metavar=one.metavar, help=one.help)]
        yield Parameter(word, Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=option)


@_with_an_option_for_each_goal
def prune(
    recipe: File = None,
    model: ModelName = None,
    weights: WeightsFile = None,
    data: ImagesFolder = None,
    arch: Chip = None,
    goals: Mapping[str, float] = MappingProxyType({}),
    solver: SolverName = None,
    device: Device = None,
    output: OutputFolder = None,
    dry_run: DryRun = False,
    restart: Restart = False,
    force: Force = False,
    demo: Demo = False,
) -> None:
    """Prune a trained network for a chip.

    To an energy, or as far as an accuracy allows. Interrupted, the same command goes on where it
    was.
    """
    check_stdout()
    check_working_folder()
    if len(goals) > 1:
        nouns = dict.fromkeys(one.noun for one in YARDSTICKS.values())
        raise typer.BadParameter(f"one goal: {', or '.join(nouns)}")
    if demo and recipe is not None:
        raise typer.BadParameter("--demo has a recipe of its own, so it takes none")
    options: dict[str, object] = {
        "model": model,
        "weights": weights,
        "data.train": data,
        "architecture": arch,
        **{f"goal.{word}": limit for word, limit in goals.items()},
        "solver": solver,
        "device": device,
        "output": output,
    }
    said = {path: value for path, value in options.items() if value is not None}
    if not (demo or recipe or said):
        raise typer.BadParameter(
            "a recipe; or --model, --weights, --data, --arch and a goal; or --demo"
        )
    check_installed()
    try:
        asked = _demo(said, force, dry_run) if demo else _recipe(recipe, said)
        _perform(asked, dry_run, restart, force)
    except KeyboardInterrupt:
        _tell("interrupted: the same command goes on from here")
        raise


def _perform(recipe: "Recipe", dry_run: bool, restart: bool, force: bool) -> None:
    from prune.recipe.task import performed, planned

    colour = takes_escapes(sys.stdout)
    if dry_run:
        to_stdout(planned(recipe, colour=colour))
        return
    table = performed(recipe, _tell, restart=restart, force=force, colour=colour)
    to_stdout(table)
    if table:
        _tell(f"\nwritten to {recipe.output}: weights, masks, report, log and picture")


def _demo(options: dict[str, object], force: bool, dry_run: bool) -> "Recipe":
    from prune.recipe.demo import demonstration

    return demonstration(_placed(options), _tell, force=force, dry_run=dry_run)


def _recipe(file: Path | None, options: dict[str, object]) -> "Recipe":
    from prune.recipe.recipe import given, load

    said = _placed(options)
    return given(said) if file is None else load(file, said)


def _placed(options: dict[str, object]) -> dict[str, object]:
    """The options, with paths of files from the root; a path of nothing is left to be refused."""
    from prune.data import NAMED

    paths = {key: str(options[key]) for key in PATHS if options.get(key)}
    return options | {
        key: str(Path(path).absolute())
        for key, path in paths.items()
        if path not in NAMED or key != IMAGES or Path(path).exists()
    }


def _tell(line: str) -> None:
    typer.echo(line, err=True)
