"""Turns the pinned packages of a rival into a virtual environment of its own, and runs it there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
CACHE = FOLDER.parent / ".environments"
NEEDS_PYTHON = {"zigzag": (3, 11), "accelforge": (3, 12)}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


class PythonMissingError(Exception):
    """No interpreter on this machine is new enough for a rival."""

    def __init__(self, rival: str) -> None:
        self.rival = rival
        needed = ".".join(map(str, NEEDS_PYTHON[rival]))
        super().__init__(f"{rival} is skipped: it needs Python {needed}, and there is none here")


def interpreters() -> Iterator[str]:
    """Every Python that may be there: this one, those on the path, those of pyenv."""
    yield sys.executable
    names = ("python3.12", "python3.13", "python3.11")
    yield from (path for name in names if (path := shutil.which(name)))
    yield from map(str, sorted(Path.home().glob(".pyenv/versions/3.1[1-3].*/bin/python")))


def version(interpreter: str) -> tuple[int, ...]:
    """Its version, or none where it is only a shim of what isn't installed."""
    ask = [interpreter, "-c", "import sys; print(*sys.version_info[:2])"]
    told = subprocess.run(ask, capture_output=True, text=True, check=False)
    return tuple(map(int, told.stdout.split())) if told.returncode == 0 else ()


def base(rival: str) -> str:
    """The first interpreter that is new enough for a rival."""
    for interpreter in interpreters():
        if version(interpreter) >= NEEDS_PYTHON[rival]:
            return interpreter
    raise PythonMissingError(rival)


def environment(rival: str, cache: Path = CACHE) -> Path:
    """The interpreter of a rival's environment, which is made when its pins are new."""
    home = cache / rival
    pins = FOLDER / f"{rival}.txt"
    installed = home / "installed.txt"
    python = home / "bin" / "python"
    if not installed.exists() or installed.read_text() != pins.read_text():
        subprocess.run([base(rival), "-m", "venv", "--clear", home], check=True)
        install = ["-m", "pip", "install", "--quiet", "--requirement", str(pins)]
        subprocess.run([python, *install], check=True)
        shutil.copy(pins, installed)
    return python


def answer(rival: str, problem: dict[str, Any], cache: Path = CACHE) -> dict[str, Any]:
    """What a rival answers to a problem, in one process and one thread."""
    told = subprocess.run(
        [environment(rival, cache), "-m", f"benchmarks.rivals.{rival}"],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        input=json.dumps(problem),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answered: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return answered
