"""From an architecture and a network, both declared in YAML, to the energy of every layer."""

from typing import TYPE_CHECKING

__all__ = ["load_architecture", "load_mapping", "load_network", "simulate"]
__version__ = "0.1.0"

if TYPE_CHECKING:
    from hwsim.pipeline import load_architecture, load_mapping, load_network, simulate
else:

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that `import hwsim` stays quick."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module("hwsim.pipeline"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
