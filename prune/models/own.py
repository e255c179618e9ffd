"""A function in a user's Python file to the model that it gives, and what it expects of images."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from torch import nn

from prune.data.preprocessing import Preprocessing
from prune.errors import Error


class NoFunction(Error):
    """`file` has no function of that `name` that gives a model and its preprocessing."""

    file: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.name}: {self.reason}"


def from_file(file: str, name: str) -> tuple[nn.Module, Preprocessing]:
    """What the function of that name in a Python file gives: a model and its preprocessing."""
    found = importlib.util.spec_from_file_location("recipe_model", file)
    if found is None or found.loader is None or not Path(file).is_file():
        raise NoFunction(file, name, "there is no such Python file")
    module = importlib.util.module_from_spec(found)
    with _running(file, name):
        found.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise NoFunction(file, name, "the file has no such function")
    with _running(file, name):
        made = function()
    match made:
        case (nn.Module() as model, Preprocessing() as preprocessing):
            return model, preprocessing
    raise NoFunction(file, name, "must give a torch.nn.Module and a prune.Preprocessing")


@contextmanager
def _running(file: str, name: str) -> Iterator[None]:
    """What the code of a file raises, as `NoFunction`, with the line that it came to."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - it is anybody's code
        here = str(Path(file).absolute())
        lines = [at.lineno for at in extract_tb(error.__traceback__) if at.filename == here]
        where = f"line {lines[-1]}: " if lines else ""
        raise NoFunction(file, name, f"{where}{type(error).__name__}: {error}") from None
