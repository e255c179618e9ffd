"""Threads of numpy's linear algebra: one, unless the user says otherwise."""

import os
import subprocess
import sys

import pytest

from hwsim.command.threads import OF_ALL, OF_LIBRARIES

PROGRAM = """
import os, sys
from typer.testing import CliRunner
from hwsim.command import app
assert CliRunner().invoke(app, ["show", "eyeriss"]).exit_code == 0
print(*(f"{name}={os.environ.get(name)}" for name in sys.argv[1:]))
"""


def said_by(asked: dict[str, str]) -> dict[str, str]:
    """What the variables say after a command that the user started with these."""
    names = (OF_ALL, *OF_LIBRARIES)
    others = {name: it for name, it in os.environ.items() if name not in names}
    called = [sys.executable, "-c", PROGRAM, *names]
    ran = subprocess.run(
        called, env=others | asked, capture_output=True, text=True, check=True
    ).stdout
    said = dict(pair.split("=") for pair in ran.split())
    return {name: it for name, it in said.items() if it != "None"}


def test_a_command_takes_one_thread() -> None:
    """Whatever library numpy is built with."""
    assert said_by({}) == dict.fromkeys(OF_LIBRARIES, "1")


@pytest.mark.parametrize("name", [OF_ALL, *OF_LIBRARIES])
def test_the_user_has_the_say(name: str) -> None:
    """For all libraries, or for one of them."""
    assert said_by({name: "3"})[name] == "3"
    if name == OF_ALL:
        assert said_by({name: "3"}) == {name: "3"}
