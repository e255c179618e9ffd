"""On-chip memories: a law fitted to CACTI, for each kind of transistors and for all together.

`benchmarks/sram_law.py` fits it, and prints the figures below. No law is fitted to leakage where
nobody says which transistors there are: they differ by a factor of a thousand.
"""

from collections.abc import Mapping
from typing import Final

from hwsim.estimators.estimate import AREA, CACTI_NODES, LEAKAGE
from hwsim.estimators.law import Law, Power

#: By transistors ("" is any of them): the figure at the reference in pJ, mm2 or mW, exponents of
#: the reference, and the factors that half of the points, and all of them, are within.
READ: Final = {
    "hp": (1.94, (1.756, 0.532, 0.466), 1.21, 2.39),
    "lop": (1.21, (1.816, 0.528, 0.49), 1.17, 1.92),
    "lstp": (2.13, (1.823, 0.557, 0.495), 1.15, 1.83),
    "": (1.71, (1.799, 0.539, 0.484), 1.33, 2.66),
}
WRITE: Final = {
    "hp": (2.66, (1.802, 0.451, 0.726), 1.09, 1.43),
    "lop": (1.38, (1.893, 0.471, 0.692), 1.11, 1.53),
    "lstp": (3.18, (1.924, 0.466, 0.705), 1.09, 1.54),
    "": (2.27, (1.873, 0.463, 0.707), 1.36, 2.28),
}
AREAS: Final = {
    "hp": (0.00378, (1.945, 0.971, 0.052), 1.05, 1.76),
    "lop": (0.00392, (1.92, 0.976, 0.051), 1.05, 1.69),
    "lstp": (0.00382, (1.909, 0.974, 0.044), 1.05, 1.77),
    "": (0.00384, (1.925, 0.973, 0.049), 1.05, 1.76),
}
LEAKAGES: Final = {
    "hp": (0.298, (0.714, 0.96), 1.9, 2.63),
    "lop": (0.0328, (1.047, 0.945), 1.67, 2.92),
    "lstp": (0.000113, (0.06, 0.931), 1.98, 3.29),
}
REFERENCE: Final = {"technology_nm": 45.0, "capacity_bytes": 1024.0, "access_bits": 64.0}


def _laws(fits: Mapping[str, tuple[float, tuple[float, ...], float, float]]) -> dict[str, Power]:
    return {
        transistors: Power(
            once=energy,
            exponents=dict(zip(REFERENCE, exponents, strict=False)),
            spread=most,
            basis=f"{345 if transistors else 1035} points of CACTI; half within {half:g}",
        )
        for transistors, (energy, exponents, half, most) in fits.items()
    }


ESTIMATOR: Final = Law(
    name="sram",
    kind="storage",
    laws={
        "read": _laws(READ),
        "write": _laws(WRITE),
        AREA: _laws(AREAS),
        LEAKAGE: _laws(LEAKAGES),
    },
    reference=REFERENCE,
    valid={
        **CACTI_NODES,
        "capacity_bytes": (1024, 4194304),
        "access_bits": (16, 256),
    },
    by="transistors",
    source="fitted to CACTI as in hwcomponents-cacti 1.0.40: one read-write port, one bank",
)
