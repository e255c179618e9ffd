"""Why layers cannot be mapped."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwsim.errors import NO_MAPPING, Error
from hwsim.mapper.certificate import Mapped


class NoMapping(Error):
    """No mapping of these layers fits: `reasons` name the component, the tensor and what is
    missing, by layer.
    """

    status = NO_MAPPING

    reasons: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return "\n".join(
            "\n  ".join((f"{layer}: no mapping fits:", *reasons))
            for layer, reasons in self.reasons.items()
        )


class NotFound(NoMapping):
    """No mapping was found of a layer whose space was not searched whole: there may be one."""


class OutOfReach(NoMapping):
    """Mappings of a layer fit, but none is within the limits."""


def not_found(layer: str) -> NotFound:
    """Say that nothing was found of a layer."""
    return NotFound({layer: ("none was found in the part of a large space that was searched",)})


@dataclass(eq=False)
class Interrupted(KeyboardInterrupt):
    """Ctrl-C was pressed during a search that had `found` something."""

    found: Mapped
