"""PyTorch definitions of published networks, exactly as published, so that trained weights load."""

from prune.models.registry import (
    DEFINITIONS,
    Definition,
    UnknownModel,
    build,
    defined_by,
    definition,
)

__all__ = ["DEFINITIONS", "Definition", "UnknownModel", "build", "defined_by", "definition"]
