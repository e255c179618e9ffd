"""The command line called in this process, or in one of its own, on a small chip and network."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from hwsim.command import app

ROOT = Path(__file__).parents[2]
FILES = Path(__file__).parent / "files"
SCHEMA = json.loads((ROOT / "hwsim" / "schemas" / "report" / "v1.json").read_text("utf-8"))
CHIP, NET = str(FILES / "chip.yaml"), str(FILES / "net.yaml")


def hwsim(*arguments: str | Path, status: int = 0) -> Result:
    """What the command printed, after it ended with `status`."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result


def report(*arguments: str | Path) -> dict[str, Any]:
    """The JSON report of the small network on the small chip."""
    printed = hwsim("simulate", CHIP, NET, "--format", "json", *arguments).stdout
    document: dict[str, Any] = json.loads(printed)
    return document


def process(*arguments: str | Path, **options: Any) -> "subprocess.Popen[str]":
    """The command in a process of its own, in an environment that asks for no colour or width.

    It hears Ctrl-C even where this process does not, as one that a shell put in the background.
    """
    prepare = options.pop("preexec_fn", lambda: None)

    def in_the_child() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        prepare()

    unset = {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"PYTHONPATH": str(ROOT), "TERM": "xterm"} | options.pop("env", {})
    return subprocess.Popen(
        [sys.executable, "-m", "hwsim", *map(str, arguments)],
        env=environment,
        text=True,
        preexec_fn=in_the_child,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )
