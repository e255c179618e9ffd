"""Processes that prune together end with one network."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.multiprocessing.spawn import spawn

from prune.goals import Goal
from prune.models import build
from prune.pipeline import ready
from prune.run.journal import NAMES, Kept, journal_in
from prune.schedule import reach
from prune.weights import save
from tests.command.call import ROOT, hwsim
from tests.prune.small import RECIPE, bench

GOAL = Goal(measure="energy", limit=0.6)

TUNED = f"""\
{RECIPE}solver: magnitude
finetune: {{steps: 4, batch: 16, augment: {{shift: 1}}}}
rounds: {{most: 1}}
"""


def torchrun(processes: int, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`hwsim` in so many processes that work together."""
    number = ("--standalone", "--nproc-per-node", str(processes))
    called = (sys.executable, "-m", "torch.distributed.run", *number, "-m", "hwsim", *arguments)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(called, capture_output=True, text=True, env=environment)


def together(rank: int, folder: Path) -> None:
    """One of two processes that prune together, and then once more."""
    torch.set_num_threads(1)
    rendezvous = f"file://{folder}/rendezvous"
    torch.distributed.init_process_group("gloo", rendezvous, rank=rank, world_size=2)
    for time in ("first", "again"):
        outcome = reach(ready(bench(), GOAL, folder=folder / "run"), GOAL)
        torch.save((outcome.share, outcome.state), folder / f"{time}-{rank}.pt")
    journal = journal_in(folder / "other", dict.fromkeys(NAMES, "other"))
    kept = journal.once("step", lambda: Kept(facts={"rank": rank}))
    torch.save(kept.facts["rank"], folder / f"kept-{rank}.pt")
    torch.distributed.destroy_process_group()
    torch.save(threads_of_gloo(), folder / f"threads-{rank}.pt")


def threads_of_gloo() -> list[str]:
    """The threads of this process with which processes speak to one another, where Linux tells."""
    names = [(task / "comm").read_text() for task in Path("/proc/self/task").glob("*")]
    return [name for name in names if "gloo" in name]


def test_two_processes_end_with_one_network(tmp_path: Path) -> None:
    """Both meet the budget with the same tensors, also when all is done already; what a step gives
    is what it gave the first of them. No thread is left that could end a process before its time.
    """
    spawn(together, (tmp_path,), nprocs=2)  # type: ignore[no-untyped-call]
    share, state = torch.load(tmp_path / "first-0.pt")
    assert 0.995 * 0.6 <= share <= 0.6
    for name in ("first-1", "again-0", "again-1"):
        other_share, other = torch.load(tmp_path / f"{name}.pt")
        assert other_share == share
        assert all(torch.equal(state[key], other[key]) for key in state)
    assert [torch.load(tmp_path / f"kept-{rank}.pt") for rank in range(2)] == [0, 0]
    assert [torch.load(tmp_path / f"threads-{rank}.pt") for rank in range(2)] == [[], []]


def test_torchrun_starts_processes_that_prune_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first tells and writes, once, and one that is alone goes on from their end."""
    monkeypatch.chdir(tmp_path)
    Path("recipe.yaml").write_text(TUNED, "utf-8")
    save(build("digits"), Path("dense.safetensors"))
    run = torchrun(2, "prune", "recipe.yaml")
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("validation  ") == run.stderr.count("written to") == 1
    assert hwsim("prune", "recipe.yaml").stdout == run.stdout
