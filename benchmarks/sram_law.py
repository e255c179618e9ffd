"""Fits the law of `hwsim/estimators/sram.py` to points of CACTI, and prints how far off they are.

python benchmarks/sram_law.py POINTS.csv

A row of the table is a memory: node_nm, transistors, capacity_bytes, access_bits, banks, read_pj,
write_pj. The law is a product of powers, and least squares of logarithms fit it to the memories of
one bank: for each kind of transistors, and for all kinds together, where nobody says which. The
spread is that of the law as it is printed, rounded: the factor within which half of the points,
nine in ten, and all of them are. Memories of several banks are not fitted; they are told beside.
"""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

POWERS = ("node_nm", "capacity_bytes", "access_bits")
REFERENCE = {"node_nm": 45.0, "capacity_bytes": 1024.0, "access_bits": 64.0}
Point = dict[str, str]


def read(file: Path) -> list[Point]:
    """The points of a table."""
    with file.open() as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def fit(points: Sequence[Point], what: str) -> tuple[float, tuple[float, ...]]:
    """The energy at the reference, in three digits, and the exponents, in three decimals."""
    columns = [
        [np.log(float(point[name]) / REFERENCE[name]) for name in POWERS] for point in points
    ]
    ones = np.ones((len(points), 1))
    energies = np.log([float(point[what]) for point in points])
    found, *_ = np.linalg.lstsq(np.hstack([ones, columns]), energies, rcond=None)
    return float(f"{np.exp(found[0]):.3g}"), tuple(round(float(p), 3) for p in found[1:])


def off(points: Iterable[Point], what: str, law: tuple[float, tuple[float, ...]]) -> list[float]:
    """By which factor each point is off the law, least first."""
    energy, powers = law
    found = []
    for point in points:
        scale = zip(POWERS, powers, strict=True)
        says = energy * np.prod([(float(point[n]) / REFERENCE[n]) ** p for n, p in scale])
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
    for what in ("read_pj", "write_pj"):
        for kind in (*kinds, None):
            chosen = [point for point in points if kind in (None, point["transistors"])]
            single = [point for point in chosen if point["banks"] == "1"]
            law = fit(single, what)
            powers = zip(POWERS, law[1], strict=True)
            product = " ".join(f"({name}/{REFERENCE[name]:g})^{p}" for name, p in powers)
            print(f"{what} {kind or 'any':5} {law[0]} {product}")
            print(f"    one bank      {told(off(single, what, law))}")
            several = [point for point in chosen if point["banks"] != "1"]
            if several:
                print(f"    several banks {told(off(several, what, law))}")


if __name__ == "__main__":
    main()
