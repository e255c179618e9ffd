"""`hwsim prune`: a trained network to one that costs a fraction of the energy on a chip."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwsim.command.names import shipped_names
from hwsim.command.output import check_stdout, takes_escapes, to_stdout
from prune.recipe.kind import check_installed, check_working_folder

if TYPE_CHECKING:
    from prune.recipe.recipe import Recipe


File = Annotated[
    Path | None,
    typer.Argument(metavar="[RECIPE]", help="A YAML file; options win.", show_default=False),
]
Model = Annotated[
    str | None, typer.Option(help="A published network, or FILE.py:FUNCTION (which is run).")
]
Weights = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Its trained weights (.npz, .pt, ...).")
]
Pictures = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Labelled images: a folder a class, a pack, digits."),
]
Chip = Annotated[
    str | None,
    typer.Option(
        metavar="ARCH",
        help="A shipped architecture, or a file.",
        autocompletion=shipped_names("architecture"),
    ),
]
Top1 = Annotated[
    float | None, typer.Option(metavar="POINTS", help="Top-1 accuracy to lose at most.")
]
Top5 = Annotated[
    float | None, typer.Option(metavar="POINTS", help="Top-5 accuracy to lose at most.")
]
Energy = Annotated[
    float | None, typer.Option(metavar="SHARE", help="Share of the energy to spend, as 0.4.")
]
Solver = Annotated[str | None, typer.Option(help="eap, magnitude, magnitude+ls, ols or obc.")]
Device = Annotated[
    str | None, typer.Option(help="Where layers are solved and fine-tuned, as cuda.")
]
Output = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the result goes.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and predicted energies.")]
Restart = Annotated[
    bool, typer.Option("--restart", help="Forget what was done in the output's folder.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Lose what is in its place there that no run made.")
]
Demo = Annotated[
    bool, typer.Option("--demo", help="Train, prune and fine-tune a network for digits.")
]


def prune(
    recipe: File = None,
    model: Model = None,
    weights: Weights = None,
    data: Pictures = None,
    arch: Chip = None,
    max_top1_loss: Top1 = None,
    max_top5_loss: Top5 = None,
    energy: Energy = None,
    solver: Solver = None,
    device: Device = None,
    output: Output = None,
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
    _check_goals(max_top1_loss, max_top5_loss, energy)
    if demo and recipe is not None:
        raise typer.BadParameter("--demo has a recipe of its own, so it takes none")
    options: dict[str, object] = {
        "model": model,
        "weights": weights and str(weights.absolute()),
        "data.train": data and _data(data),
        "architecture": arch,
        "goal.max_top1_loss": max_top1_loss,
        "goal.max_top5_loss": max_top5_loss,
        "goal.energy": energy,
        "solver": solver,
        "device": device,
        "output": output and str(output.absolute()),
    }
    said = {path: value for path, value in options.items() if value is not None}
    if not (demo or recipe or said):
        raise typer.BadParameter(
            "a recipe; or --model, --weights, --data, --arch and a goal; or --demo"
        )
    check_installed()
    try:
        _perform(_recipe(recipe, said, demo, force), dry_run, restart, force)
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


def _recipe(file: Path | None, options: dict[str, object], demo: bool, force: bool) -> "Recipe":
    from prune.recipe.demo import demonstration
    from prune.recipe.recipe import given, load

    if demo:
        return demonstration(options, _tell, force=force)
    return given(options) if file is None else load(file, options)


def _check_goals(*goals: float | None) -> None:
    if sum(goal is not None for goal in goals) > 1:
        raise typer.BadParameter("one goal: an accuracy that may be lost, or an energy")


def _data(path: Path) -> str:
    """The path from the root, or the name of the data that is no file."""
    return str(path) if str(path) == "digits" and not path.exists() else str(path.absolute())


def _tell(line: str) -> None:
    typer.echo(line, err=True)
