"""A dataflow in the dimensions of a merged layer: its loops run wherever what they stand for may.

A dimension that stands for several may run at a place where one of them may, in the part that this
one has in the order there. Where they have different parts, each is a dataflow of its own.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.workload.layer import Layer


def merging(architecture: Architecture, layer: Layer) -> Iterator[Architecture]:
    """The architecture with its dataflow in the layer's dimensions, for each part they may have."""
    if not layer.stands_for:
        yield architecture
        return
    flow = architecture.dataflow
    rules = [_rules(rule, layer) for rule in flow.constraints.values()]
    for choice in product(*rules):
        constraints = dict(zip(flow.constraints, choice, strict=True))
        yield replace(architecture, dataflow=Dataflow(name=flow.name, constraints=constraints))


def _rules(rule: Constraint, layer: Layer) -> tuple[Constraint, ...]:
    """The constraint in the layer's dimensions, for each part in the order that one can have."""
    parts = {
        name: [one for one in layer.merges(name) if one in rule.dimensions] for name in layer.bounds
    }
    here = [name for name, ones in parts.items() if ones]
    choices = product(*(parts[name] for name in here))
    made = (_rule(rule, dict(zip(choice, here, strict=True))) for choice in choices)
    return tuple(dict.fromkeys(made))


def _rule(rule: Constraint, called: dict[str, str]) -> Constraint:
    """The constraint of these dimensions alone, by what they are called."""

    def chosen(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(called[name] for name in names if name in called)

    order = None if rule.order is None else chosen(rule.order)
    return Constraint(
        dimensions=tuple(called.values()), innermost=chosen(rule.innermost), order=order
    )
