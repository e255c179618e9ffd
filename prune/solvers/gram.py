"""Rows of a layer's inputs and outputs to Gram matrices, and the output error of any weights.

A group of a layer computes `Y = X W'`: `X` (n x K) has a row of inputs for each sampled position,
`W` (M x K) a row of weights for each filter, as PyTorch keeps them with all but the first rank
flattened, and `Y` (n x M) is what the filters should give. `X` comes from the network that is being
pruned, `Y` from the dense one: the outputs before the ReLU, less the bias that the pruned layer
will add. The bias is therefore kept as it is, and no column of `X` stands for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf

import torch
from torch import Tensor

#: Rows for each input of a filter, from which on nothing but the rounding needs a ridge.
ENOUGH = 5
#: Rows for each input below which any solve is doubtful.
DOUBTFUL = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledRows:
    """The rows themselves: `inputs` (n, K) and `outputs` (n, M), in float32 or float64.

    >>> rows = SampledRows(inputs=torch.tensor([[1.0, 0.0], [1.0, 2.0]]), outputs=torch.ones(2, 1))
    >>> relative_error(rows, torch.tensor([[1.0, 0.0]]))
    0.0
    >>> relative_error(rows.gram(), torch.tensor([[0.0, 0.0]]))
    1.0
    """

    inputs: Tensor
    outputs: Tensor

    @property
    def count(self) -> int:
        """Rows, n."""
        return self.inputs.shape[0]

    @property
    def fan_in(self) -> int:
        """Inputs of a filter, K."""
        return self.inputs.shape[1]

    @cached_property
    def energies(self) -> Tensor:
        """`y'y` of each filter, (M,), in float64."""
        return self.outputs.double().square().sum(0)

    @cached_property
    def diagonal(self) -> Tensor:
        """`x'x` of each input, (K,), in float64."""
        return self.inputs.double().square().sum(0)

    @cached_property
    def cross(self) -> Tensor:
        """`Y'X`, (M, K), in float64."""
        return self.outputs.double().T @ self.inputs.double()

    def applied(self, weights: Tensor) -> Tensor:
        """`W X'X`, (M, K), in the precision of the weights."""
        inputs = self.inputs.to(weights.dtype)
        return (weights @ inputs.T) @ inputs

    def errors(self, weights: Tensor) -> Tensor:
        """`|y - X w|^2` of each filter of the weights (M, K), as (M,) in float64."""
        residual = self.outputs - self.inputs @ weights.to(self.inputs.dtype).T
        return residual.double().square().sum(0)

    def gram(self) -> Gram:
        """The Gram matrices."""
        return self._gram

    @cached_property
    def _gram(self) -> Gram:
        inputs = self.inputs.double()
        return Gram(
            inputs=inputs.T @ inputs, cross=self.cross, energies=self.energies, count=self.count
        )

    def of(self, filters: Tensor) -> SampledRows:
        """The same of some filters only, given by their indices."""
        return SampledRows(inputs=self.inputs, outputs=self.outputs[:, filters])


@dataclass(frozen=True, kw_only=True, eq=False)
class Gram:
    """Sums over rows, in float64: `inputs` `X'X` (K, K), `cross` `Y'X` (M, K), `energies` `y'y`
    (M,) and the `count` of rows.

    Sums of batches add up. They are sums of products of float32, exact to the last bits of float64,
    so that the error of weights, a small difference of large sums, keeps 8 digits or more of
    `y'y`.
    """

    inputs: Tensor
    cross: Tensor
    energies: Tensor
    count: int

    @property
    def fan_in(self) -> int:
        """Inputs of a filter, K."""
        return self.inputs.shape[0]

    @property
    def diagonal(self) -> Tensor:
        """`x'x` of each input, (K,), in float64."""
        return self.inputs.diagonal()

    def __add__(self, other: Gram) -> Gram:
        return Gram(
            inputs=self.inputs + other.inputs,
            cross=self.cross + other.cross,
            energies=self.energies + other.energies,
            count=self.count + other.count,
        )

    def applied(self, weights: Tensor) -> Tensor:
        """`W X'X`, (M, K), in the precision of the weights."""
        return weights @ self.inputs.to(weights.dtype)

    def errors(self, weights: Tensor) -> Tensor:
        """`|y - X w|^2` of each filter of the weights (M, K), as (M,) in float64."""
        # y'y - 2 w'c + w'H w
        wide = weights.double()
        quadratic = self.applied(wide) - 2 * self.cross
        return (self.energies + (quadratic * wide).sum(1)).clamp_min(0)

    def gram(self) -> Gram:
        """The Gram matrices."""
        return self

    def of(self, filters: Tensor) -> Gram:
        """The same of some filters only, given by their indices."""
        return Gram(
            inputs=self.inputs,
            cross=self.cross[filters],
            energies=self.energies[filters],
            count=self.count,
        )

    def towards(self, weights: Tensor, ridge: float) -> Gram:
        """The same, and `ridge |w - weights|^2` beside each filter's error.

        It is what more rows would be, on which the filter gives what these weights give.
        """
        wide = weights.double()
        return Gram(
            inputs=self.inputs + ridge * torch.eye(self.fan_in).to(self.inputs),
            cross=self.cross + ridge * wide,
            energies=self.energies + ridge * wide.square().sum(1),
            count=self.count,
        )


#: What a sample tells of a group: the squared output error of all possible weights.
Evidence = SampledRows | Gram


def scale(evidence: Evidence) -> float:
    """The mean of `x'x` over the inputs, the unit of a ridge; 1 where all inputs are 0."""
    return float(evidence.diagonal.mean()) or 1.0


def relative_error(evidence: Evidence, weights: Tensor) -> float:
    """`|Y - X W'|^2 / |Y|^2` over all filters; where all outputs are 0, it is 0 or infinite."""
    error, energy = float(evidence.errors(weights).sum()), float(evidence.energies.sum())
    return error / energy if energy else (inf if error else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """What is known of a group: evidence to `fit`, and evidence `held` out to choose a ridge by."""

    fit: Evidence
    held: Evidence

    @property
    def rows_per_input(self) -> float:
        """Rows to fit for each input of a filter, n / K."""
        return self.fit.count / self.fit.fan_in

    def of(self, filters: Tensor) -> Samples:
        """The same of some filters only, given by their indices."""
        return Samples(fit=self.fit.of(filters), held=self.held.of(filters))
