"""Why no mapping fits: what each storage and axis needs at the very least, against what it has."""

from hwsim.architecture.architecture import Architecture
from hwsim.workload.layer import Layer


def reasons(architecture: Architecture, layer: Layer) -> tuple[str, ...]:
    return ("todo",)
