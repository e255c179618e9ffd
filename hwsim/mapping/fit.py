"""A nest on an architecture: what does not fit, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, prod

from hwsim.architecture.architecture import Architecture
from hwsim.architecture.bypass import bypassing
from hwsim.architecture.components import Compartment, Storage
from hwsim.architecture.place import Place
from hwsim.mapping.nest import Loop, Nest, run_by
from hwsim.sparsity.width import held_bits
from hwsim.workload.layer import Layer
from hwsim.workload.merge import classes
from hwsim.workload.span import distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """What does not fit at `place`, at the loop over `dimension` if one is to blame.

    `place` is None where no place is to blame; `at_tile` says that the loop's tile is wrong,
    `tensor` is one that cannot bypass the place.
    """

    place: str | None
    dimension: str | None
    what: str
    at_tile: bool = False
    tensor: str | None = None


def misfits(
    architecture: Architecture, layer: Layer, nest: Nest, lost: frozenset[str] = frozenset()
) -> list[Misfit]:
    """Return all that keeps the architecture from running the nest.

    Loops over the dimensions `lost` are missing from the nest, and nobody knows where they stand.
    What may fit with them is not called a misfit.
    """
    left, run = bypassing(architecture, nest.bypassed), run_by(nest, layer)
    if any(loop.dimension not in run.bounds for loop in nest.loops):
        return list(_unknown(layer, run, nest))
    layer = run
    return [
        *_not_open(architecture, nest),
        *_unfinished(layer, nest, lost),
        *_growing(nest),
        *_off_axes(architecture, layer, nest, lost),
        *_overflows(left, layer, nest, lost),
    ]


def _not_open(architecture: Architecture, nest: Nest) -> Iterator[Misfit]:
    """Tensors that bypass where the architecture does not let them."""
    for place, tensors in nest.bypassed.items():
        part = architecture.components.get(place)
        for tensor in tensors:
            if not isinstance(part, Storage):
                what = f"{place} is no storage: nothing can bypass it"
            elif tensor not in part.holds:
                what = f"{place} does not hold {tensor}, which bypass it in any case"
            elif tensor not in part.may_bypass:
                named = ", ".join(part.may_bypass) or "nothing"
                what = f"{tensor} may not bypass {place}: its may_bypass names {named}"
            else:
                continue
            yield Misfit(place=place, dimension=None, tensor=tensor, what=what)


def _unknown(layer: Layer, run: Layer, nest: Nest) -> Iterator[Misfit]:
    """Loops over dimensions that the layer does not have as the nest runs it."""
    own = ", ".join(each.label for each in classes(layer) if len(each.label) > 1) or "none"
    for loop in nest.loops:
        if loop.dimension in run.bounds:
            continue
        if loop.dimension in layer.bounds:
            what = f"{loop.dimension} runs in a loop over several dimensions already"
        else:
            what = f"{layer.name} has no such dimension; of several at a time it has {own}"
        yield Misfit(place=loop.place, dimension=loop.dimension, what=what)


def words_needed(layer: Layer, tensor: str, tiles: dict[str, int]) -> int:
    """Elements of a tensor that a tile touches."""
    return prod(distinct(rank.terms, tiles) for rank in layer.tensors[tensor])


def words_taken(
    architecture: Architecture,
    storage: Storage,
    part: Compartment,
    layer: Layer,
    tiles: dict[str, int],
) -> dict[str, Fraction]:
    """Return the words of the storage that each tensor takes.

    A tensor that lives there takes room for all of it, another one for a tile of these extents.
    Values that are narrow or encoded take less than a word each.
    """
    whole = dict(layer.bounds)
    held = {
        tensor: whole if architecture.lives_in(tensor, storage.name) else tiles
        for tensor in part.tensors
    }
    return {
        tensor: words_needed(layer, tensor, extents)
        * held_bits(storage, layer, tensor)
        / storage.word_bits
        for tensor, extents in held.items()
    }


def _left(layer: Layer, nest: Nest) -> dict[str, int]:
    """The tiles of more than one iteration that the innermost loops leave, by dimension."""
    tiles = nest.tiles(layer.bounds, len(nest.loops_at))
    return {dimension: tile for dimension, tile in tiles.items() if tile > 1}


def _unfinished(layer: Layer, nest: Nest, lost: frozenset[str]) -> Iterator[Misfit]:
    looped = {loop.dimension: loop for loop in nest.loops}
    for dimension, tile in _left(layer, nest).items():
        if dimension in lost:
            continue
        if dimension in looped:
            what = f"the innermost loop over {dimension} leaves tiles of {tile}, not of 1"
            place = looped[dimension].place
            yield Misfit(place=place, dimension=dimension, what=what, at_tile=True)
        else:
            what = f"no loop over {dimension}, whose extent is {tile}"
            yield Misfit(place=None, dimension=None, what=what)


def _growing(nest: Nest) -> Iterator[Misfit]:
    """Tiles that are larger than the tile of the loop that encloses them."""
    outer = dict[str, Loop]()
    for loop in nest.loops:
        around = outer.get(loop.dimension)
        if around and loop.tile > around.tile:
            what = f"a tile of {loop.tile} inside the tiles of {around.tile} at {around.place}"
            yield Misfit(place=loop.place, dimension=loop.dimension, what=what, at_tile=True)
        outer[loop.dimension] = loop


def _off_axes(
    architecture: Architecture, layer: Layer, nest: Nest, lost: frozenset[str]
) -> Iterator[Misfit]:
    """Axes with fewer instances than their loops need, and axes that do not add up sums that do."""
    tiles = dict(layer.bounds)
    for place in architecture.places:
        counts = dict[str, int]()
        for loop in nest.loops_at[place.name]:
            if loop.dimension not in lost:
                counts[loop.dimension] = -(-tiles[loop.dimension] // loop.tile)
            tiles[loop.dimension] = min(tiles[loop.dimension], loop.tile)
        if place.spatial:
            yield from _axis_misfits(place, counts, layer.summed)


def _axis_misfits(place: Place, counts: dict[str, int], summed: frozenset[str]) -> Iterator[Misfit]:
    needed = prod(counts.values())
    if place.size is not None and needed > place.size:
        factors = " x ".join(f"{dimension} {number}" for dimension, number in counts.items())
        what = f"needs {needed} instances ({factors}), but has {place.size}"
        yield Misfit(place=place.name, dimension=None, what=what)
    for dimension, number in counts.items():
        if dimension in summed and number > 1 and not place.reduces:
            what = f"sums over {dimension}, but partial sums are not added up along {place.name}"
            yield Misfit(place=place.name, dimension=dimension, what=what)


def _overflows(
    architecture: Architecture, layer: Layer, nest: Nest, lost: frozenset[str]
) -> Iterator[Misfit]:
    """Compartments that are too small for their tiles, wherever the lost loops stand."""
    missing = dict.fromkeys({*_left(layer, nest), *lost}, 1)
    for storage in architecture.storages:
        tiles = nest.tiles(layer.bounds, architecture.position(storage.name)) | missing
        for part in storage.compartments:
            what = overflow(architecture, storage, part, layer, tiles)
            if what:
                yield Misfit(place=storage.name, dimension=None, what=what)


def overflow(
    architecture: Architecture,
    storage: Storage,
    part: Compartment,
    layer: Layer,
    tiles: dict[str, int],
) -> str | None:
    """Which tensors overflow the compartment with these tiles, and by how much; None if none do."""
    if part.capacity_words is None:
        return None
    needs = words_taken(architecture, storage, part, layer, tiles)
    missing = ceil(sum(needs.values()) - part.capacity_words)
    if missing <= 0:
        return None
    tensors = " + ".join(f"{tensor} {ceil(words)}" for tensor, words in needs.items())
    home = [tensor for tensor in needs if architecture.lives_in(tensor, storage.name)]
    whole = (
        f"; the routes of {' and '.join(home)} begin there, so it has to hold all of them: give it "
        "room, or let them begin further out"
    )
    return (
        f"{storage.name} overflows by {_words(missing)}: {tensors} do not fit into "
        f"{_words(part.capacity_words)} of {storage.word_bits} bits{whole if home else ''}"
    )


def _words(number: int) -> str:
    return "1 word" if number == 1 else f"{number} words"
