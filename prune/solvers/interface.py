"""The interface of all solvers: samples and weights of a group to the weights that are kept."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from prune.densities import count_of
from prune.errors import Error
from prune.lists import Listed
from prune.patterns import SINGLE, Pattern
from prune.solvers.gram import DOUBTFUL, SampledRows, Samples, relative_error, scale
from prune.solvers.refit import chosen_ridge, refitted


class NeedsRows(Error):
    """The `solver` was given sums over rows, and needs the rows."""

    solver: str

    def __str__(self) -> str:
        return (
            f"{self.solver} needs the sampled rows, not their Gram matrices alone: calibrate with"
            " keep_rows=True"
        )


class OtherPattern(Error):
    """The `solver` chooses single weights, and zeros should have another `pattern`."""

    solver: str
    pattern: str

    def __str__(self) -> str:
        return f"the solver {self.solver} chooses single weights, and no {self.pattern}"


class WrongSelection(Error):
    """The `solver` chose what cannot be: `what`."""

    solver: str
    what: str

    def __str__(self) -> str:
        return f"the solver {self.solver} chose what it should not: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The weights that stay for each count asked for, as masks (M, K), and how they were chosen."""

    masks: tuple[Tensor, ...]
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Filters to prune: their `weights` (M, K), what is known of them, and how many units of the
    pattern each pool keeps, in several ways at once: of single weights, how many each filter keeps.
    Weights stay zero where they are not `allowed` (M, K).
    """

    samples: Samples
    weights: Tensor
    counts: tuple[int, ...]
    allowed: Tensor
    pattern: Pattern = SINGLE

    def masks(self, scores: Tensor) -> tuple[Tensor, ...]:
        """For each count the units of the highest scores (M, K) of what is allowed in each pool."""
        return tuple(self.pattern.highest(scores, count, self.allowed) for count in self.counts)

    @property
    def ridge(self) -> float:
        """The ridge to choose weights with, an absolute number.

        It is the one that fits best the largest weights, as many as the middle one of the counts.
        """
        middle = sorted(self.counts)[len(self.counts) // 2]
        every = torch.ones_like(self.allowed)
        mask = self.pattern.highest(self.weights.abs(), middle, every) & self.allowed
        return chosen_ridge(self.samples, self.weights, mask) * scale(self.samples.fit)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SolvedGroup:
    """What a solver made of a group.

    `weights` (M, K) have nonzeros in at most `kept` units of each pool. The errors are relative, of
    the rows fitted and of those held out (None where there are none). `ridge` is relative to the
    mean of `x'x`, None where nothing was fitted. `how` says what was done, `warnings` what to mind.
    """

    weights: Tensor
    kept: int
    fit_error: float | None
    held_error: float | None
    ridge: float | None
    how: str
    warnings: tuple[str, ...] = ()


class Solver(Listed, ABC):
    """A way to choose which weights of a group stay; least squares then fits those anew.

    Extend it for a solver of your own.
    """

    #: Whether the weights that stay are fitted anew; else they stay as they are.
    refits: bool = True
    #: Whether it looks at the sampled rows themselves, and not only at sums over them.
    needs_rows: bool = False
    #: Whether it chooses units of whatever pattern, and not single weights only.
    any_pattern: bool = False

    @abstractmethod
    def choose(self, group: Filters) -> Selection:
        """Choose the weights that stay, for each of the group's counts."""

    def solve(
        self,
        samples: Samples,
        weights: Tensor,
        kept: int | float,
        allowed: Tensor | None = None,
        pattern: Pattern = SINGLE,
    ) -> SolvedGroup:
        """The weights (M, K) with nonzeros in at most `kept` units of each pool (of single weights:
        with so many in each filter), none of them where they are not `allowed` (M, K); by default,
        all are.

        An integer counts them; a float is the share of them, rounded down, but to no less than
        one. Raises `NeedsRows`, `OtherPattern`, and `ValueError` where no pool can keep so many,
        and for weights of another shape than the samples'.
        """
        return self.path(samples, weights, [kept], allowed, pattern)[0]

    def path(
        self,
        samples: Samples,
        weights: Tensor,
        counts: Sequence[int | float],
        allowed: Tensor | None = None,
        pattern: Pattern = SINGLE,
    ) -> tuple[SolvedGroup, ...]:
        """The same for several counts; those that choose one by one go through them in one pass."""
        known = (len(samples.fit.energies), samples.fit.fan_in)
        if tuple(weights.shape) != known:
            raise ValueError(
                f"weights of shape {tuple(weights.shape)}, but samples of {known[0]} filters of"
                f" {known[1]} inputs: give a group's weights as (filters, inputs)"
            )
        if self.needs_rows and not isinstance(samples.fit, SampledRows):
            raise NeedsRows(self.name)
        if not (self.any_pattern or pattern == SINGLE):
            raise OtherPattern(self.name, pattern.name)
        units = pattern.units(weights)
        sizes = tuple(count_of(kept, units) for kept in counts)
        if allowed is None:
            allowed = torch.ones_like(weights, dtype=torch.bool)
        group = Filters(
            samples=samples, weights=weights, counts=sizes, allowed=allowed, pattern=pattern
        )
        chosen = self.choose(group)
        self._check(group, chosen)
        return tuple(
            self._solved(group, mask & allowed, size, chosen.how)
            for mask, size in zip(chosen.masks, sizes, strict=True)
        )

    def _check(self, group: Filters, chosen: Selection) -> None:
        """Raise `WrongSelection` for masks that are none of the group's."""
        if len(chosen.masks) != len(group.counts):
            what = f"{len(chosen.masks)} masks for {len(group.counts)} counts"
            raise WrongSelection(self.name, what)
        for mask, count in zip(chosen.masks, group.counts, strict=True):
            if mask.dtype != torch.bool or mask.shape != group.weights.shape:
                what = f"a mask of {mask.dtype} and shape {tuple(mask.shape)}"
                wanted = f"torch.bool and shape {tuple(group.weights.shape)}"
                raise WrongSelection(self.name, f"{what}, not of {wanted}")
            most = int(group.pattern.there(mask).max())
            if most > count:
                raise WrongSelection(self.name, f"{most} units of a pool, not {count} at most")

    def _solved(self, group: Filters, mask: Tensor, kept: int, how: str) -> SolvedGroup:
        samples, weights = group.samples, group.weights
        if self.refits:
            fitted = refitted(samples, weights, mask)
            found, ridge, how = fitted.weights, fitted.ridge, f"{how}; {fitted.how}"
        else:
            found, ridge = torch.where(mask, weights, 0), None
        return SolvedGroup(
            weights=found,
            kept=kept,
            fit_error=relative_error(samples.fit, found) if samples.fit.count else None,
            held_error=relative_error(samples.held, found) if samples.held.count else None,
            ridge=ridge,
            how=how,
            warnings=_doubts(samples) if self.refits else (),
        )


def _doubts(samples: Samples) -> tuple[str, ...]:
    if samples.rows_per_input >= DOUBTFUL:
        return ()
    doubt = (
        f"{samples.fit.count} rows for {samples.fit.fan_in} inputs of a filter: below {DOUBTFUL}"
        " for each input a solve fits the sample, not the layer; a ridge towards the weights as"
        " they were holds it back"
    )
    return (doubt,)
