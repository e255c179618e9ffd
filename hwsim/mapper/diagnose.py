"""Why no mapping fits: what each storage and axis needs at the very least, against what it has."""

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.bypass import bypassing, open_bypasses
from hwsim.architecture.place import Place
from hwsim.mapper.errors import NoMapping
from hwsim.mapper.merging import merging
from hwsim.mapper.places import allowed
from hwsim.mapping.fit import overflow
from hwsim.workload.layer import Layer
from hwsim.workload.merge import merged

#: For each dimension, its least extent at the entrance of each place.
LeastExtents = dict[str, list[int]]


def unmapped(architecture: Architecture, layer: Layer) -> NoMapping:
    """Why the layer has no mapping, with all that its dataflow gives to layers that need it."""
    *_, widest = architecture.dataflow.relaxed
    spelt = merged(layer)
    chip = next(merging(replace(architecture, dataflow=widest), spelt))
    return NoMapping({layer.name: reasons(bypassing(chip, open_bypasses(chip)), spelt)})


def reasons(architecture: Architecture, layer: Layer) -> tuple[str, ...]:
    """Every place that is too small on its own, or else that they are so together."""
    if not architecture.dataflow.constraints:
        return (f"{architecture.name} declares no dataflow to derive a mapping under: give one",)
    lost = tuple(_without_place(architecture, layer))
    if lost:
        return lost
    least = {name: _least_extents(architecture, layer, name) for name in layer.bounds}
    alone = (
        *_small_axes(architecture, layer),
        *_small_storages(architecture, layer, least),
    )
    dataflow = architecture.dataflow.name
    together = f"each storage and axis suffices alone, but not all at once under {dataflow}"
    return alone or (together,)


def _without_place(architecture: Architecture, layer: Layer) -> Iterator[str]:
    """Dimensions that the dataflow gives no place, or only axes that are too short."""
    for name, bound in layer.bounds.items():
        places = [architecture.places[at] for at in allowed(architecture, layer, name)]
        if bound > 1 and not places:
            yield (
                f"the {architecture.dataflow.name} dataflow has no place for a loop over {name}, "
                f"whose extent is {bound}"
            )
        elif all(place.spatial for place in places) and bound > _instances(places):
            axes = " and ".join(place.name for place in places)
            yield (
                f"{axes}: needs {bound} instances for {name}, which may run nowhere else, has "
                f"{_instances(places)}"
            )


def _instances(places: list[Place]) -> int:
    return prod(place.size or 1 for place in places)


def _least_extents(architecture: Architecture, layer: Layer, name: str) -> list[int]:
    """The least extent of the dimension at the entrance of each place, whatever the capacities."""
    bound = layer.bounds[name]
    places = allowed(architecture, layer, name) if bound > 1 else ()
    extents = [bound]
    for at in places:
        extents.append(-(-extents[-1] // (architecture.places[at].size or bound)))
    return [
        extents[sum(at < place for at in places)] for place in range(len(architecture.places) + 1)
    ]


def _small_axes(architecture: Architecture, layer: Layer) -> Iterator[str]:
    """Axes along which dimensions that have no other place need more instances together."""
    for at, place in enumerate(architecture.places):
        only = [
            name
            for name, bound in layer.bounds.items()
            if bound > 1 and allowed(architecture, layer, name) == (at,)
        ]
        needed = prod(layer.bounds[name] for name in only)
        if place.size is not None and needed > place.size:
            factors = " x ".join(f"{name} {layer.bounds[name]}" for name in only)
            yield f"{place.name}: needs at least {needed} instances ({factors}), has {place.size}"


def _small_storages(architecture: Architecture, layer: Layer, least: LeastExtents) -> Iterator[str]:
    for storage in architecture.storages:
        tiles = {name: of[architecture.position(storage.name)] for name, of in least.items()}
        for part in storage.compartments:
            what = overflow(architecture, storage, part, layer, tiles)
            if what:
                yield f"with the least tiles, {what}"
