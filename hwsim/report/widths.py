"""What is counted as whole words of several widths to a warning, and how to mend it."""

from collections.abc import Iterable

from hwsim.architecture.architecture import Architecture
from hwsim.sparsity.unsaid import Widths, unsaid
from hwsim.workload.layer import Layer


def width_warning(architecture: Architecture, layers: Iterable[Layer]) -> str | None:
    """In words of the user which values are a word of another width wherever they are, if any."""
    told: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for what, widths in unsaid(architecture, layers).items():
        told.setdefault(tuple(widths.items()), []).append(what)
    if not told:
        return None
    said = "; ".join(f"{_listed(whats)} {_words(dict(of))}" for of, whats in told.items())
    of, whats = next(iter(told.items()))
    example = f"--bits {whats[0]}={min(bits for _, bits in of)}"
    remedy = f"the bits of a value, as {example}, or as bits in a file, say what moves"
    return f"values without bits count as whole words, whose widths differ: {said}; {remedy}"


def _words(widths: Widths) -> str:
    """As 64 bits in dram, 8 in mac."""
    (name, bits), *others = widths.items()
    return ", ".join((f"{bits} bits in {name}", *(f"{bits} in {name}" for name, bits in others)))


def _listed(names: list[str]) -> str:
    """As weights and inputs."""
    return " and ".join(name.replace("_", " ") for name in names)
