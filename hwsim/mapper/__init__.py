"""An architecture and a layer to the mapping of least energy under the declared dataflow."""

from hwsim.mapper.errors import NoMapping
from hwsim.mapper.search import best_nest

__all__ = ["NoMapping", "best_nest"]
