"""An architecture and a layer to the best mapping under the declared dataflow."""

from hwsim.mapper.certificate import Certificate
from hwsim.mapper.diagnose import unmapped
from hwsim.mapper.errors import NoMapping
from hwsim.mapper.kept import checked
from hwsim.mapper.options import Options
from hwsim.mapper.search import Mapped, best_nest, mapped

__all__ = [
    "Certificate",
    "Mapped",
    "NoMapping",
    "Options",
    "best_nest",
    "checked",
    "mapped",
    "unmapped",
]
