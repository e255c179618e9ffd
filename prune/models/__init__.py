"""PyTorch definitions of published networks, exactly as published, so that trained weights load;
and models of a user's own.
"""

from prune.models.own import NoFunction, from_file
from prune.models.registry import (
    DEFINITIONS,
    Definition,
    build,
    defined_by,
    definition,
)

__all__ = [
    "DEFINITIONS",
    "Definition",
    "NoFunction",
    "build",
    "defined_by",
    "definition",
    "from_file",
]
