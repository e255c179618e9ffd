"""Memories and multiply-accumulates by hwcomponents: an action to the models of its packages.

They need Python 3.12, and the CACTI that comes with them a C library of 2023 (glibc 2.38). They are
imported when something is asked of them.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final

from hwsim.estimators.estimate import (
    ACCUMULATOR_BITS,
    AREA,
    CACTI_NODES,
    LEAKAGE,
    Action,
    CannotEstimate,
    Estimate,
    NotInstalled,
)

CACTI: Final = "hwcomponents_cacti"
LIBRARY: Final = "hwcomponents_library"
PYTHON: Final = (3, 12)
#: Metres of a nm; pJ, mm2 and mW of what models say, in J, m2 and W.
NM: Final = 1e-9
UNITS: Final = {AREA: 1e6, LEAKAGE: 1e3}
PJ: Final = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class HwModel:
    """A class of a package of hwcomponents: what it is made with, and what a word's share is."""

    package: str
    name: str
    made_with: tuple[tuple[str, Any], ...]
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hwcomponents:
    """The estimator: storages with and without a capacity, and integer multiply-accumulates."""

    name: str = "hwcomponents"
    unit: str = "pJ"
    takes: tuple[str, ...] = (
        "technology_nm",
        "capacity_bytes",
        "access_bits",
        "banks",
        "ports",
        "dram",
    )
    cancels: Mapping[str, float] = field(default_factory=dict)

    def estimate(self, action: Action) -> Estimate:
        """What the model says of the component."""
        model = _model(action)
        made = _made(model)
        if action.of_a_word:
            value = float(getattr(made, action.name)().energy) * PJ * model.share
        else:
            value = float(made.area if action.name == AREA else made.leak_power)
            value *= UNITS[action.name]
        package = model.package.replace("_", "-")
        says = ", ".join(f"{name} {it:g}" for name, it in model.made_with)
        return Estimate(
            value=value,
            formula=f"{model.name} of {says}",
            source=f"{package} {version(package)}",
            valid=CACTI_NODES if model.name == "SRAM" else {},
        )


def _model(action: Action) -> HwModel:
    match action.kind:
        case "storage" if "capacity_bytes" in action.properties:
            return _sram(action)
        case "storage" if action.of_a_word:
            return _dram(action)
        case "compute":
            return _mac(action)
        case other:
            raise CannotEstimate(f"has no {action.figure} of such a {other}")


def _sram(action: Action) -> HwModel:
    bits, width = action.number("capacity_bytes") * 8, action.number("access_bits")
    made_with = {
        "tech_node": action.number("technology_nm") * NM,
        "width": width,
        "size": bits,
        "depth": bits / width,
        "n_rw_ports": action.count("ports"),
        "n_banks": action.count("banks"),
    }
    made = tuple(made_with.items())
    return HwModel(package=CACTI, name="SRAM", made_with=made, share=action.share(width))


def _dram(action: Action) -> HwModel:
    width = 2048 if (kind := action.word("dram")).startswith("HBM") else 64
    made = (("width", width),)
    return HwModel(package=CACTI, name=kind, made_with=made, share=action.share(width))


def _mac(action: Action) -> HwModel:
    made_with = {
        "tech_node": action.number("technology_nm") * NM,
        "adder_width": ACCUMULATOR_BITS,
        "multiplier_width": int(action.number("word_bits")),
    }
    return HwModel(package=LIBRARY, name="AladdinIntMAC", made_with=tuple(made_with.items()))


@cache
def _made(model: HwModel) -> Any:
    try:
        package = import_module(model.package)
    except ImportError as error:
        raise NotInstalled(_remedy(error)) from error
    made: Callable[..., Any] | None = getattr(package, model.name, None)
    if made is None:
        raise CannotEstimate(f"has no {model.name} in {model.package}")
    return made(**dict(model.made_with))


def _remedy(error: ImportError) -> str:
    law = "or say sram or aladdin, which need nothing"
    python: tuple[int, int] = sys.version_info[:2]
    if python < PYTHON:
        return f"is not installed: it needs Python 3.12; install 'hwsim[hwcomponents]' there, {law}"
    return f"is not installed ({error}): install 'hwsim[hwcomponents]', {law}"


ESTIMATOR: Final = Hwcomponents()
