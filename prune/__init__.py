"""From a trained network and an accelerator to a network that costs a fraction of the energy."""

from typing import TYPE_CHECKING

__all__ = ["Error", "Goal", "Outcome", "Preprocessing", "Settings", "prune", "save"]

if TYPE_CHECKING:
    from prune.data.preprocessing import Preprocessing
    from prune.errors import Error
    from prune.pipeline import prune, save
    from prune.run.outcome import Outcome
    from prune.settings import Goal, Settings
else:
    HOMES = {
        "Error": "errors",
        "Goal": "settings",
        "Outcome": "run.outcome",
        "Preprocessing": "data.preprocessing",
        "Settings": "settings",
    }

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used: torch takes seconds."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"prune.{HOMES.get(name, 'pipeline')}"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
