"""Ctrl-C in the middle of `hwsim simulate`: what is done is reported, and no process is left."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hwsim.command.progress import as_far_as_it_goes
from tests.command.call import ROOT, SCHEMA, process
from tests.command.test_process import PATIENCE_SECONDS, ended, in_time

LAYERS = 100


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A network whose layers, all of different shapes, take long to map."""
    head = "schema: hwsim/network/v1\nname: long\ninput: {channels: 128, height: 56, width: 56}\n"
    same = "kind: convolution, kernel: 3, padding: 1"
    layers = [f"  conv{at}: {{{same}, out_channels: {200 + at}}}\n" for at in range(LAYERS)]
    path = tmp_path / "long.yaml"
    path.write_text(f"{head}layers:\n{''.join(layers)}", "utf-8")
    return path


@dataclass
class Run:
    """A command with a terminal on stderr, that leads processes of its own."""

    running: "subprocess.Popen[str]"
    terminal: int
    seen: str = ""

    def wait_for(self, text: str) -> None:
        """Until the terminal shows the text."""
        while text not in self.seen:
            ready = select.select([self.terminal], [], [], PATIENCE_SECONDS)[0]
            assert ready, self.seen
            self.seen += os.read(self.terminal, 4096).decode()

    def shows(self, text: str) -> bool:
        """Whether the terminal shows the text by now."""
        if select.select([self.terminal], [], [], 0)[0]:
            self.seen += os.read(self.terminal, 4096).decode()
        return text in self.seen

    def press_ctrl_c(self) -> None:
        """As a terminal does: every process of the command hears it."""
        os.killpg(self.running.pid, signal.SIGINT)

    def ended(self) -> tuple[int, str, str]:
        """The exit status, stdout, and what stderr was left with, in due time."""
        status, out, _ = ended(self.running)
        with suppress(OSError):  # Linux says so when the other end is closed
            while chunk := os.read(self.terminal, 4096):
                self.seen += chunk.decode()
        return status, out, self.seen.rpartition("\x1b[K")[2].replace("\r\n", "\n")


@contextmanager
def simulating(network: Path, *options: str) -> Iterator[Run]:
    """`hwsim simulate` of the network, mapped anew."""
    terminal, writer = pty.openpty()
    arguments = ("simulate", "eyeriss", str(network), "--no-cache", *options)
    running = process(*arguments, stderr=writer, start_new_session=True)
    os.close(writer)
    try:
        yield Run(running, terminal)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        os.close(terminal)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_is_done_is_reported(long: Path, jobs: str) -> None:
    """The report has the layers that were done, fits its schema, and the status is 130."""
    with simulating(long, "--format", "json", "--jobs", jobs) as run:
        run.wait_for(f"simulating conv2, 3 of {LAYERS}")
        run.press_ctrl_c()
        status, out, said = run.ended()
    report = json.loads(out)
    Draft202012Validator(SCHEMA).validate(report)
    names = [layer["name"] for layer in report["layers"]]
    assert names == [f"conv{number}" for number in range(len(names))]
    assert 2 <= len(names) < LAYERS
    assert (status, said) == (
        130,
        f"interrupted: the report holds {len(names)} of {LAYERS} layers\n",
    )


def test_an_interrupted_report_can_be_read_or_kept(long: Path, tmp_path: Path) -> None:
    """Text says what is left out; `--output` gets what stdout would have."""
    kept = tmp_path / "report.txt"
    with simulating(long, "--output", str(kept)) as run:
        run.wait_for(f"2 of {LAYERS}")
        run.press_ctrl_c()
        status, out, said = run.ended()
    text = kept.read_text("utf-8")
    assert (status, out) == (130, "")
    assert "left out    conv" in text
    assert f"and {LAYERS - int(said.split()[4]) - 12} more\n" in text


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_where_nothing_is_done_nothing_is_said(long: Path, jobs: str) -> None:
    """Without a layer there is no report, and the status is 130."""
    slowly = ("--batch", "720720", "--objective", "edp")
    with simulating(long, "--jobs", jobs, *slowly) as run:
        run.wait_for(f"simulating conv0, 1 of {LAYERS}")
        run.press_ctrl_c()
        assert run.ended() == (130, "", "")


def test_ctrl_c_is_heard_until_all_has_ended() -> None:
    """What the work still has to end, when its last piece is done, can be interrupted as well."""

    def work() -> Iterator[str]:
        yield "done"
        raise KeyboardInterrupt

    assert as_far_as_it_goes(work(), ["it"]) == (["done"], True)


WHILE_IMPORTED = """
import sys
from hwsim.__main__ import main

class Pressed:
    def find_spec(self, name, path, target=None):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Pressed())
main()
"""


def test_ctrl_c_is_heard_while_the_command_is_imported() -> None:
    """It has the status of any other, and nothing traces back."""
    command = [sys.executable, "-c", WHILE_IMPORTED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=PATIENCE_SECONDS)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def runs(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has asked for since has."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_command(long: Path, signal_: signal.Signals) -> None:
    """However the command is ended, the processes that it started to search end, too."""
    with simulating(long, "--jobs", "2") as run:
        run.wait_for(f"2 of {LAYERS}")
        workers = children(run.running.pid)
        assert len(workers) == 2
        run.running.send_signal(signal_)
        ended(run.running)
        in_time(lambda: not any(map(runs, workers)) or None)


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
def test_a_worker_does_not_hear_ctrl_c_from_its_first_moment(long: Path) -> None:
    """Nor does it end of it before it has begun to search: its parent sees to that."""
    with simulating(long, "--jobs", "2") as run:
        while not run.shows(f"3 of {LAYERS}"):
            for worker in children(run.running.pid):
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGINT)


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
def test_a_worker_that_dies_is_said(long: Path) -> None:
    """When the system kills a process that searches, the command says so, and ends with 1."""
    with simulating(long, "--jobs", "2") as run:
        run.wait_for(f"2 of {LAYERS}")
        os.kill(children(run.running.pid)[0], signal.SIGKILL)
        status, out, said = run.ended()
    assert (status, out) == (1, "")
    assert said.startswith("a process that searched for mappings ended before its time")
    assert said.count("\n") == 1
