"""What `hwsim check` says of a recipe, and what keeps it from that on this machine."""

from pathlib import Path
from typing import Final

from hwsim.extensions import FileKind
from prune.errors import Error


class NoWorkingFolder(Error):
    """The folder in which the command was called is gone."""

    def __str__(self) -> str:
        return "the working folder is gone: change to one that is there"


def check_working_folder() -> None:
    """Raise `NoWorkingFolder` where it is gone: paths mean nothing, and torch is not loaded."""
    try:
        Path.cwd()
    except OSError:
        raise NoWorkingFolder from None


def check_installed() -> None:
    """Raise what says how to install the pruner's packages, where they are not."""
    from hwsim.importer import MissingPackage

    try:
        import prune.recipe.task  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingPackage(error.name or "torch", "prune") from None


def what_recipe(file: Path) -> str:
    """Check all of the recipe that can be checked without its images, and say what it is."""
    check_working_folder()
    check_installed()
    from prune.recipe.check import check
    from prune.recipe.recipe import load

    recipe = load(file)
    check(recipe)
    model, architecture = Path(recipe.model).name, Path(recipe.architecture).name
    untried = "model, weights and images" if ":" in model else "weights and images"
    return f"recipe {recipe.name}, {model} on {architecture}; not tried: its {untried}"


#: An entry point of `hwsim.files`.
RECIPE: Final = FileKind(use="`hwsim prune` does what it asks for", check=what_recipe)
