"""What a document says of time to what in it contradicts itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from hwsim.architecture.check.named import named
from hwsim.architecture.components.bandwidth import (
    BOTH,
    EFFICIENCY,
    IN_GB,
    IN_WORDS,
    PORTS,
    READS,
    WRITES,
)
from hwsim.architecture.components.compute import CYCLES_PER_MAC, LATENCY
from hwsim.architecture.components.storage import BUFFERS
from hwsim.meant import closest
from hwsim.specification import Document, Problem


def problems(document: Document) -> Iterator[Problem]:
    """The problems of bandwidths, buffers, pipelines and arrays."""
    storages = named(document, "storage")
    for name, part in (storages | named(document, "network")).items():
        yield from _bandwidth_problems(document, name, part)
    for name, part in storages.items():
        yield from _buffer_problems(document, name, part)
    for name, part in named(document, "compute").items():
        yield from _pipeline_problems(document, name, part)
    for name, part in named(document, "array").items():
        for axis in part.get("skew_cycles", ()):
            if axis not in part["axes"]:
                yield document.problem(
                    ("components", name, "skew_cycles", axis),
                    f"{name} has no axis '{axis}'",
                    closest(axis, part["axes"]),
                    at_key=True,
                )


def _bandwidth_problems(document: Document, name: str, part: dict[str, Any]) -> Iterator[Problem]:
    key = next((key for key in (IN_WORDS, IN_GB) if key in part), None)
    if key == IN_GB and "clock_mhz" not in document.data:
        what = "says how much in a second, but the file does not say its clock_mhz"
        yield document.problem(("components", name, key), what, at_key=True)
    said = part.get(key) if key else None
    if PORTS in part and isinstance(said, Mapping):
        what = f"'{PORTS}' says how much is read and written: give the bandwidth of one, a number"
        yield document.problem(("components", name, PORTS), what, at_key=True)
    elif isinstance(said, Mapping) and BOTH in said:
        yield from _contradictions(document, ("components", name, str(key)), said)
    if isinstance(ports := part.get(PORTS), Mapping) and BOTH not in ports:
        for way in {READS, WRITES} - ports.keys():
            what = f"no port {way}s: give one, or one for both"
            yield document.problem(("components", name, PORTS), what, at_key=True)
    if EFFICIENCY in part and key is None and PORTS not in part:
        what = "is a share of a bandwidth, but none is given"
        yield document.problem(("components", name, EFFICIENCY), what, at_key=True)


def _contradictions(
    document: Document, path: tuple[str, ...], said: Mapping[str, float]
) -> Iterator[Problem]:
    """A bandwidth of reads and writes together that cannot be reached, or lets none of the others
    be reached.
    """
    both, alone = said[BOTH], {way: said[way] for way in (READS, WRITES) if way in said}
    for way, most in alone.items():
        if most > both:
            what = f"{most:g} is more than the {both:g} of reads and writes together"
            yield document.problem((*path, way), what)
    if len(alone) == 2 and both > sum(alone.values()):
        what = f"{both:g} is more than reads and writes may be, {sum(alone.values()):g}"
        yield document.problem((*path, BOTH), what)


def _buffer_problems(document: Document, name: str, part: dict[str, Any]) -> Iterator[Problem]:
    if BUFFERS not in part:
        return
    home = [tensor for tensor, route in document.data["routes"].items() if route[0] == name]
    if home:
        what = f"{' and '.join(home)} live here, where their route begins: no tile comes or goes"
        yield document.problem(("components", name, BUFFERS), what, at_key=True)


def _pipeline_problems(document: Document, name: str, part: dict[str, Any]) -> Iterator[Problem]:
    each, latency = part.get(CYCLES_PER_MAC, 1), part.get(LATENCY)
    if latency is not None and latency < each:
        what = f"a sum after {latency} cycles, though the next MAC begins after {each} only"
        yield document.problem(("components", name, LATENCY), what)
