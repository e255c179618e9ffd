"""Sections of docs/validation.md: energies and areas of public designs and of other tools."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown import table

from hwsim.estimators import AREA, Action, CannotEstimate, Value, estimator_of

EXERCISE = "ISPASS 2020 exercise"
BASELINE = "baseline design"
SPARSELOOP = "Sparseloop's Eyeriss"
CURRENT = "current example"

SPAD: dict[str, Value] = {"technology_nm": 45, "word_bits": 16}
SMALL: dict[str, Value] = {"technology_nm": 65, "word_bits": 8}
ROW: dict[str, Value] = {"technology_nm": 45, "word_bits": 64, "access_bits": 64}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A storage of public designs: what it is, and of each design pJ of a read, of a write, um2."""

    name: str
    law: str
    says: dict[str, Value]
    designs: dict[str, tuple[float, float, float]]


def _alike(*designs: str, pj: float, um2: float) -> dict[str, tuple[float, float, float]]:
    """Designs in which a read and a write cost the same."""
    return dict.fromkeys(designs, (pj, pj, um2))


PARTS = (
    Part(
        name="input scratchpad, 12 words",
        law="register_file",
        says={**SPAD, "entries": 12},
        designs=_alike(EXERCISE, BASELINE, pj=0.146, um2=379.7)
        | _alike(SPARSELOOP, pj=0.197, um2=180.0),
    ),
    Part(
        name="partial sums, 16 words",
        law="register_file",
        says={**SPAD, "entries": 16},
        designs=_alike(EXERCISE, BASELINE, pj=0.153, um2=414.7),
    ),
    Part(
        name="partial sums, 24 words",
        law="register_file",
        says={**SPAD, "entries": 24},
        designs=_alike(SPARSELOOP, pj=0.253, um2=537.2),
    ),
    Part(
        name="weights, 192 words",
        law="register_file",
        says={**SPAD, "entries": 192},
        designs=_alike(EXERCISE, pj=0.823, um2=3634.7) | _alike(BASELINE, pj=0.824, um2=3634.7),
    ),
    Part(
        name="weights, 224 words",
        law="register_file",
        says={**SPAD, "entries": 224},
        designs={SPARSELOOP: (0.710, 1.131, 3474.2)},
    ),
    Part(
        name="inputs, 12 words of 8 bits, 65 nm",
        law="",
        says={**SMALL, "entries": 12},
        designs={CURRENT: (0.202, 0.177, 747.6)},
    ),
    Part(
        name="weights, 192 words of 8 bits, 65 nm",
        law="",
        says={**SMALL, "entries": 192},
        designs={CURRENT: (1.977, 1.882, 11632.9)},
    ),
    Part(
        name="buffer, 100 KiB, a row of 64 bits",
        law="sram",
        says={**ROW, "capacity_bytes": 102400},
        designs={EXERCISE: (34.0, 34.4, 918862), SPARSELOOP: (49.2, 37.2, 641719)},
    ),
    Part(
        name="buffer, 128 KiB, a row of 64 bits",
        law="sram",
        says={**ROW, "capacity_bytes": 131072},
        designs={BASELINE: (37.1, 37.6, 1162549)},
    ),
)

#: What is compared of a part, with what makes its figure of an estimate.
FIGURES = {"read, pJ": ("read", 1.0), "write, pJ": ("write", 1.0), "area, um2": (AREA, 1e6)}

#: pJ a MAC of 16 bits, at 45 nm: by what it does.
MACS = {"new operands": 2.200, "reused": 1.877, "gated": 0.103, "idle": 0.066}

#: Nodes, and bits of the port.
Point = tuple[int, int]
POINTS: tuple[Point, ...] = ((65, 16), (65, 64), (45, 16), (45, 64))
#: pJ of a read of 100 kB, as other tools give it here: hwcomponents 1.0.40, and ZigZag.
OTHERS = {
    "hwcomponents": dict(zip(POINTS, (33.8, 52.3, 18.3, 28.3), strict=True)),
    "ZigZag": dict(zip(POINTS, (28.1, 54.2, 16.5, 31.8), strict=True)),
}
#: pJ of a read of 100 KiB by the kind of transistors, as the CACTI of hwcomponents-cacti 1.0.40
#: gives it: one bank, one read-write port.
KINDS = {
    "lstp": dict(zip(POINTS, (34.65, 52.33, 19.11, 28.33), strict=True)),
    "hp": dict(zip(POINTS, (24.88, 47.32, 14.62, 27.88), strict=True)),
    "lop": dict(zip(POINTS, (13.55, 26.04, 6.99, 13.46), strict=True)),
}
#: mm2 of the same memories.
AREAS = {
    "lstp": dict(zip(POINTS, (0.6874, 0.7275, 0.3295, 0.3486), strict=True)),
    "hp": dict(zip(POINTS, (0.6511, 0.645, 0.3121, 0.3091), strict=True)),
    "lop": dict(zip(POINTS, (0.721, 0.7274, 0.3456, 0.3487), strict=True)),
}
SIZE = 102400


def figure(name: str, kind: str, asked: str, says: dict[str, Value]) -> float | None:
    """What an estimator gives for an action, or the area, of a part that is so, if it answers."""
    estimator = estimator_of(name, {})
    assert estimator is not None
    try:
        return estimator.estimate(Action(kind=kind, name=asked, properties=says)).value
    except CannotEstimate:
        return None


