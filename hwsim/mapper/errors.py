"""Why layers cannot be mapped."""

from collections.abc import Mapping

from hwsim.errors import NO_MAPPING, Error
from hwsim.mapper.certificate import Mapped


class NoMapping(Error):
    """No mapping of these layers fits: `reasons` name the component, the tensor and what is
    missing, by layer.
    """

    status = NO_MAPPING

    def __init__(self, reasons: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(reasons)
        self.reasons = dict(reasons)

    def __str__(self) -> str:
        return "\n".join(
            "\n  ".join((f"{layer}: no mapping fits:", *reasons))
            for layer, reasons in self.reasons.items()
        )


class NotFound(NoMapping):
    """No mapping was found of a layer whose space was not searched whole: there may be one."""

    def __init__(self, layer: str) -> None:
        super().__init__(
            {layer: ("none was found in the part of a large space that was searched",)}
        )


class Interrupted(KeyboardInterrupt):
    """Ctrl-C was pressed during a search that had `found` something."""

    def __init__(self, found: Mapped) -> None:
        super().__init__(found)
        self.found = found
