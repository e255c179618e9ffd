"""A mapping document to the nests that it gives the layers of a network on an architecture."""

from collections.abc import Iterable

from hwsim.architecture.architecture import Architecture
from hwsim.mapping.fit import Misfit, misfits
from hwsim.mapping.mapping import Mapping
from hwsim.mapping.nest import Nest, nest
from hwsim.meant import closest
from hwsim.specification import Document, Problem, SpecificationError
from hwsim.workload.network import Network

#: The key of what bypasses a storage, beside the dimensions of the loops there.
BYPASS = "bypass"


def build(document: Document) -> Mapping:
    """The mapping that the document gives."""
    layers = document.data["layers"]
    return Mapping(
        name=document.name,
        tiles={
            layer: {
                place: {name: tile for name, tile in here.items() if name != BYPASS}
                for place, here in places.items()
            }
            for layer, places in layers.items()
        },
        bypassed={
            layer: {
                place: tuple(here[BYPASS]) for place, here in places.items() if here.get(BYPASS)
            }
            for layer, places in layers.items()
        },
        document=document,
    )


def nests(mapping: Mapping, architecture: Architecture, network: Network) -> dict[str, Nest]:
    """The nest of each layer that the mapping names.

    Raises `SpecificationError` with every layer and place that does not exist, every loop that is
    missing, and every storage and axis that overflows.
    """
    problems = list[Problem]()
    result = dict[str, Nest]()
    layers = {layer.name: layer for layer in network.layers}
    places = tuple(place.name for place in architecture.places)
    for name, tiles in mapping.tiles.items():
        if name not in layers:
            what = f"{network.name} has no priced layer '{name}'"
            problems.append(_unknown(mapping, ("layers", name), what, layers))
            continue
        unknown = [place for place in tiles if place not in places]
        for place in unknown:
            what = f"{architecture.name} has no place '{place}'"
            problems.append(_unknown(mapping, ("layers", name, place), what, places))
        bypassed = {at: some for at, some in mapping.bypassed[name].items() if at in places}
        result[name] = nest(places, tiles, bypassed)
        lost = frozenset(dimension for place in unknown for dimension in tiles[place])
        for misfit in misfits(architecture, layers[name], result[name], lost):
            what, at_key = misfit.what, not (misfit.at_tile or misfit.tensor)
            path = _path(mapping, name, misfit)
            problems.append(mapping.document.problem(path, what, at_key=at_key))
    if problems:
        raise SpecificationError(problems)
    return result


def _path(mapping: Mapping, layer: str, misfit: Misfit) -> tuple[str | int, ...]:
    """Where the document says what does not fit."""
    if misfit.place and misfit.tensor:
        index = mapping.bypassed[layer][misfit.place].index(misfit.tensor)
        return ("layers", layer, misfit.place, BYPASS, index)
    return tuple(part for part in ("layers", layer, misfit.place, misfit.dimension) if part)


def _unknown(mapping: Mapping, path: tuple[str, ...], what: str, known: Iterable[str]) -> Problem:
    return mapping.document.problem(path, what, closest(path[-1], known), at_key=True)
