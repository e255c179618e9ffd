"""Samples and weights of a group of a layer to fewer weights, by name.

>>> import torch
>>> from prune.solvers.gram import SampledRows, Samples
>>> rows = SampledRows(inputs=torch.eye(3), outputs=torch.tensor([[3.0], [1.0], [2.0]]))
>>> weights = torch.tensor([[3.0, 1.0, 2.0]])
>>> solver("ols").solve(Samples(fit=rows, held=rows), weights, kept=2).weights.round(decimals=3)
tensor([[3., 0., 2.]])
"""

from typing import TYPE_CHECKING, Final

from prune.lists import OpenList

if TYPE_CHECKING:
    from prune.solvers.interface import Solver

#: All solvers by name; packages bring others.
SOLVERS: Final = OpenList(
    noun="solver",
    group="prune.solvers",
    shipped={
        "eap": "prune.solvers.eap:EAP",
        "magnitude": "prune.solvers.magnitude:MAGNITUDE",
        "magnitude+ls": "prune.solvers.magnitude:MAGNITUDE_LS",
        "ols": "prune.solvers.selection:OLS",
        "obc": "prune.solvers.selection:OBC",
    },
)


def solver(name: "str | Solver") -> "Solver":
    """The solver of this name, or the one that is given.

    Raises `UnknownName`, and `NotLoaded` for one that a package brings and that cannot be had.
    """
    from prune.solvers.interface import (
        Solver,  # torch takes seconds, and names are asked for without
    )

    if isinstance(name, Solver):
        return name
    return SOLVERS.named(name, Solver)  # type: ignore[type-abstract]