def of_100_kib(asked: str, name: str, point: Point, transistors: str = "") -> float | None:
    """A read, of the whole port, or the area of the memory, as an estimator gives it."""
    node, bits = point
    says: dict[str, Value] = {"technology_nm": node, "word_bits": bits, "access_bits": bits}
    says |= {"transistors": transistors} if transistors else {}
    if name == "horowitz" and node != 45:
        return None
    return figure(name, "storage", asked, {**says, "capacity_bytes": SIZE})


def actions() -> Iterator[str]:
    """The public designs, figure by figure."""
    yield """\
## Energies and areas of the public Accelergy designs

Accelergy's exercise at ISPASS 2020, its baseline design, Sparseloop's Eyeriss, and the current
example, 45 nm and 16 bits unless said. hwsim: the estimator `accelergy`, and the laws
`register_file` and `sram` beside it.
"""
    rows = [_compared(part, *which) for part in PARTS for which in _figures(part)]
    heads = ("design", "published", "`accelergy`", "difference", "law", "difference")
    yield from table(("", *heads), rows)
    yield """\
Where a part is in one design, or designs agree, the figure is theirs. Where designs of a part
differ, `accelergy` gives their geometric mean, and their range as its spread: 100 KiB in 25 banks
and in one are the same part to it. The laws know neither banks nor voltages. All figures are within
the spread that they print, but for areas of buffers: those of the designs are 1.9 to 2.7 times what
the law makes of one bank of CACTI's.

A MAC of 16 bits, 45 nm, in pJ by what it does:
"""
    ours = figure("accelergy", "compute", "compute", SPAD)
    assert ours is not None
    hwsim = {"new operands": ours, "reused": ours, "gated": 0.0, "idle": 0.0}
    yield from table(
        ("", "published", "hwsim"),
        ([does, f"{pj:.3f}", f"{hwsim[does]:.3g}"] for does, pj in MACS.items()),
    )
    yield """\
hwsim has one energy for a MAC. A reused operand saves the scratchpad's read (`operands: latched`),
and nothing of the multiplier. A gated or idle MAC costs nothing: 3 to 5 % of a MAC less than
published.
"""


def _figures(part: Part) -> Iterator[tuple[str, str, float]]:
    """What is compared, of which design, and the figure that is published."""
    for number, what in enumerate(FIGURES):
        for design, of in part.designs.items():
            yield what, design, of[number]


def _compared(part: Part, what: str, design: str, published: float) -> list[str]:
    """A figure of a part beside what the table, and the law, make of it."""
    digits = "{:,.0f}" if FIGURES[what][0] == AREA else "{:.3f}"
    cells = [f"{part.name}, {what}", design, digits.format(published)]
    for name in ("accelergy", part.law):
        ours = part_of(name, part, what) if name else None
        cells += ["", ""] if ours is None else [digits.format(ours), _off(ours / published)]
    return cells


def part_of(name: str, part: Part, what: str) -> float | None:
    """What an estimator gives for a figure of a part."""
    asked, unit = FIGURES[what]
    ours = figure(name, "storage", asked, part.says)
    return None if ours is None else ours * unit


def memories() -> Iterator[str]:
    """One memory, as every estimator and other tools have it."""
    yield """\
## A memory of 100 KiB

Eyeriss' buffer by node and width of the port: as hwsim's estimators have it; as the CACTI gives it
to which `sram` is fitted (hwcomponents-cacti 1.0.40), by kind of transistors; and as hwcomponents
and ZigZag gave it here by themselves (100 kB). pJ a read:
"""
    heads = ("", *(f"{node} nm, {bits} bits" for node, bits in POINTS))
    rows = [*_beside("read", KINDS, 1)]
    rows += [
        [f"CACTI, by {name}", *(f"{of[at]:.1f}" for at in POINTS)] for name, of in OTHERS.items()
    ]
    yield from table(heads, rows)
    yield """\
The kind of transistors alone makes a factor of two; `sram` without a kind lies among the three. The
law is 4 % above to 27 % below the points. `horowitz` has a figure for 64 bits, of which a narrower
port pays its share, and is of 45 nm only. `accelergy` has this buffer with rows of 64 bits only, at
45 nm.

Area, mm2:
"""
    yield from table(heads, _beside(AREA, AREAS, 3))
    yield """\
The law is within 8 % of the points. The designs' buffers are larger than CACTI's, in one bank as in
25: we do not know why.
"""


def _beside(asked: str, cacti: dict[str, dict[Point, float]], digits: int) -> Iterator[list[str]]:
    """Rows of the law of each kind of transistors beside CACTI, then of the other estimators."""

    def row(called: str, figures: Iterable[float | None]) -> list[str]:
        return [called, *("" if one is None else f"{one:.{digits}f}" for one in figures)]

    for kind, of in cacti.items():
        yield row(f"`sram`, `{kind}`", [of_100_kib(asked, "sram", at, kind) for at in POINTS])
        yield row(f"CACTI, {kind}", [of[at] for at in POINTS])
    for name in ("sram", "accelergy", "horowitz"):
        figures = [of_100_kib(asked, name, at) for at in POINTS]
        if any(figures):
            yield row(f"`{name}`", figures)


def _off(quotient: float) -> str:
    """By how much it differs from 1, in whole per cent."""
    per_cent = round(100 * (quotient - 1))
    return f"{per_cent:+} %" if per_cent else "0"
