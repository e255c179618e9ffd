"""What follows time, to its problems: leakage needs a unit of physics, and a clock."""

from collections.abc import Iterator

from hwsim.architecture.architecture import CLOCK
from hwsim.architecture.derived import KEYS
from hwsim.architecture.units import UNITS
from hwsim.estimators import LEAKAGE
from hwsim.specification import Document, Problem

KEY = KEYS[LEAKAGE]


def problems(document: Document) -> Iterator[Problem]:
    """Leakages that are no energy in a cycle, and a component that is called as the clock is."""
    data = document.data
    unit = data["energy_unit"]
    for name, part in data["components"].items():
        what = ""
        if UNITS[unit].per_joule is None:
            what = f"is in mW, and energy_unit is {unit}, no part of a joule: say energies in pJ"
        elif "clock_mhz" not in data:
            what = "is spent in time, and no clock_mhz says how long a cycle takes"
        if what and part.get(KEY):
            yield document.problem(("components", name, KEY), what, at_key=True)
    if "clock_energy" in data and CLOCK in data["components"]:
        what = "is what reports call the one that spends clock_energy: use another name"
        yield document.problem(("components", CLOCK), what, at_key=True)
