"""An architecture and a layer to the best mapping under the declared dataflow."""

from hwsim.mapper.certificate import Certificate, Mapped
from hwsim.mapper.diagnose import unmapped
from hwsim.mapper.errors import Interrupted, NoMapping, NotFound, not_found
from hwsim.mapper.kept import confirmed
from hwsim.mapper.options import Options
from hwsim.mapper.search import best_nest, mapped
from hwsim.mapper.watch import Progress, Tell

__all__ = [
    "Certificate",
    "Interrupted",
    "Mapped",
    "NoMapping",
    "NotFound",
    "Options",
    "Progress",
    "Tell",
    "best_nest",
    "confirmed",
    "mapped",
    "not_found",
    "unmapped",
]
