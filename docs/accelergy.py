"""Sections of docs/validation.md: energies of actions, of public designs and of other tools."""

from collections.abc import Iterator
from dataclasses import dataclass

from markdown import table

from hwsim.estimators import Action, CannotEstimate, Value, estimator_of

EXERCISE = "ISPASS 2020 exercise"
BASELINE = "baseline design"
SPARSELOOP = "Sparseloop's Eyeriss"
CURRENT = "current example"

SPAD: dict[str, Value] = {"technology_nm": 45, "word_bits": 16}
SMALL: dict[str, Value] = {"technology_nm": 65, "word_bits": 8}
ROW: dict[str, Value] = {"technology_nm": 45, "word_bits": 64, "access_bits": 64}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of public designs of Accelergy: what it is, and pJ of a read and a write in each."""

    name: str
    law: str
    says: dict[str, Value]
    designs: dict[str, tuple[float, float]]


def _alike(*designs: str, pj: float) -> dict[str, tuple[float, float]]:
    """Designs in which a read and a write cost the same."""
    return dict.fromkeys(designs, (pj, pj))


PARTS = (
    Part(
        name="input scratchpad, 12 words",
        law="register_file",
        says={**SPAD, "entries": 12},
        designs=_alike(EXERCISE, BASELINE, pj=0.146) | _alike(SPARSELOOP, pj=0.197),
    ),
    Part(
        name="partial sums, 16 words",
        law="register_file",
        says={**SPAD, "entries": 16},
        designs=_alike(EXERCISE, BASELINE, pj=0.153),
    ),
    Part(
        name="partial sums, 24 words",
        law="register_file",
        says={**SPAD, "entries": 24},
        designs=_alike(SPARSELOOP, pj=0.253),
    ),
    Part(
        name="weights, 192 words",
        law="register_file",
        says={**SPAD, "entries": 192},
        designs=_alike(EXERCISE, pj=0.823) | _alike(BASELINE, pj=0.824),
    ),
    Part(
        name="weights, 224 words",
        law="register_file",
        says={**SPAD, "entries": 224},
        designs={SPARSELOOP: (0.710, 1.131)},
    ),
    Part(
        name="inputs, 12 words of 8 bits, 65 nm",
        law="",
        says={**SMALL, "entries": 12},
        designs={CURRENT: (0.202, 0.177)},
    ),
    Part(
        name="weights, 192 words of 8 bits, 65 nm",
        law="",
        says={**SMALL, "entries": 192},
        designs={CURRENT: (1.977, 1.882)},
    ),
    Part(
        name="buffer, 100 KiB, a row of 64 bits",
        law="sram",
        says={**ROW, "capacity_bytes": 102400},
        designs={EXERCISE: (34.0, 34.4), SPARSELOOP: (49.2, 37.2)},
    ),
    Part(
        name="buffer, 128 KiB, a row of 64 bits",
        law="sram",
        says={**ROW, "capacity_bytes": 131072},
        designs={BASELINE: (37.1, 37.6)},
    ),
)

#: pJ a MAC of 16 bits, at 45 nm: by what it does.
MACS = {"new operands": 2.200, "reused": 1.877, "gated": 0.103, "idle": 0.066}

#: pJ of a read of 100 kB, by node and bits of the port, as other tools give it here: CACTI of
#: hwcomponents-cacti 1.0.40, and ZigZag's.
OTHERS = {
    "hwcomponents' CACTI": {(65, 16): 33.8, (65, 64): 52.3, (45, 16): 18.3, (45, 64): 28.3},
    "ZigZag's CACTI": {(65, 16): 28.1, (65, 64): 54.2, (45, 16): 16.5, (45, 64): 31.8},
}
POINTS = ((65, 16), (65, 64), (45, 16), (45, 64))
KINDS = ("lstp", "hp", "lop")
SIZE = 102400


def energy(name: str, kind: str, action: str, says: dict[str, Value]) -> float | None:
    """What an estimator gives for an action of a part that is so, if it has an answer."""
    estimator = estimator_of(name, {})
    assert estimator is not None
    try:
        return estimator.estimate(Action(kind=kind, name=action, properties=says)).energy
    except CannotEstimate:
        return None


def read_of_100_kib(
    name: str, node: int, bits: int, transistors: str | None = None
) -> float | None:
    """A read through a port of so many bits, whole, as an estimator gives it."""
    says: dict[str, Value] = {"technology_nm": node, "word_bits": bits, "access_bits": bits}
    kind: dict[str, Value] = {"transistors": transistors} if transistors else {}
    if name == "horowitz" and node != 45:
        return None
    return energy(name, "storage", "read", {**says, **kind, "capacity_bytes": SIZE})


def actions() -> Iterator[str]:
    """The public designs, action by action."""
    yield """\
## Energies of the public Accelergy designs

Accelergy's exercise at ISPASS 2020, its baseline design, Sparseloop's Eyeriss, and the current
example: pJ a read or a write, 45 nm and 16 bits unless said. hwsim: the estimator `accelergy`, and
the laws `register_file` and `sram` beside it.
"""
    rows = []
    for part in PARTS:
        for number, does in enumerate(("read", "write")):
            ours = energy("accelergy", "storage", does, part.says)
            law = energy(part.law, "storage", does, part.says) if part.law else None
            assert ours is not None
            for design, of in part.designs.items():
                rows.append(
                    [
                        f"{part.name}, {does}",
                        design,
                        f"{of[number]}",
                        f"{ours:.3g}",
                        f"{ours / of[number] - 1:+.0%}",
                        *([f"{law:.3g}", f"{law / of[number] - 1:+.0%}"] if law else ["", ""]),
                    ]
                )
    heads = ("design", "published", "`accelergy`", "difference", "law", "difference")
    yield from table(("", *heads), rows)
    yield """\
Where a part is in one design, or designs agree, the figure is theirs. Where designs of a part
differ, `accelergy` gives their geometric mean, and their range as its spread: 100 KiB in 25 banks
and in one are the same part to it. The laws know neither banks nor voltages. All figures are within
the spread that they print.

A MAC of 16 bits, 45 nm, by what it does:
"""
    ours = energy("accelergy", "compute", "compute", SPAD)
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


def memories() -> Iterator[str]:
    """One memory, as every estimator and other tools price it."""
    yield """\
## A read of 100 KiB

pJ a read of Eyeriss' buffer, by node and width of the port, as hwsim's estimators have it, and as
two versions of CACTI gave it here (100 kB).
"""
    rows = []
    for name, kinds in (("sram", (None, *KINDS)), ("accelergy", (None,)), ("horowitz", (None,))):
        for kind in kinds:
            each = [read_of_100_kib(name, *point, kind) for point in POINTS]
            called = f"`{name}`" + (f", `{kind}`" if kind else "")
            rows.append([called, *("" if one is None else f"{one:.1f}" for one in each)])
    for name, of in OTHERS.items():
        rows.append([name, *(f"{of[point]:.1f}" for point in POINTS)])
    yield from table(("", *(f"{node} nm, {bits} bits" for node, bits in POINTS)), rows)
    yield """\
The kind of transistors alone makes a factor of two. `sram` without a kind lies among the three.
`horowitz` has a figure for 64 bits, of which a narrower port pays its share, and is of 45 nm only.
`accelergy` has this buffer with rows of 64 bits only, at 45 nm.
"""
