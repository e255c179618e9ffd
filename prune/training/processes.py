"""The processes that train together, as `torchrun` starts them; one where there are no others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

# Imported while processes are together, as torch.export does, this module keeps their group in the
# defaults of its functions: the threads of it live on, and may abort the process when it ends.
import torch.distributed.nn.functional  # noqa: F401
from torch import Tensor, cuda, distributed, nn
from torch.nn.parallel import DistributedDataParallel


def processes() -> int:
    """How many there are."""
    there = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if there else 1


def rank() -> int:
    """The number of this one, from 0."""
    return distributed.get_rank() if processes() > 1 else 0


@contextmanager
def joined(device: str) -> Iterator[str]:
    """Bring together the processes that `torchrun` started, if it did; yields this one's device."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    on_gpus = device.startswith("cuda") and cuda.is_available()
    if on_gpus and device == "cuda":
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        cuda.set_device(device)  # where torch puts what processes tell each other
    distributed.init_process_group("nccl" if on_gpus else "gloo")
    try:
        yield device
    finally:
        distributed.destroy_process_group()


def agreed(value: bool) -> bool:
    """What the first process says."""
    said = [value]
    if processes() > 1:
        distributed.broadcast_object_list(said, src=0)
    return said[0]


def wait_for_all() -> None:
    """Go on when all processes have come here."""
    if processes() > 1:
        distributed.barrier()


def parallel(model: nn.Module) -> nn.Module:
    """The model with gradients that are means over all processes."""
    return DistributedDataParallel(model) if processes() > 1 else model


def mean_over_processes(value: Tensor) -> float:
    """The mean of a number that each process has."""
    if processes() > 1:
        distributed.all_reduce(value)
    return float(value) / processes()
