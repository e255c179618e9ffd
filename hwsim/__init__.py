"""From an architecture and a network, both declared in YAML, to the energy of every layer."""

from typing import TYPE_CHECKING

__all__ = [
    "Data",
    "NoLayer",
    "NoMapping",
    "SpecificationError",
    "load_architecture",
    "load_densities",
    "load_mapping",
    "load_network",
    "render",
    "simulate",
]
__version__ = "0.1.0"

if TYPE_CHECKING:
    from hwsim.mapper import NoMapping
    from hwsim.pipeline import (
        load_architecture,
        load_densities,
        load_mapping,
        load_network,
        simulate,
    )
    from hwsim.report import render
    from hwsim.specification import SpecificationError
    from hwsim.workload import Data, NoLayer
else:
    HOMES = {
        "Data": "workload",
        "NoLayer": "workload",
        "NoMapping": "mapper",
        "SpecificationError": "specification",
        "render": "report",
    }

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that `import hwsim` stays quick."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"hwsim.{HOMES.get(name, 'pipeline')}"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
