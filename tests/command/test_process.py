"""The command as a process: streams, colour, signals, and completion."""

import os
import pty
import resource
import signal
import subprocess
from pathlib import Path

import pytest
import typer

from hwsim.command.status import exit_status
from tests.command.call import CHIP, NET, hwsim, process

SIMULATE = ("simulate", CHIP, NET)


def seen_at_a_terminal(*arguments: str, **environment: str) -> str:
    """What a command writes to a terminal on its stdout."""
    reader, writer = pty.openpty()
    running = process(*arguments, stdout=writer, env=environment)
    os.close(writer)
    written = b""
    try:
        while chunk := os.read(reader, 4096):
            written += chunk
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(reader)
    _, complaints = running.communicate()
    assert (running.returncode, complaints) == (0, "")
    return written.decode().replace("\r\n", "\n")


def test_a_result_is_all_that_stdout_gets() -> None:
    """A report goes to stdout, and a process that is no terminal hears nothing else."""
    running = process(*SIMULATE, "--format", "csv")
    out, complaints = running.communicate()
    assert (running.returncode, complaints) == (0, "")
    assert out.splitlines()[0].startswith("layer,kind,macs,energy_pj")


def test_a_mistake_is_all_that_stderr_gets() -> None:
    """What is wrong goes to stderr, without a traceback."""
    running = process("simulate", CHIP, "nett")
    out, complaints = running.communicate()
    assert (running.returncode, out) == (1, "")
    assert complaints.startswith("nett:1:1: document: no network 'nett'")
    assert "Traceback" not in complaints


def test_colour_is_for_terminals_that_want_it() -> None:
    """A terminal sees colour unless NO_COLOR is set; the words are the same (no-color.org)."""
    plain = process(*SIMULATE).communicate()[0]
    assert "\x1b" in seen_at_a_terminal(*SIMULATE)
    assert "\x1b" in seen_at_a_terminal(*SIMULATE, NO_COLOR="")
    assert seen_at_a_terminal(*SIMULATE, NO_COLOR="1") == plain
    assert seen_at_a_terminal(*SIMULATE, TERM="dumb") == plain
    assert process(*SIMULATE, env={"FORCE_COLOR": "1", "COLUMNS": "20"}).communicate()[0] == plain


def test_a_stream_of_ascii_gets_ascii() -> None:
    """A report can be printed where only ASCII can."""
    running = process(*SIMULATE, env={"PYTHONIOENCODING": "ascii"})
    out, complaints = running.communicate()
    assert (running.returncode, complaints) == (0, "")
    assert out.isascii()
    assert "-----" in out


def test_a_reader_that_left_is_no_error_to_speak_of() -> None:
    """A broken pipe ends the command as SIGPIPE would, silently."""
    reader, writer = os.pipe()
    os.close(reader)
    running = process(*SIMULATE, stdout=writer)
    os.close(writer)
    assert running.communicate()[1] == ""
    assert running.returncode == 128 + signal.SIGPIPE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said() -> None:
    """When stdout takes no more, the command says so and ends with 1."""
    with Path("/dev/full").open("w") as full:
        running = process("list", stdout=full)
        complaints = running.communicate()[1]
    assert running.returncode == 1
    assert complaints == "standard output: cannot be written: No space left on device\n"


def test_a_disk_that_fills_up_leaves_nothing_half_written(tmp_path: Path) -> None:
    """When writing breaks off in the middle, the old file is whole and the new one is gone."""
    file = tmp_path / "report.txt"
    file.write_text("before")
    running = process(
        *SIMULATE,
        *("--output", file),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
        env={"PYTHONDONTWRITEBYTECODE": "1"},
    )
    _, complaints = running.communicate()
    assert running.returncode == 1
    assert complaints == f"{file}: cannot be written: File too large\n"
    assert file.read_text() == "before"
    assert [*tmp_path.iterdir()] == [file]


def test_ctrl_c_ends_without_a_traceback(tmp_path: Path) -> None:
    """An interrupted command ends with 130, as shells expect, and says nothing."""
    endless = tmp_path / "endless.yaml"
    os.mkfifo(endless)
    running = process("check", endless)
    with endless.open("w"):  # opens once the command reads
        running.send_signal(signal.SIGINT)
        out, complaints = running.communicate()
    assert (running.returncode, out, complaints) == (130, "", "")


def test_an_internal_error_is_not_hidden() -> None:
    """What is no mistake of the user passes through as it is."""
    with pytest.raises(ZeroDivisionError), exit_status():
        1 / 0  # noqa: B018
    with pytest.raises(typer.Exit), exit_status():
        raise KeyboardInterrupt


def test_help_and_version_answer() -> None:
    """Help names every command and exit status; the version is the package's."""
    text = hwsim("--help").stdout
    assert all(name in text for name in ("list", "check", "show", "simulate", "3 no mapping fits"))
    assert hwsim("--version").stdout.startswith("hwsim ")


def test_the_shell_completes_names() -> None:
    """Completion offers the names that are shipped."""
    request = {
        "_HWSIM_COMPLETE": "complete_bash",
        "COMP_WORDS": "hwsim simulate eye",
        "COMP_CWORD": "2",
    }
    offered, _ = process(env=request, stderr=subprocess.DEVNULL).communicate()
    assert "eyeriss" in offered.split()
