"""Wires on a chip, by their length."""

from typing import Final

from hwsim.estimators.law import Law, Power

#: 310 pJ for 256 bits over 10 mm.
PER_BIT_AND_MM: Final = Power(once=0.121, exponents={"word_bits": 1, "length_mm": 1})

ESTIMATOR: Final = Law(
    name="wire",
    kind="network",
    laws={name: {"": PER_BIT_AND_MM} for name in ("deliver", "collect", "reduce")},
    reference={"word_bits": 1.0, "length_mm": 1.0},
    valid={"technology_nm": (40, 40)},
    source='Keckler et al., "GPUs and the Future of Parallel Computing", IEEE Micro 2011, table 1',
)
