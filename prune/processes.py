"""The processes that train together, as `torchrun` starts them; one where there are no others."""

from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


def processes() -> int:
    """How many there are."""
    there = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if there else 1


def rank() -> int:
    """The number of this one, from 0."""
    return distributed.get_rank() if processes() > 1 else 0


def parallel(model: nn.Module) -> nn.Module:
    """The model with gradients that are means over all processes."""
    return DistributedDataParallel(model) if processes() > 1 else model


def mean_over_processes(value: Tensor) -> float:
    """The mean of a number that each process has."""
    if processes() > 1:
        distributed.all_reduce(value)
    return float(value) / processes()
