"""Figures that an estimator gave, or scaled, to lines that say so, and how far to trust them."""

from collections.abc import Iterable, Iterator, Mapping

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.derived import Derived
from hwsim.estimators import AREA, LEAKAGE, Value
from hwsim.specification.diagnostics import printable

HEAD = "# Figures that are estimated, or change with what they follow:"
#: Of what is no energy.
UNITS = {AREA: " mm2", LEAKAGE: " mW"}


def estimated(architecture: Architecture) -> str:
    """Which figures are estimated, and how widely estimators differ; nothing where none is.

    Figures of the file that hold as they are, are not.
    """
    told: dict[tuple[str, str], list[str]] = {}
    for one in architecture.derived:
        if not one.as_said:
            how = f"{one.estimator}{_within(one)}{_beyond(one)}"
            told.setdefault((one.component, how), []).append(_told(one))
    each = (f"{name} {', '.join(actions)}: {how}" for (name, how), actions in told.items())
    return "; ".join(each)


def range_warnings(architecture: Architecture) -> Iterator[str]:
    """A line on each component with figures that are estimated where no estimator is made for.

    Energies of a component that are outside alike share a line.
    """
    told = {
        (f"components.{one.component}.{one.key}", one.estimator, one.outside): None
        for one in architecture.derived
        if one.outside
    }
    for where, estimator, outside in told:
        yield f"{where}: outside the range of {estimator}: {'; '.join(outside)}"


def origins(derived: Iterable[Derived]) -> str:
    """Of every derived figure the formula or table, inputs, source, range and spread, as comments
    of YAML.
    """
    lines = [line for one in derived for line in ("", *_origin(one))]
    if not lines:
        return ""
    comments = (f"# {printable(line)}".rstrip() for line in lines)
    return "\n".join(["", HEAD, *comments]) + "\n"


def _told(one: Derived) -> str:
    return f"{one.action} {one.value:.3g}{UNITS.get(one.action, '')}"


def _origin(one: Derived) -> Iterator[str]:
    estimate = one.estimate
    yield f"{one.path}: {one.value:{'g' if one.as_said else '.3g'}}"
    if one.figure is not None:
        yield f"  figure   {one.figure:g}, which holds at {_listed(one.at)}"
    if one.as_said:
        yield "  factor   1: this is how the component is"
    else:
        factor = f"{float(one.factor):g}: it is at " if one.figure is not None else ""
        yield f"  {'factor' if factor else 'inputs'}   {factor}{_listed(one.properties)}"
    yield f"  law      {one.estimator}: {estimate.formula}"
    yield f"  source   {estimate.source}"
    ranges = (_range(name, *ends) for name, ends in estimate.valid.items())
    yield f"  range    {', '.join(ranges) or 'none is said'}"
    yield f"  spread   {_spread(one)}"
    if one.outside:
        yield f"  outside  {'; '.join(one.outside)}"


def _range(name: str, low: float, high: float) -> str:
    return f"{name} {low:.10g}" + (f" to {high:.10g}" if low != high else "")


def _spread(one: Derived) -> str:
    if one.estimate.spread is None:
        return "not known"
    basis = f": {one.estimate.basis}" if one.estimate.basis else ""
    return f"within a factor of {one.estimate.spread:.3g}{basis}"


def _within(one: Derived) -> str:
    spread = one.estimate.spread
    return ", spread not known" if spread is None else f", within a factor of {spread:.3g}"


def _beyond(one: Derived) -> str:
    return ", outside its range" if one.outside else ""


def _listed(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "anything"
