"""Arguments that are taken as they are: typer would make the same of them."""

from collections.abc import Callable
from typing import Any

import pytest
import typer
from typer.main import get_command

from hwsim.command import app, check, explain, export, list, show, simulate

FUNCTIONS: dict[str, Callable[..., None]] = {
    "list": list.list_,
    "check": check.check,
    "show": show.show,
    "simulate": simulate.simulate,
    "explain": explain.explain,
    "export": export.export,
}


def ours(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    """What hwsim makes of the words after a command."""
    group: Any = get_command(app)
    return dict(group.commands[name].make_context(name, [*words]).params)


def typers(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    """What typer makes of them."""
    plain = typer.Typer(add_completion=False)
    plain.command(name)(FUNCTIONS[name])
    return dict(get_command(plain).make_context(name, [*words]).params)


@pytest.mark.parametrize(
    "said",
    [
        "list",
        "list --format json",
        "check a.yaml b.yaml",
        "check a.onnx --dim n=1 --shape x=1,2",
        "show eyeriss",
        "show eyeriss --kind architecture --origin --set a=1",
        "simulate eyeriss alexnet",
        "simulate eyeriss alexnet --objective cycles --tiles any --format csv",
        "simulate eyeriss alexnet --batch 4 --jobs 2 --seconds 60 --limit 3 --no-cache",
        "simulate eyeriss alexnet --set a=1 --set b=2 --density x.csv --mapping m.yaml --output o",
        "explain eyeriss alexnet conv1",
        "explain eyeriss alexnet conv1 --seconds 1.5",
        "export alexnet",
    ],
)
def test_it_is_what_typer_makes_of_it(said: str) -> None:
    """The same values, of the same types."""
    name, *words = said.split()
    taken, converted = ours(name, tuple(words)), typers(name, tuple(words))
    assert taken == converted
    assert {key: type(it) for key, it in taken.items()} == {
        key: type(it) for key, it in converted.items()
    }


@pytest.mark.parametrize(
    "said",
    [
        "simulate eyeriss",
        "simulate eyeriss alexnet --batch 0",
        "simulate eyeriss alexnet --jobs many",
        "simulate eyeriss alexnet --objective speed",
        "show eyeriss --kind chip",
        "check",
    ],
)
def test_what_typer_refuses_is_refused(said: str) -> None:
    """In the same words."""
    name, *words = said.split()
    refused = []
    for made in (ours, typers):
        with pytest.raises(typer.BadParameter) as error:
            made(name, tuple(words))
        refused.append((type(error.value), str(error.value)))
    assert refused[0] == refused[1]
