"""Parts of the public Eyeriss designs of Accelergy, as their tables price them."""

from typing import Final

from hwsim.estimators.table import Condition, FigureRow, FigureTable

EXERCISE: Final = "ISPASS 2020 exercise"
BASELINE: Final = "baseline design"
SPARSELOOP: Final = "Sparseloop's Eyeriss"
CURRENT: Final = "current example"


def _storage(source: str, read: float, write: float | None = None, **says: Condition) -> FigureRow:
    """A storage; a figure that stands alone is that of a read and of a write."""
    energies = {"read": read, "write": read if write is None else write}
    return FigureRow(kind="storage", says=says, energies=energies, source=source)


def _spad(source: str, entries: int, read: float, write: float | None = None) -> FigureRow:
    return _storage(source, read, write, technology_nm=45, word_bits=16, entries=entries)


def _small(source: str, entries: int, read: float, write: float) -> FigureRow:
    return _storage(source, read, write, technology_nm=65, word_bits=8, entries=entries)


def _buffer(source: str, capacity_bytes: int, read: float, write: float) -> FigureRow:
    says = {"technology_nm": 45, "capacity_bytes": capacity_bytes, "access_bits": 64}
    return _storage(source, read, write, **says)


def _mac(source: str, technology_nm: int, word_bits: int, energy: float) -> FigureRow:
    says = {"technology_nm": technology_nm, "word_bits": word_bits}
    return FigureRow(kind="compute", says=says, energies={"compute": energy}, source=source)


ESTIMATOR: Final = FigureTable(
    name="accelergy",
    rows=(
        _mac(EXERCISE, 45, 16, 2.2),
        _mac(BASELINE, 45, 16, 2.2),
        _mac(SPARSELOOP, 45, 16, 2.2),
        _mac(CURRENT, 65, 8, 0.208),
        _spad(EXERCISE, 12, 0.146),
        _spad(BASELINE, 12, 0.146),
        _spad(SPARSELOOP, 12, 0.197),
        _spad(EXERCISE, 16, 0.153),
        _spad(BASELINE, 16, 0.153),
        _spad(SPARSELOOP, 24, 0.253),
        _spad(EXERCISE, 192, 0.823),
        _spad(BASELINE, 192, 0.824),
        _spad(SPARSELOOP, 224, 0.710, 1.131),
        _small(CURRENT, 12, 0.202, 0.177),
        _small(CURRENT, 192, 1.977, 1.882),
        _buffer(f"{EXERCISE}, 25 banks", 102400, 34.0, 34.4),
        _buffer(f"{SPARSELOOP}, 1 bank", 102400, 49.2, 37.2),
        _buffer(f"{BASELINE}, 32 banks", 131072, 37.1, 37.6),
        _storage(f"{BASELINE} and {SPARSELOOP}", 512, capacity_bytes=None, access_bits=64),
        FigureRow(
            kind="network",
            says={"technology_nm": 45, "word_bits": 16},
            energies={"deliver": 0.2},
            source=f"{EXERCISE}, a transfer",
        ),
    ),
    source="Accelergy's public Eyeriss designs",
)
