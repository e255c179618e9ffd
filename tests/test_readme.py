"""The README: what it shows is what hwsim prints, and its Python runs."""

import re
import runpy
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_every_output_in_the_readme_is_what_its_command_prints() -> None:
    """`docs/readme.py` would change nothing."""
    refreshed = runpy.run_path(str(README.parent / "docs" / "readme.py"))["refreshed"]
    assert refreshed(README.read_text()) == README.read_text()


def test_the_python_in_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a line for each of AlexNet's convolutions."""
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    exec(example, {})
    assert capsys.readouterr().out.count("MACs") == 5
