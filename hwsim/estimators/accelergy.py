"""Parts of the public Eyeriss designs of Accelergy, as their tables price them."""

from collections.abc import Mapping
from typing import Final

from hwsim.estimators.estimate import AREA, LEAKAGE
from hwsim.estimators.table import Condition, FigureRow, FigureTable

EXERCISE: Final = "ISPASS 2020 exercise"
BASELINE: Final = "baseline design"
SPARSELOOP: Final = "Sparseloop's Eyeriss"
CURRENT: Final = "current example"


#: um2 in a mm2: the tables say areas in um2.
UM2: Final = 1e6


def _row(
    kind: str,
    source: str,
    says: Mapping[str, Condition],
    energies: Mapping[str, float],
    area_um2: float | None = None,
    leakage_mw: float | None = None,
) -> FigureRow:
    """A row of the figures that its design's tables have; leakage is there by cycles of 1 ns."""
    figures = dict(energies)
    figures |= {} if area_um2 is None else {AREA: area_um2 / UM2}
    figures |= {} if leakage_mw is None else {LEAKAGE: leakage_mw}
    return FigureRow(kind=kind, says=says, figures=figures, source=source)


def _both(read: float, write: float | None = None) -> dict[str, float]:
    """The energies of a storage; a figure that stands alone is that of a read and of a write."""
    return {"read": read, "write": read if write is None else write}


def _spad(
    source: str, entries: int, energies: dict[str, float], area_um2: float | None = None
) -> FigureRow:
    says = {"technology_nm": 45, "word_bits": 16, "entries": entries}
    return _row("storage", source, says, energies, area_um2)


def _small(
    entries: int, energies: dict[str, float], area_um2: float, leakage_mw: float
) -> FigureRow:
    says = {"technology_nm": 65, "word_bits": 8, "entries": entries}
    return _row("storage", CURRENT, says, energies, area_um2, leakage_mw)


def _buffer(
    source: str, capacity_bytes: int, energies: dict[str, float], area_um2: float
) -> FigureRow:
    says = {"technology_nm": 45, "capacity_bytes": capacity_bytes, "access_bits": 64}
    return _row("storage", source, says, energies, area_um2)


def _mac(
    source: str, node: int, bits: int, energy: float, area_um2: float, leakage: float | None = None
) -> FigureRow:
    says = {"technology_nm": node, "word_bits": bits}
    return _row("compute", source, says, {"compute": energy}, area_um2, leakage)


ESTIMATOR: Final = FigureTable(
    name="accelergy",
    rows=(
        _mac(EXERCISE, 45, 16, 2.2, 1239.5),
        _mac(BASELINE, 45, 16, 2.2, 1239.5),
        _mac(SPARSELOOP, 45, 16, 2.2, 1239.5),
        _mac(CURRENT, 65, 8, 0.208, 191.8, 0.00237),
        _spad(EXERCISE, 12, _both(0.146), 379.7),
        _spad(BASELINE, 12, _both(0.146), 379.7),
        _spad(SPARSELOOP, 12, _both(0.197), 180.0),
        _spad(EXERCISE, 16, _both(0.153), 414.7),
        _spad(BASELINE, 16, _both(0.153), 414.7),
        _spad(SPARSELOOP, 24, _both(0.253), 537.2),
        _spad(EXERCISE, 192, _both(0.823), 3634.7),
        _spad(BASELINE, 192, _both(0.824), 3634.7),
        _spad(SPARSELOOP, 224, _both(0.710, 1.131), 3474.2),
        _small(12, _both(0.202, 0.177), 747.6, 0.000101),
        _small(192, _both(1.977, 1.882), 11632.9, 0.00159),
        _buffer(f"{EXERCISE}, 25 banks", 102400, _both(34.0, 34.4), 918862),
        _buffer(f"{SPARSELOOP}, 1 bank", 102400, _both(49.2, 37.2), 641719),
        _buffer(f"{BASELINE}, 32 banks", 131072, _both(37.1, 37.6), 1162549),
        _row(
            "storage",
            f"{BASELINE} and {SPARSELOOP}",
            {"capacity_bytes": None, "access_bits": 64},
            _both(512),
        ),
        _row(
            "network",
            f"{EXERCISE}, a transfer",
            {"technology_nm": 45, "word_bits": 16},
            {"deliver": 0.2},
        ),
    ),
    source="Accelergy's public Eyeriss designs",
)
