"""Why layers cannot be mapped."""

from collections.abc import Mapping

from hwsim.errors import Error


class NoMapping(Error):
    """No mapping of these layers fits: `reasons` name the component, the tensor and what is
    missing, by layer.
    """

    status = 3

    def __init__(self, reasons: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(reasons)
        self.reasons = dict(reasons)

    def __str__(self) -> str:
        return "\n".join(
            "\n  ".join((f"{layer}: no mapping fits:", *reasons))
            for layer, reasons in self.reasons.items()
        )
