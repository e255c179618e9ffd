"""The weights of the largest magnitude stay, or of the largest magnitude times input.

Magnitude is Han et al., "Learning both Weights and Connections for Efficient Neural Networks",
NIPS 2015, in each filter. With the inputs: Sun et al., "A Simple and Effective Pruning Approach for
Large Language Models", ICLR 2024, eq. 1 (Wanda).
"""

from prune.solvers.solver import Choice, Problem


def by_magnitude(problem: Problem) -> Choice:
    """The weights of the largest `|w|` of each filter."""
    return Choice(masks=problem.masks(problem.weights.abs()), how="largest weights")


def by_activity(problem: Problem) -> Choice:
    """The weights of the largest `|w| |x|` of each filter, `|x|` the norm of its input."""
    norms = (problem.samples.fit.diagonal + problem.ridge).sqrt()
    scores = problem.weights.abs() * norms
    return Choice(masks=problem.masks(scores), how="largest weights times inputs")
