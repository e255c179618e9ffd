"""Numbers to what people read."""

from fractions import Fraction

#: From 10^-18 to 10^24, in steps of 1000.
PREFIXES = ("a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y")
DASH = "-"


def si(number: int | float | Fraction, unit: str = "") -> str:
    """Four digits, an SI prefix and the unit; small integers as they are.

    >>> si(724_406_816), si(12), si(Fraction(1, 8), "J"), si(999_950), si(0, "J")
    ('724.4 M', '12', '125.0 mJ', '1.000 M', '0 J')
    """
    exact = Fraction(number)
    if exact.denominator == 1 and abs(exact) < 1000:
        return f"{exact} {unit}".rstrip()
    scaled, step = float(exact), PREFIXES.index("")
    while float(f"{abs(scaled):.4g}") >= 1000 and step < len(PREFIXES) - 1:
        scaled, step = scaled / 1000, step + 1
    while float(f"{abs(scaled):.4g}") < 1 and step > 0:
        scaled, step = scaled * 1000, step - 1
    whole_digits = len(f"{abs(scaled):.4g}".partition(".")[0])
    return f"{scaled:.{max(0, 4 - whole_digits)}f} {PREFIXES[step]}{unit}".rstrip()


def percent(part: Fraction | float, whole: Fraction | float = 1) -> str:
    """A part in per cent of the whole; a dash when it is nothing at all.

    >>> percent(Fraction(1, 3)), percent(0, 7)
    ('33.3', '-')
    """
    return f"{float(100 * part / whole):.1f}" if part else DASH
