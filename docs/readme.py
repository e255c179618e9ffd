"""README.md with every block of output as its command prints it today.

`python docs/readme.py` rewrites the file; `tests/test_readme.py` checks that nothing would change.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- output of: (?P<command>.+?) -->\n```text\n)(?P<output>.*?)(```\n)", re.S)


def refreshed(text: str) -> str:
    """The text with each block's output replaced by what its command prints."""
    return BLOCK.sub(lambda block: block[1] + _printed(block["command"]) + block[4], text)


def _printed(command: str) -> str:
    """What a hwsim command prints, complaints included."""
    arguments = [sys.executable, "-m", "hwsim.command", *command.split()[1:]]
    run = subprocess.run(
        arguments,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return run.stdout


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text()))
