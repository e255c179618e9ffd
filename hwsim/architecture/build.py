"""An architecture document to the architecture that it declares, or all that is wrong with it."""

from typing import Any

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.check import problems
from hwsim.architecture.components import (
    Array,
    Charging,
    Compartment,
    Component,
    Compute,
    Network,
    Storage,
)
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.architecture.graph import inwards
from hwsim.specification import Document, SpecificationError
from hwsim.vocabulary import TENSORS

STORAGE_CHARGING = ("fills", "first_reads", "drains")


def build(document: Document) -> Architecture:
    """The architecture; raises `SpecificationError` with every problem of the document."""
    found = problems(document)
    if found:
        raise SpecificationError(found)
    data = document.data
    return Architecture(
        name=data["name"],
        title=data.get("title", data["name"]),
        source=data.get("source", ""),
        energy_unit=data["energy_unit"],
        clock_mhz=data.get("clock_mhz"),
        charge_by=data["charging"]["by"],
        operands=data["charging"].get("operands", "every_mac"),
        components={
            name: _component(name, data["components"][name], data)
            for name in inwards(data["components"], data["routes"])
        },
        routes={tensor: tuple(data["routes"][tensor]) for tensor in TENSORS},
        dataflow=_dataflow(data.get("dataflow", {})),
    )


def _component(name: str, part: dict[str, Any], data: dict[str, Any]) -> Component:
    match part["kind"]:
        case "storage":
            return _storage(name, part, data)
        case "network":
            energy = part.get("energy", {})
            return Network(
                name=name,
                deliver_energy=energy.get("deliver", 0),
                collect_energy=energy.get("collect", 0),
                reduce_energy=energy.get("reduce", 0),
                bandwidth_words_per_cycle=part.get("bandwidth_words_per_cycle"),
                word_bits=_word_bits(part, data),
                formats=_declared(part, "formats"),
                zeros=_declared(part, "zeros"),
            )
        case "array":
            return Array(
                name=name,
                axes=dict(part["axes"]),
                multicast=tuple(part.get("multicast", TENSORS)),
                reduces_along=tuple(part.get("reduces_along", ())),
            )
        case _:
            return Compute(
                name=name,
                energy=part["energy"]["compute"],
                word_bits=_word_bits(part, data),
                energy_by_bits=part.get("energy_by_bits", "product"),
                zeros=_declared(part, "zeros"),
            )


def _declared(part: dict[str, Any], key: str) -> dict[str, Any]:
    """Of each tensor what the key says, unless that is as good as nothing."""
    said = part.get(key, {}).items()
    return {tensor: value for tensor, value in said if value not in ("none", "nothing")}


def _word_bits(part: dict[str, Any], data: dict[str, Any]) -> int:
    """The component's own width of a word, or the file's."""
    bits: int = part.get("word_bits", data.get("word_bits", 16))
    return bits


def _storage(name: str, part: dict[str, Any], data: dict[str, Any]) -> Storage:
    word_bits = _word_bits(part, data)
    defaults = {key: data["charging"][key] for key in STORAGE_CHARGING if key in data["charging"]}
    return Storage(
        name=name,
        compartments=_compartments(part, word_bits),
        word_bits=word_bits,
        read_energy=part["energy"]["read"],
        write_energy=part["energy"]["write"],
        bandwidth_words_per_cycle=part.get("bandwidth_words_per_cycle"),
        charging=Charging(**(defaults | part.get("charging", {}))),
        may_bypass=tuple(part.get("may_bypass", ())),
        formats=_declared(part, "formats"),
        zeros=_declared(part, "zeros"),
    )


def _compartments(part: dict[str, Any], word_bits: int) -> tuple[Compartment, ...]:
    """One compartment that all tensors share, or one for each where the capacity is split."""
    holds = tuple(part["holds"])
    in_bytes = "capacity_bytes" in part
    capacity = part.get("capacity_bytes" if in_bytes else "capacity_words")

    def words(amount: int | None) -> int | None:
        return amount * 8 // word_bits if in_bytes and amount is not None else amount

    if isinstance(capacity, dict):
        return tuple(
            Compartment(tensors=(tensor,), capacity_words=words(capacity[tensor]))
            for tensor in holds
        )
    return (Compartment(tensors=holds, capacity_words=words(capacity)),)


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
