"""Why a layer cannot be mapped."""


class NoMapping(Exception):
    """No mapping of `layer` fits: `reasons` name the component, the tensor and what is missing."""

    def __init__(self, layer: str, reasons: tuple[str, ...]) -> None:
        super().__init__(layer, reasons)
        self.layer = layer
        self.reasons = reasons

    def __str__(self) -> str:
        return f"{self.layer}: no mapping fits: " + "; ".join(self.reasons)
