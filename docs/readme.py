"""Pages with every output as its command prints it, and every file as it is.

`python docs/readme.py` rewrites them; `tests/test_readme.py` checks that nothing would change.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = tuple(ROOT / page for page in ("README.md", "docs/using.md", "docs/your-own.md"))
BLOCK = re.compile(r"(<!-- output of: (?P<command>.+?) -->\n```text\n)(?P<output>.*?)(```\n)", re.S)
FILE = re.compile(r"(<!-- file: (?P<path>.+?) -->\n```yaml\n)(.*?)(```\n)", re.S)


def refreshed(text: str) -> str:
    """The text with each block replaced by what its command prints, or its file says."""
    text = FILE.sub(lambda block: block[1] + (ROOT / block["path"]).read_text() + block[4], text)
    return BLOCK.sub(lambda block: block[1] + _printed(block["command"]) + block[4], text)


def _printed(command: str) -> str:
    """What a hwsim command prints, complaints included."""
    arguments = [sys.executable, "-m", "hwsim", *shlex.split(command)[1:]]
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
    for page in PAGES:
        page.write_text(refreshed(page.read_text()))
