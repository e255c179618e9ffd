"""What is said of mistakes: of very many the first, and no character that acts on a terminal."""

from pathlib import Path

import pytest

from hwsim.importer import Fault, NotImported
from hwsim.specification import SpecificationError, load
from hwsim.specification.diagnostics import MOST_LINES
from tests.command.call import hwsim

HEAD = "schema: hwsim/network/v1\nname: many\ninput: {channels: 1, height: 1, width: 1}\nlayers:\n"


def mistakes(folder: Path, number: int) -> Path:
    """A file with so many mistakes, one a line."""
    file = folder / f"of_{number}.yaml"
    file.write_text(HEAD + "".join(f"  l{at}: {{kind: rely}}\n" for at in range(number)), "utf-8")
    return file


def test_of_thousands_of_mistakes_the_first_are_told(tmp_path: Path) -> None:
    """The last line says how many are left; the error itself has them all."""
    file = mistakes(tmp_path, 3000)
    with pytest.raises(SpecificationError) as error:
        load("network", file)
    assert len(error.value.problems) == 3000
    *told, last = str(error.value).splitlines()
    assert told == [str(problem) for problem in error.value.problems[:MOST_LINES]]
    assert last == f"{file}: and {3000 - MOST_LINES} more"


def test_one_more_is_told_in_the_line_that_would_say_so(tmp_path: Path) -> None:
    """No line says that one is left."""
    lines = hwsim("check", mistakes(tmp_path, MOST_LINES + 1), status=1).stderr.splitlines()
    assert len(lines) == MOST_LINES + 1
    assert lines[-1].endswith("did you mean relu?")


def test_no_file_hides_the_mistakes_of_another(tmp_path: Path) -> None:
    """Each is shortened by itself."""
    files = [mistakes(tmp_path, number) for number in (2000, 3, 1000)]
    lines = hwsim("check", *files, status=1).stderr.splitlines()
    for file, told in zip(files, (MOST_LINES + 1, 3, MOST_LINES + 1), strict=True):
        assert len([line for line in lines if line.startswith(str(file))]) == told


def test_of_thousands_of_faults_of_an_import_the_first_are_told() -> None:
    """As of a file of ours."""
    error = NotImported("n.onnx", [Fault("node", f"is odd {at}") for at in range(1000)])
    assert str(error).splitlines()[MOST_LINES:] == [f"n.onnx: and {1000 - MOST_LINES} more"]


ESCAPED = r"a \u202eb\u2066 c\x1b[31m"


def titled(folder: Path) -> Path:
    """A network whose title turns what follows it around, and red."""
    file = folder / "turned.yaml"
    title = '"a \\u202eb\\u2066 c\\u001b[31m"'
    layers = "  fc: {kind: fully_connected, out_features: 1}\n"
    file.write_text(HEAD.replace("input", f"title: {title}\ninput") + layers, "utf-8")
    return file


@pytest.mark.parametrize("command", [("simulate", "eyeriss"), ("show",)])
def test_no_title_turns_a_terminal_around(command: tuple[str, ...], tmp_path: Path) -> None:
    """What a file says is shown with the characters that would act escaped."""
    out = hwsim(*command, titled(tmp_path)).stdout
    assert "\u202e" not in out
    assert "\u2066" not in out
    assert "\x1b" not in out
    assert ESCAPED in out.replace("\\u001b", "\\x1b")
