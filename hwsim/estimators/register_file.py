"""Scratchpads of a processing element: a law through those of the public Eyeriss designs.

Fitted by least squares of logarithms to the nine of 16 bits that `accelergy.py` lists at 45 nm. In
proportion to the bits of a word, which no figure shows. What they leak is not in print.
"""

from typing import Final

from hwsim.estimators.estimate import AREA
from hwsim.estimators.law import Law, Power

BASIS: Final = "nine scratchpads of three designs"

ESTIMATOR: Final = Law(
    name="register_file",
    kind="storage",
    laws={
        "read": {
            "": Power(
                once=0.179, exponents={"entries": 0.581, "word_bits": 1}, spread=1.30, basis=BASIS
            )
        },
        "write": {
            "": Power(
                once=0.18, exponents={"entries": 0.642, "word_bits": 1}, spread=1.32, basis=BASIS
            )
        },
        AREA: {
            "": Power(
                once=0.000391,
                exponents={"entries": 0.872, "word_bits": 1},
                spread=1.69,
                basis=BASIS,
            )
        },
    },
    reference={"entries": 16.0, "word_bits": 16.0},
    valid={"technology_nm": (45, 45), "entries": (12, 224), "word_bits": (16, 16)},
    source="fitted to the scratchpads of Accelergy's public Eyeriss designs, 45 nm",
)
