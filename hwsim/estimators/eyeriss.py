"""The energies of Eyeriss in units of its multiply-accumulate."""

from typing import Final

from hwsim.estimators.table import FigureRow, FigureTable


def _storage(energy: float, source: str, **says: float | tuple[float, float] | None) -> FigureRow:
    energies = {"read": energy, "write": energy}
    return FigureRow(kind="storage", says=says, figures=energies, source=source)


ESTIMATOR: Final = FigureTable(
    name="eyeriss",
    unit="mac",
    rows=(
        _storage(200, "DRAM", capacity_bytes=None),
        _storage(6, "global buffer, above 100 kB", capacity_bytes=(102400, float("inf"))),
        _storage(1, "register file, 0.5 kB", capacity_bytes=512),
        FigureRow(
            kind="network",
            says={},
            figures={"deliver": 2, "collect": 2, "reduce": 2},
            source="between PEs",
        ),
        FigureRow(kind="compute", says={"word_bits": 16}, figures={"compute": 1}, source="ALU"),
    ),
    source="Chen, Emer, Sze, ISCA 2016, table IV, 65 nm, 16 bits",
)
