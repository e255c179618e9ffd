"""Samples and weights of a group of a layer to fewer weights, by name.

>>> import torch
>>> from prune.solvers.gram import Rows, Samples
>>> rows = Rows(inputs=torch.eye(3), outputs=torch.tensor([[3.0], [1.0], [2.0]]))
>>> weights = torch.tensor([[3.0, 1.0, 2.0]])
>>> solver("ols").solve(Samples(fit=rows, held=rows), weights, kept=2).weights.round(decimals=3)
tensor([[3., 0., 2.]])
"""

from prune.errors import UnknownName
from prune.solvers.eap import NeedsRows, remove_and_restore
from prune.solvers.magnitude import by_magnitude
from prune.solvers.selection import backward, forward
from prune.solvers.solver import Solved, Solver

__all__ = ["SOLVERS", "NeedsRows", "Solved", "Solver", "solver"]

#: All solvers by name.
SOLVERS = {
    solver.name: solver
    for solver in (
        Solver(name="magnitude", choose=by_magnitude, refits=False),
        Solver(name="magnitude+ls", choose=by_magnitude, refits=True),
        Solver(name="eap", choose=remove_and_restore, refits=True),
        Solver(name="ols", choose=forward, refits=True),
        Solver(name="obc", choose=backward, refits=True),
    )
}


def solver(name: str) -> Solver:
    """The solver of this name. Raises `UnknownName`."""
    if name not in SOLVERS:
        raise UnknownName("solver", name, tuple(SOLVERS))
    return SOLVERS[name]
