"""An architecture and a layer to the mapping of least energy under the declared dataflow."""

from hwsim.mapper.errors import NoMapping
from hwsim.mapper.search import Mapped, best_nest, mapped

__all__ = ["Mapped", "NoMapping", "best_nest", "mapped"]
