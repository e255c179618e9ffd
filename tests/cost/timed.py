"""Components that say how long things take: bandwidths, buffers, pipelines, arrays that hand on."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from hwsim.architecture.components import Array, Bandwidth, Component, Compute, Mover, Storage

#: Words a cycle, exact in decimal.
RATES = st.sampled_from([Fraction(1, 4), Fraction(7, 10), Fraction(1), Fraction(3), Fraction(50)])


@st.composite
def bandwidths(draw: st.DrawFn) -> Bandwidth:
    """Unlimited, shared by reads and writes, apart, or apart with a limit of their sum."""
    read, write, both = (draw(st.one_of(st.none(), RATES)) for _ in range(3))
    return Bandwidth(read=read, write=write, both=both)


@st.composite
def timed(draw: st.DrawFn, part: Component, *, home: bool = False) -> Component:
    """The component, with some of what it may say of time; a `home` has no buffers."""
    match part:
        case Storage():
            buffers = None if home else draw(st.sampled_from([None, 1, 1, 2]))
            return replace(part, bandwidth=draw(bandwidths()), buffers=buffers)
        case Mover():
            return replace(part, bandwidth=draw(bandwidths()))
        case Array():
            skews = {axis: draw(st.integers(0, 2)) for axis in part.axes}
            return replace(part, skew_cycles=skews)
        case Compute():
            each, more = draw(st.integers(1, 3)), draw(st.integers(0, 4))
            return replace(part, cycles_per_mac=each, latency_cycles=each + more)
        case _:
            raise AssertionError(part)
