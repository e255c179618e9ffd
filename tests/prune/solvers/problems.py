"""Small groups of layers with inputs as of a trained network: positive, correlated, uneven."""

from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from prune.solvers.gram import SampledRows, Samples


def rows(count: int, fan_in: int, filters: int, seed: int = 0, noise: float = 0.1) -> SampledRows:
    """Rows whose outputs some weights would give, but for noise."""
    numbers = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=numbers, dtype=torch.float64)

    mixing = normal(fan_in, fan_in) / fan_in**0.5 + torch.eye(fan_in)
    inputs = (normal(count, fan_in) @ mixing + 0.3).relu()
    outputs = inputs @ weights(fan_in, filters, seed).T
    return SampledRows(inputs=inputs, outputs=outputs + noise * normal(count, filters))


def weights(fan_in: int, filters: int, seed: int = 0) -> Tensor:
    """Weights of which few are large."""
    numbers = torch.Generator().manual_seed(seed + 1000)
    normal = torch.randn(filters, fan_in, generator=numbers, dtype=torch.float64)
    return normal * normal.abs()


def samples(rows: SampledRows) -> Samples:
    """Four rows of five to fit, the others held out."""
    held = torch.arange(rows.count) % 5 == 4
    return Samples(fit=_some(rows, ~held), held=_some(rows, held))


def best_subset(rows: SampledRows, kept: int) -> np.ndarray:
    """The least squared error of each filter with so many weights, by trying all."""
    inputs, outputs = rows.inputs.numpy(), rows.outputs.numpy()
    errors = [
        _residual(inputs[:, list(subset)], outputs)
        for subset in combinations(range(rows.fan_in), kept)
    ]
    return np.asarray(np.min(errors, axis=0))


def _residual(inputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    found = np.linalg.lstsq(inputs, outputs)[0]
    return np.asarray(((outputs - inputs @ found) ** 2).sum(0))


def _some(rows: SampledRows, which: Tensor) -> SampledRows:
    return SampledRows(inputs=rows.inputs[which], outputs=rows.outputs[which])
