"""A problem whose windows do not overlap to the same problem of a matrix product, written anew.

Along an axis where no two positions touch the same element, positions may as well be images, and
filter elements channels, of the side that the window is not on. It is what the mapper is to see in
it; the code is not the mapper's.
"""

from dataclasses import replace
from itertools import product
from math import prod

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.dataflow import Constraint, Dataflow
from hwsim.vocabulary import INPUTS, OUTPUTS
from hwsim.workload.layer import Layer

#: By the dimension that is left, those that become it.
Classes = dict[str, tuple[str, ...]]


def each_as_one(chip: Architecture, layer: Layer) -> list[tuple[Architecture, Layer]]:
    """The problem with all positions as images, and all that is summed as channels; one for each
    way to read the dataflow's orders, which may give what becomes one several parts.
    """
    became, one = places(layer), as_one(layer)
    rules = chip.dataflow.constraints
    choices = product(*(_read(rule, became) for rule in rules.values()))
    flows = (
        Dataflow(name="as one", constraints=dict(zip(rules, choice, strict=True)))
        for choice in choices
    )
    return [(replace(chip, dataflow=flow), one) for flow in flows]


def classes(layer: Layer) -> Classes:
    """What becomes one: by the dimension that is left, in the order of the nest."""
    side = INPUTS if any(rank.slides for rank in layer.tensors[INPUTS]) else OUTPUTS
    summed = "C" if side == INPUTS else "M"
    became = {name: [name] for name in "NGMC"}
    for rank in layer.tensors[side]:
        if len(rank.terms) == 1:
            continue
        (position, stride), (tap, dilation) = rank.terms
        touched = [
            stride * p + dilation * r
            for p in range(layer.bounds[position])
            for r in range(layer.bounds[tap])
        ]
        if len(set(touched)) == len(touched):
            became["N"].append(position)
            became[summed].append(tap)
        else:
            became |= {position: [position], tap: [tap]}
    return {name: tuple(names) for name, names in became.items()}


def places(layer: Layer) -> Classes:
    """What places each dimension that is left may take: of filter elements that no window slides
    over, what is summed may, also where they are outputs of a transposed convolution.
    """
    became = classes(layer)
    taps = [name for names in became.values() for name in names if name in "RS" and len(names) > 1]
    own = {
        name: tuple(each for each in names if each not in taps) for name, names in became.items()
    }
    return own | {"C": (*own["C"], *taps)}


def as_one(layer: Layer) -> Layer:
    """The layer with all positions as images, and all that is summed as channels."""
    bounds = dict.fromkeys(layer.bounds, 1)
    for name, names in classes(layer).items():
        bounds[name] = prod(layer.bounds[each] for each in names)
    return replace(layer, bounds=bounds)


def _read(rule: Constraint, became: Classes) -> set[Constraint]:
    """The constraint in the dimensions that are left, for each of their possible parts in it."""
    here = {
        name: [each for each in names if each in rule.dimensions] for name, names in became.items()
    }
    here = {name: names for name, names in here.items() if names}
    found = set()
    for parts in product(*here.values()):
        called = dict(zip(parts, here, strict=True))
        found.add(
            Constraint(
                dimensions=tuple(here),
                innermost=tuple(called[each] for each in rule.innermost if each in called),
                order=None
                if rule.order is None
                else tuple(called[each] for each in rule.order if each in called),
            )
        )
    return found


def labelled(layer: Layer) -> dict[str, str]:
    """What a nest of the layer calls the dimensions that are left."""
    moving = {
        name: "".join(each for each in names if layer.bounds[each] > 1)
        for name, names in classes(layer).items()
    }
    return {name: label or name for name, label in moving.items()}
