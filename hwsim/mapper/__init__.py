"""An architecture and a layer to the best mapping under the declared dataflow."""

from typing import TYPE_CHECKING

from hwsim.mapper.certificate import Certificate, Mapped
from hwsim.mapper.errors import Interrupted, NoMapping, NotFound, OutOfReach, not_found
from hwsim.mapper.kept import confirmed
from hwsim.mapper.options import NO_LIMITS, Limits, Options
from hwsim.mapper.watch import Progress, Tell

if TYPE_CHECKING:
    from hwsim.mapper.diagnose import unmapped
    from hwsim.mapper.search import best_nest, mapped
else:
    HOMES = {"best_nest": "search", "mapped": "search", "unmapped": "diagnose"}

    def __getattr__(name: str) -> object:
        """Import what searches when it is first used: most mappings are kept ones."""
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"hwsim.mapper.{HOMES[name]}"), name)


__all__ = [
    "NO_LIMITS",
    "Certificate",
    "Interrupted",
    "Limits",
    "Mapped",
    "NoMapping",
    "NotFound",
    "Options",
    "OutOfReach",
    "Progress",
    "Tell",
    "best_nest",
    "confirmed",
    "mapped",
    "not_found",
    "unmapped",
]
