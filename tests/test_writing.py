"""Files are written whole or not at all."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from hwsim.writing import LEFT, write_whole


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that is there."""
    file = tmp_path / "file"
    file.write_bytes(b"old")
    return file


@pytest.mark.parametrize("to_disk", [False, True])
def test_a_file_holds_what_was_written(file: Path, to_disk: bool) -> None:
    """To the byte, whether it was there or not, and nothing is left beside it."""
    other = file.with_name("other")
    for place, content in ((file, b"new\n"), (other, b"\r\n\0\xff"), (file, b"")):
        write_whole(place, content, to_disk=to_disk)
        assert place.read_bytes() == content
    assert sorted(file.parent.iterdir()) == [file, other]


def test_a_name_may_be_as_long_as_the_system_takes(tmp_path: Path) -> None:
    """What lies beside the file meanwhile has a short name."""
    file = tmp_path / ("x" * 255)
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"


def test_a_link_stays_a_link(file: Path) -> None:
    """What it leads to is written, in that file's folder."""
    folder = file.parent / "folder"
    folder.mkdir()
    link = folder / "link"
    link.symlink_to(file)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert [*folder.iterdir()] == [link]


def test_permissions_stay(file: Path) -> None:
    """A file that only its owner may read stays closed to others, and an open one stays open."""
    for mode in (0o600, 0o664):
        file.chmod(mode)
        write_whole(file, b"new")
        assert file.stat().st_mode & 0o777 == mode


def test_what_cannot_be_written_leaves_all_as_it_was(file: Path) -> None:
    """In a folder that is not there, or in the place of a folder with files."""
    with pytest.raises(OSError, match="No such file"):
        write_whole(file.parent / "none" / "file", b"new")
    with pytest.raises(OSError, match="directory"):
        write_whole(file.parent, b"new")
    assert [*file.parent.iterdir()] == [file]
    assert [one for one in file.parent.parent.iterdir() if LEFT.fullmatch(one.name)] == []
    assert file.read_bytes() == b"old"


def test_readers_see_one_content_or_the_other(file: Path) -> None:
    """Never a part of one, however many write at the same time."""
    contents = [bytes([number]) * 100_000 for number in range(4)]
    write_whole(file, contents[0])
    over = Event()

    def read() -> None:
        while not over.is_set():
            assert file.read_bytes() in contents

    with ThreadPoolExecutor(4) as pool:
        reader = pool.submit(read)
        for _ in pool.map(lambda number: write_whole(file, contents[number % 4]), range(200)):
            pass
        over.set()
        reader.result()
    assert [*file.parent.iterdir()] == [file]


def test_a_killed_writer_leaves_the_file_and_what_is_known_as_left(file: Path) -> None:
    """Killed before the move: the file is as it was, and what lies beside it has a known name."""
    program = "\n".join(
        (
            "import os, pathlib, sys",
            "from hwsim.writing import write_whole",
            "os.fsync = lambda _: os.kill(os.getpid(), 9)",
            "write_whole(pathlib.Path(sys.argv[1]), b'new', to_disk=True)",
        )
    )
    finished = subprocess.run([sys.executable, "-c", program, str(file)], env=os.environ)
    assert finished.returncode == -9
    assert file.read_bytes() == b"old"
    (left,) = (one for one in file.parent.iterdir() if one != file)
    assert LEFT.fullmatch(left.name)
