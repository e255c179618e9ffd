"""Areas of an architecture to a line: in all, by component, and which are not said."""

from fractions import Fraction

from hwsim.architecture.architecture import Architecture


def area(architecture: Architecture) -> str:
    """The area in all and of each component, the largest first; nothing where none is said."""
    areas = architecture.areas
    if not areas:
        return ""
    ordered = sorted(areas, key=areas.__getitem__, reverse=True)
    each = ", ".join(f"{name} {_number(areas[name])}" for name in ordered)
    whole = f"{_number(sum(areas.values(), Fraction(0)))} mm2"
    unsaid = architecture.without_area
    return f"{whole}: {each}" + (f"; not said of {', '.join(unsaid)}" if unsaid else "")


def _number(mm2: Fraction) -> str:
    return f"{float(mm2):.4g}"
