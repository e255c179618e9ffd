"""A section of docs/validation.md: the equal areas of ISCA 2016, from what the files declare."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from markdown import table
from published import DATAFLOWS, OF_BUFFERS

from hwsim import load_architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffers:
    """The `area` in mm2 of the buffers of a machine, their capacity, and the area `elsewhere`."""

    area: Fraction
    elsewhere: Fraction
    capacity_bytes: int


def buffers(machine: str) -> Buffers:
    """What the file of the machine declares."""
    architecture = load_architecture(machine)
    areas = architecture.areas
    declared = architecture.declared["components"]
    names = [name for name in ("buffer", "input_rows") if name in areas]
    return Buffers(
        area=sum((areas[name] for name in names), Fraction(0)),
        elsewhere=sum((of for name, of in areas.items() if name not in names), Fraction(0)),
        capacity_bytes=sum(declared[name]["capacity_bytes"] for name in names),
    )


def equal_areas() -> Iterator[str]:
    """The section."""
    yield """\
## Equal areas in ISCA 2016

Chen, Emer, Sze, ISCA 2016, section VI-B: every dataflow gets the storage area that row stationary
has with 512 B in each of 256 PEs and a buffer of 128 KiB. What its register files do not take is
buffer, up to 2.6 times that of row stationary. hwsim: the areas and capacities that the shipped
files declare, a buffer at 12.70 um2 a byte. Area left: the bytes that fit beside the register files
into the area of `isca16_rs`.
"""
    whole = sum(load_architecture(DATAFLOWS[0]).areas.values())
    rows = []
    for name in DATAFLOWS:
        of = buffers(name)
        left = int(float(whole - of.elsewhere) / OF_BUFFERS)
        rows.append(
            [
                f"`{name}`",
                f"{float(of.elsewhere):.3f}",
                f"{float(of.area):.3f}",
                f"{float(of.area + of.elsewhere):.3f}",
                f"{float((of.area + of.elsewhere) / whole - 1):+.3%}",
                f"{left:,}",
                f"{of.capacity_bytes:,}",
                f"{of.capacity_bytes / buffers(DATAFLOWS[0]).capacity_bytes:.2f}",
            ]
        )
    heads = ("register files, mm2", "buffers, mm2", "in all", "difference", "area left, bytes")
    yield from table(("", *heads, "buffers, bytes", "times"), rows)
    yield """\
The paper draws the areas of a byte without printing them. These are from what appears to be its
authors' model (`archs/isca16_ws.yaml` says where), and give the 2.6 that it prints. Two files are
off by 9 and 5 bytes, as their areas of a register file's byte are rounded (48.94, 175.3 um2).
"""
