"""Processes that prune together end with one network."""

from pathlib import Path

import torch

from prune.journal import Kept, opened
from prune.pipeline import ready
from prune.run import reach
from prune.settings import Goal
from tests.prune.small import bench

GOAL = Goal(measure="energy", limit=0.6)


def together(rank: int, folder: Path) -> None:
    """One of two processes that prune together, and then once more."""
    torch.set_num_threads(1)
    rendezvous = f"file://{folder}/rendezvous"
    torch.distributed.init_process_group("gloo", rendezvous, rank=rank, world_size=2)
    for time in ("first", "again"):
        outcome = reach(ready(bench(), GOAL, folder=folder / "run"), GOAL)
        torch.save((outcome.share, outcome.state), folder / f"{time}-{rank}.pt")
    journal = opened(folder / "other", {"run": "other"})
    kept = journal.once("step", lambda: Kept(facts={"rank": rank}))
    torch.save(kept.facts["rank"], folder / f"kept-{rank}.pt")
    torch.distributed.destroy_process_group()


def test_two_processes_end_with_one_network(tmp_path: Path) -> None:
    """Both meet the budget with the same tensors, also when all is done already; what a step gives
    is what it gave the first of them.
    """
    torch.multiprocessing.spawn(together, (tmp_path,), nprocs=2)
    share, state = torch.load(tmp_path / "first-0.pt")
    assert 0.995 * 0.6 <= share <= 0.6
    for name in ("first-1", "again-0", "again-1"):
        other_share, other = torch.load(tmp_path / f"{name}.pt")
        assert other_share == share
        assert all(torch.equal(state[key], other[key]) for key in state)
    assert [torch.load(tmp_path / f"kept-{rank}.pt") for rank in range(2)] == [0, 0]
