"""Fits the law of `hwsim/estimators/sram.py` to points of CACTI, and prints how far off they are.

python benchmarks/sram_law.py POINTS.csv

A row of the table is a memory: node_nm, transistors, capacity_bytes, access_bits, banks, read_pj,
write_pj, area_mm2, leakage_mw. The law is a product of powers, and least squares of logarithms fit
it to the memories of one bank: for each kind of transistors, and for all kinds together, where
nobody says which; not of leakage, in which kinds differ by a factor of a thousand, and which the
width of an access does not change. The spread is that of the law as it is printed, rounded: the
factor within which half of the points, nine in ten, and all of them are. Memories of several banks
are not fitted; they are told beside.
"""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

#: By what is fitted, what it is a power of.
POWERS = dict.fromkeys(
    ("read_pj", "write_pj", "area_mm2"), ("node_nm", "capacity_bytes", "access_bits")
) | {"leakage_mw": ("node_nm", "capacity_bytes")}
#: What no law is fitted to for all kinds of transistors together.
BY_KIND = ("leakage_mw",)
REFERENCE = {"node_nm": 45.0, "capacity_bytes": 1024.0, "access_bits": 64.0}
Point = dict[str, str]


def read(file: Path) -> list[Point]:
    """The points of a table."""
    with file.open() as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def fit(points: Sequence[Point], what: str) -> tuple[float, tuple[float, ...]]:
    """The figure at the reference, in three digits, and the exponents, in three decimals."""
    columns = [
        [np.log(float(point[name]) / REFERENCE[name]) for name in POWERS[what]] for point in points
    ]
    ones = np.ones((len(points), 1))
    figures = np.log([float(point[what]) for point in points])
    found, *_ = np.linalg.lstsq(np.hstack([ones, columns]), figures, rcond=None)
    return float(f"{np.exp(found[0]):.3g}"), tuple(round(float(p), 3) for p in found[1:])


def off(points: Iterable[Point], what: str, law: tuple[float, tuple[float, ...]]) -> list[float]:
    """By which factor each point is off the law, least first."""
    once, powers = law
    found = []
    for point in points:
        scale = zip(POWERS[what], powers, strict=True)
        says = once * np.prod([(float(point[n]) / REFERENCE[n]) ** p for n, p in scale])
        found.append(float(np.exp(abs(np.log(says / float(point[what]))))))
    return sorted(found)


def told(factors: Sequence[float]) -> str:
    """The factor that half of them, nine in ten and all are within."""
    half, most = (float(np.quantile(factors, share)) for share in (0.5, 0.9))
    within = f"half within {half:.2f}, nine in ten {most:.2f}, all {factors[-1]:.2f}"
    return f"{len(factors):5} points: {within}"


def main() -> None:
    """Print a law in a line, and its spread below."""
    (file,) = sys.argv[1:]
    points = read(Path(file))
    kinds = sorted({point["transistors"] for point in points})
    for what in POWERS:
        for kind in (*kinds, *([] if what in BY_KIND else [None])):
            chosen = [point for point in points if kind in (None, point["transistors"])]
            single = [point for point in chosen if point["banks"] == "1"]
            law = fit(single, what)
            powers = zip(POWERS[what], law[1], strict=True)
            product = " ".join(f"({name}/{REFERENCE[name]:g})^{p}" for name, p in powers)
            print(f"{what} {kind or 'any':5} {law[0]} {product}")
            print(f"    one bank      {told(off(single, what, law))}")
            several = [point for point in chosen if point["banks"] != "1"]
            if several:
                print(f"    several banks {told(off(several, what, law))}")


if __name__ == "__main__":
    main()
