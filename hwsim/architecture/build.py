"""An architecture document to the architecture that it declares, or all that is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.charging import EVERY_MAC
from hwsim.architecture.check import problems
from hwsim.architecture.components import COMPONENT_KINDS, Component
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.architecture.energies import worked_out
from hwsim.architecture.graph import inwards
from hwsim.estimators import AREA, LEAKAGE, Estimator
from hwsim.specification import Document, SpecificationError
from hwsim.vocabulary import TENSORS


def build(document: Document, estimators: Iterable[Estimator] = ()) -> Architecture:
    """The architecture; raises `SpecificationError` with every problem of the document.

    `estimators` are known by their names, beside those that are shipped or installed.
    """
    priced = worked_out(document, estimators)
    found = [*problems(document), *priced.problems]
    if found:
        raise SpecificationError(found)
    data = document.data
    return Architecture(
        name=data["name"],
        title=data.get("title", data["name"]),
        source=data.get("source", ""),
        energy_unit=data["energy_unit"],
        clock_mhz=data.get("clock_mhz"),
        clock_energy=data.get("clock_energy", 0),
        charge_by=data["charging"]["by"],
        operands=data["charging"].get("operands", EVERY_MAC),
        components={
            name: _component(name, priced.numbers.get(name, {}), data)
            for name in inwards(data["components"], data["routes"])
        },
        routes={tensor: tuple(data["routes"][tensor]) for tensor in TENSORS},
        dataflow=_dataflow(data.get("dataflow", {})),
        derived=priced.derived,
        declared=data,
    )


def _component(name: str, numbers: Mapping[str, float], data: dict[str, Any]) -> Component:
    """The component, with these numbers for its energies, its area and its leakage."""
    part = data["components"][name]
    declared = COMPONENT_KINDS[part["kind"]].declared(name, {**part, "energy": numbers}, data)
    return replace(declared, area_mm2=numbers.get(AREA), leakage_mw=numbers.get(LEAKAGE))


def _dataflow(data: dict[str, Any]) -> Dataflow:
    places = data.get("temporal", {}) | data.get("spatial", {})
    return Dataflow(
        name=data.get("name", "none declared"),
        constraints={
            place: Constraint(
                dimensions=tuple(rule["dimensions"]),
                innermost=tuple(rule.get("innermost", ())),
                order=tuple(rule["order"]) if "order" in rule else None,
                if_needed=tuple(
                    name for name in rule.get("if_needed", ()) if name not in rule["dimensions"]
                ),
            )
            for place, rule in places.items()
        },
    )
