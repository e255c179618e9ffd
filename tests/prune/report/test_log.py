"""The log has each step once, whatever happened to the run."""

import json
from pathlib import Path

import pytest

from prune.errors import FileError
from prune.files import NotWritten
from prune.report.lines import Lines
from prune.report.log import Log, log_lines
from prune.run.events import Began, How, LayerSolved, Trained, said, solved_as
from prune.training.finetune import TrainingStep


def solved(step: str = "round-1/conv1") -> LayerSolved:
    """A layer that was solved."""
    return LayerSolved(
        step=step,
        layer="conv1",
        density=0.25,
        density_before=1.0,
        loss=0.5,
        energy=1e6,
        energy_before=4e6,
        network_energy=9e6,
        seconds=2.0,
        solved=How(error=0.01, error_held_out=True, how="ols", warnings=("few rows",)),
    )


def test_a_step_is_logged_once(tmp_path: Path) -> None:
    """Also by a run that goes on, and it says all that the event does."""
    file = tmp_path / "out" / "log.jsonl"
    for _ in range(2):
        log = Log(file)
        log.hear(Began(stage="round-1", layers=1))
        log.hear(solved())
        log.hear(solved())
    (line,) = log_lines(file)
    assert line.pop("step") == "round-1/conv1"
    assert solved_as("round-1/conv1", line) == solved()
    assert line == said(solved())


def test_a_line_that_was_cut_off_is_written_again(tmp_path: Path) -> None:
    """Whoever is killed while writing leaves a part of a line, which goes."""
    file = tmp_path / "log.jsonl"
    Log(file).hear(solved())
    whole = file.read_text("utf-8")
    file.write_text(whole + whole[:20], "utf-8")
    Log(file).hear(solved("round-1/conv2"))
    assert [line["step"] for line in log_lines(file)] == ["round-1/conv1", "round-1/conv2"]
    assert all(json.loads(line) for line in file.read_text("utf-8").splitlines())


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A folder that came in its place is named."""
    log = Log(tmp_path / "log.jsonl")
    (tmp_path / "log.jsonl").mkdir()
    with pytest.raises(NotWritten, match=r"log\.jsonl: cannot be written"):
        log.hear(solved())


@pytest.mark.parametrize("content", [b"a diary\n", b'{"loss": 1}\n', b"[1]\n", b"\xff\n", None])
def test_what_is_no_log_is_left_alone(content: bytes | None, tmp_path: Path) -> None:
    """And named, with what to do."""
    file = tmp_path / "log.jsonl"
    file.mkdir() if content is None else file.write_bytes(content)
    with pytest.raises(FileError, match=r"log\.jsonl: .*take (it|the file) away"):
        Log(file)
    assert file.is_dir() if content is None else file.read_bytes() == content


def test_a_layer_is_a_line_with_the_time_that_is_left() -> None:
    """Shape, density, error, loss, energies, and three more layers of two seconds each."""
    told = list[str]()
    listener = Lines(write=told.append, shapes={"conv1": (16, 1, 3, 3)})
    listener.hear(Began(stage="round-1", layers=4))
    listener.hear(solved())
    line = " ".join(told[2].split())
    assert line == "conv1 16x1x3x3 1.000 > 0.250 0.01 0.5 4.000 M > 1.000 M 9.000 M 6.0 s"
    assert told[3] == "  note: conv1: few rows"


def test_fine_tuning_tells_now_and_then_how_long_it_takes() -> None:
    """Of steps of two seconds each every fifth, and not the last; each stage has its own pace."""
    told, seconds = list[str](), 0.0
    listener = Lines(write=told.append, shapes={}, clock=lambda: seconds)
    for stage in ("round-1", "round-2"):
        for number in range(1, 17):
            seconds += 2
            step = TrainingStep(number=number, of=16, loss=1.234567, learning_rate=0.1)
            listener.hear(Trained(stage=stage, trained=step))
        seconds += 1000
    assert told[:3] == [
        "fine-tuned 6 of 16 steps, loss 1.235, 20 s left",
        "fine-tuned 11 of 16 steps, loss 1.235, 10 s left",
        told[0],
    ]


def test_a_note_is_told_once() -> None:
    """What is doubtful of a layer in one round is so in the next."""
    told = list[str]()
    listener = Lines(write=told.append, shapes={"conv1": (16, 1, 3, 3)})
    for step in ("round-1/conv1", "round-2/conv1"):
        listener.hear(solved(step))
    assert told.count("  note: conv1: few rows") == 1
