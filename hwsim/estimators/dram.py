"""Memories off the chip, by their kind: so much for a bit, whatever is read or written."""

from typing import Final

from hwsim.estimators.law import Law, Power

#: pJ a bit.
PER_BIT: Final = {"LPDDR": 40.0, "DDR3": 70.0, "LPDDR4": 8.0, "GDDR5": 14.0, "HBM2": 3.9}
_LAWS: Final = {
    kind: Power(once=energy, exponents={"word_bits": 1}) for kind, energy in PER_BIT.items()
}

ESTIMATOR: Final = Law(
    name="dram",
    kind="storage",
    laws={"read": _LAWS, "write": _LAWS},
    reference={"word_bits": 1.0},
    valid={},
    by="dram",
    source=(
        "pJ a bit as hwcomponents-cacti has them; it names Malladi et al., ISCA 2012, and"
        " Chatterjee et al., MICRO 2017, and for LPDDR4 public data"
    ),
)
