"""From a trained network and an accelerator to a network that costs a fraction of the energy."""

from typing import TYPE_CHECKING

__all__ = [
    "Error",
    "Filters",
    "Goal",
    "Outcome",
    "Preprocessing",
    "Selection",
    "Settings",
    "Solver",
    "prune",
    "save",
]

if TYPE_CHECKING:
    from prune.data.preprocessing import Preprocessing
    from prune.errors import Error
    from prune.goals import Goal
    from prune.pipeline import prune, save
    from prune.run.outcome import Outcome
    from prune.settings import Settings
    from prune.solvers.interface import Filters, Selection, Solver
else:
    HOMES = {
        "Error": "errors",
        "Goal": "goals",
        "Filters": "solvers.interface",
        "Outcome": "run.outcome",
        "Preprocessing": "data.preprocessing",
        "Selection": "solvers.interface",
        "Settings": "settings",
        "Solver": "solvers.interface",
    }

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used: torch takes seconds."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"prune.{HOMES.get(name, 'pipeline')}"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
