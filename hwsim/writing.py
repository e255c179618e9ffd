"""Writes files whole or not at all."""

import os
import re
from pathlib import Path
from stat import S_IMODE
from typing import Final

#: What lies beside a file while it is written, and stays there when the writer is killed.
LEFT: Final = re.compile(r"\.hwsim-[0-9a-f]{32}")


def write_whole(path: Path, content: bytes, *, to_disk: bool = False) -> None:
    """Put the content into the file, or leave the file as it is and raise `OSError`.

    It is written beside the file, and then takes the file's place in one move: nobody reads a half
    of it, and writers at the same time do no harm. A link stays a link, and permissions stay. Power
    may fail afterwards where the content is on the disk before the move.
    """
    place = Path(os.path.realpath(path))
    beside = place.with_name(f".hwsim-{os.urandom(16).hex()}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            if to_disk:
                file.flush()
                os.fsync(file.fileno())
        if place.exists():
            beside.chmod(S_IMODE(place.stat().st_mode))
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
