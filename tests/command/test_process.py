"""The command as a process: streams, colour, signals, and completion."""

import fcntl
import os
import pty
import resource
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer

from hwsim.command.status import exit_status
from tests.command.call import CHIP, NET, ROOT, hwsim, process

CHIP_TEXT = Path(CHIP).read_bytes()
SIMULATE = ("simulate", CHIP, NET)
PATIENCE_SECONDS = 60


def ended(running: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """The exit status of a process, and what it wrote to stdout and stderr, in due time."""
    try:
        out, complaints = running.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()
        raise
    return running.returncode, out or "", complaints or ""  # "" where it writes elsewhere


def seen_at_a_terminal(*arguments: str, stream: str = "stdout", **environment: str) -> str:
    """What a command writes to a terminal on its stdout, or on its stderr."""
    reader, writer = pty.openpty()
    options: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = process(*arguments, env=environment, **options | {stream: writer})
    os.close(writer)
    written = b""
    try:
        while select.select([reader], [], [], PATIENCE_SECONDS)[0]:
            chunk = os.read(reader, 4096)
            if not chunk:
                break
            written += chunk
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(reader)
    assert ended(running)[0] == 0
    return written.decode().replace("\r\n", "\n")


def test_a_result_is_all_that_stdout_gets() -> None:
    """A report goes to stdout, and a process that is no terminal hears nothing else."""
    status, out, complaints = ended(process(*SIMULATE, "--format", "csv"))
    assert (status, complaints) == (0, "")
    assert out.splitlines()[0].startswith("layer,kind,macs,macs_charged,energy_pj")


def test_a_mistake_is_all_that_stderr_gets() -> None:
    """What is wrong goes to stderr, without a traceback."""
    status, out, complaints = ended(process("simulate", CHIP, "nett"))
    assert (status, out) == (1, "")
    assert complaints.startswith("nett:1:1: document: no network 'nett'")
    assert "Traceback" not in complaints


def test_colour_is_for_terminals_that_want_it() -> None:
    """A terminal sees colour unless NO_COLOR is set; the words are the same (no-color.org)."""
    _, plain, _ = ended(process(*SIMULATE))
    assert "\x1b" in seen_at_a_terminal(*SIMULATE)
    assert "\x1b" in seen_at_a_terminal(*SIMULATE, NO_COLOR="")
    assert seen_at_a_terminal(*SIMULATE, NO_COLOR="1") == plain
    assert seen_at_a_terminal(*SIMULATE, TERM="dumb") == plain
    forced = process(*SIMULATE, env={"FORCE_COLOR": "1", "COLUMNS": "20"})
    assert ended(forced) == (0, plain, "")


def test_progress_is_for_terminals_that_want_it() -> None:
    """Where colour is unwelcome on stdout, so is the progress on stderr (no-color.org)."""
    assert "\x1b" in seen_at_a_terminal(*SIMULATE, stream="stderr")
    assert seen_at_a_terminal(*SIMULATE, stream="stderr", NO_COLOR="1") == ""
    assert seen_at_a_terminal(*SIMULATE, stream="stderr", TERM="dumb") == ""


@pytest.mark.parametrize("command", [SIMULATE, ("list",), ("show", CHIP), ("check", CHIP)])
def test_a_closed_stdout_is_said(command: tuple[str, ...]) -> None:
    """A command whose stdout its caller closed ends with 1, and says why."""
    status, _, complaints = ended(process(*command, preexec_fn=lambda: os.close(1)))
    assert (status, complaints) == (1, "standard output: cannot be written: it is closed\n")


def test_a_report_to_a_file_needs_no_stream(tmp_path: Path) -> None:
    """With `--output`, a command works whose stdout and stderr are closed."""
    file = tmp_path / "report.txt"

    def close_both() -> None:
        os.close(1)
        os.close(2)

    assert ended(process(*SIMULATE, "--output", file, preexec_fn=close_both))[0] == 0
    assert file.read_text(encoding="utf-8").startswith("architecture")


def test_a_stream_of_ascii_gets_ascii() -> None:
    """A report can be printed where only ASCII can."""
    status, out, complaints = ended(process(*SIMULATE, env={"PYTHONIOENCODING": "ascii"}))
    assert (status, complaints) == (0, "")
    assert out.isascii()
    assert "-----" in out


def test_a_reader_that_left_is_no_error_to_speak_of() -> None:
    """A broken pipe ends the command as SIGPIPE would, silently."""
    reader, writer = os.pipe()
    os.close(reader)
    running = process(*SIMULATE, stdout=writer)
    os.close(writer)
    assert ended(running) == (128 + signal.SIGPIPE, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", ["list", "--help", "--version"])
def test_a_full_disk_is_said(command: str) -> None:
    """When stdout takes no more, the command says so and ends with 1."""
    with Path("/dev/full").open("w") as full:
        status, _, complaints = ended(process(command, stdout=full))
    assert status == 1
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
    status, _, complaints = ended(running)
    assert status == 1
    assert complaints == f"{file}: cannot be written: File too large\n"
    assert file.read_text() == "before"
    assert [*tmp_path.iterdir()] == [file]


def test_ctrl_c_ends_without_a_traceback(tmp_path: Path) -> None:
    """An interrupted command ends with 130, as shells expect, and says nothing."""
    endless = tmp_path / "endless.yaml"
    os.mkfifo(endless)
    writer = os.open(endless, os.O_RDWR)
    os.write(writer, b"# more is to come\n")
    running = process("check", endless)
    in_time(lambda: taken_by_a_reader(writer))
    in_time(lambda: interrupted(running))
    assert ended(running) == (130, "", "")
    os.close(writer)


def interrupted(running: "subprocess.Popen[str]") -> bool | None:
    """Press Ctrl-C, and again where it falls between two instructions and is not heard."""
    running.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        return running.wait(timeout=1) is not None
    return None


def in_time(attempt: Callable[[], int | None]) -> int:
    """What the attempt gives, once it gives something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        result = attempt()
        if result is not None:
            return result
        time.sleep(0.01)
    raise TimeoutError


def taken_by_a_reader(pipe: int) -> bool | None:
    """Whether what was written to the pipe has been read; None as long as it has not."""
    left = array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, left)
    return True if left[0] == 0 else None


def test_a_process_that_a_shell_put_in_the_background_can_be_tested(tmp_path: Path) -> None:
    """The commands of these tests hear Ctrl-C even where the tests themselves ignore it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        test_ctrl_c_ends_without_a_traceback(tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("command", [("check",), ("show",), ("simulate", CHIP)])
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """What can never be read is answered at once."""
    fifo = tmp_path / "nobody.yaml"
    os.mkfifo(fifo)
    status, out, complaints = ended(process(*command, fifo))
    said = "document: cannot be read: it is a pipe, and nobody writes to it"
    assert (status, out, complaints) == (1, "", f"{fifo}:1:1: {said}\n")


def test_a_pipe_that_is_written_to_is_read_to_its_end(tmp_path: Path) -> None:
    """As a shell's `<(command)` is, also where the command takes its time."""
    fifo = tmp_path / "slow.yaml"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    first, second = CHIP_TEXT[:100], CHIP_TEXT[100:]
    os.write(writer, first)
    running = process("check", fifo)
    in_time(lambda: taken_by_a_reader(writer))
    os.write(writer, second)
    os.close(writer)
    status, out, complaints = ended(running)
    assert (status, complaints) == (0, "")
    assert out.startswith(f"{fifo}: ok (architecture chip")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
@pytest.mark.parametrize("kind", ["device", "socket"])
def test_what_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    """Devices and sockets say nothing that a specification could."""
    path = Path("/dev/zero") if kind == "device" else tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        if kind == "socket":
            listening.bind(str(path))
        status, out, complaints = ended(process("check", path))
    assert (status, out, complaints.count("\n")) == (1, "", 1)
    assert complaints.startswith(f"{path}:1:1: document: cannot be read: ")


@pytest.mark.parametrize("command", [SIMULATE, ("check", CHIP), ("list",), ("show", "eyeriss")])
def test_a_working_folder_that_is_gone_is_not_needed(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """What is named from the root, or shipped, is found from nowhere."""
    folder = tmp_path / "gone"
    folder.mkdir()

    def in_no_folder() -> None:
        os.chdir(folder)
        folder.rmdir()

    status, out, complaints = ended(process(*command, preexec_fn=in_no_folder))
    assert (status, complaints) == (0, "")
    assert out


def test_an_endless_file_is_refused(tmp_path: Path) -> None:
    """No more is read of a file than a specification may be long."""
    endless = tmp_path / "endless.yaml"
    endless.touch()
    os.truncate(endless, 2**40)
    status, out, complaints = ended(process("check", endless))
    assert (status, out) == (1, "")
    assert complaints.startswith(f"{endless}:1:1: document: is larger than ")


def test_python_runs_the_package() -> None:
    """`python -m hwsim` is the command."""
    run = subprocess.run(
        [sys.executable, "-m", "hwsim", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert run.stdout.startswith("hwsim ")


def test_an_internal_error_is_not_hidden() -> None:
    """What is no mistake of the user passes through as it is."""
    with pytest.raises(ZeroDivisionError), exit_status():
        1 / 0  # noqa: B018
    with pytest.raises(typer.Exit), exit_status():
        raise KeyboardInterrupt


def test_help_and_version_answer() -> None:
    """Help names every command, in a whole line, and exit status; the version is the package's."""
    text = hwsim("--help").stdout
    commands, statuses = text.split("Commands:\n")[1].split("\n\n", 1)
    assert {"list", "check", "show", "simulate", "cache"} <= {*commands.split()}
    assert all(line.endswith(".") and not line.endswith("..") for line in commands.splitlines())
    assert all(status in statuses for status in ("1 bad input", "3 no mapping fits", "4 done"))
    assert hwsim("--version").stdout.startswith("hwsim ")


def test_the_shell_completes_names() -> None:
    """Completion offers the names that are shipped."""
    request = {
        "_HWSIM_COMPLETE": "complete_bash",
        "COMP_WORDS": "hwsim simulate eye",
        "COMP_CWORD": "2",
    }
    _, offered, _ = ended(process(env=request, stderr=subprocess.DEVNULL))
    assert "eyeriss" in offered.split()
