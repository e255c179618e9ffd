"""A layer to the same computation in the fewest dimensions: what no window slides over is one.

Where windows do not overlap, as of a linear layer, a pointwise convolution or the patches of a
vision transformer, output rows, columns and images are one thing, positions, each with inputs and
outputs of its own; and filter rows and columns are channels, of outputs in a transposed
convolution. So computations that are equal become the same layer, however they are spelt.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from hwsim.vocabulary import INPUTS, WEIGHTS
from hwsim.workload.layer import Layer, Rank
from hwsim.workload.span import distinct

#: The tensors that are indexed by what is summed, and by no other dimension.
SUMMED = frozenset((WEIGHTS, INPUTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """Dimensions that are one: they index the same tensors, and no window slides over them.

    They are called by those that have more than one iteration. A dataflow that names one of
    `places` lets all of them run there.
    """

    names: tuple[str, ...]
    label: str
    places: tuple[str, ...]


def merged(layer: Layer, joint: Collection[str] | None = None) -> Layer:
    """Return the layer with one dimension for each class, as `PQ` or `NPQ`.

    Where `joint` names some classes, only these are made one, and all other dimensions stay.
    """
    alike = {each.label: each for each in classes(layer)}
    if joint is None:
        return _merged(layer, alike)
    kept = {label: each for label, each in alike.items() if label in joint}
    whole = {name for each in kept.values() for name in each.names}
    apart = {
        name: Class(names=(name,), label=name, places=(name,))
        for name in layer.bounds
        if name not in whole
    }
    return _merged(layer, kept | apart)


def canonical(layer: Layer) -> tuple[Layer, dict[str, str]]:
    """Return the merged layer with its dimensions called the same in all layers that compute the
    same, and what the merged layer calls each of them.

    A dimension has the name of the first of its class: N of all positions, C of all that is summed.
    """
    alike = {each.names[0]: each for each in classes(layer)}
    return _merged(layer, alike), {name: each.label for name, each in alike.items()}


def classes(layer: Layer) -> list[Class]:
    """Return the classes of dimensions that are one; a dimension under a window is a class alone.

    Where no window slides over filter elements, they are summed as channels are. Such a class may
    run where the dataflow places either, however the layer is spelt.
    """
    ranks = _split(layer)
    slides = [rank for of in ranks.values() for rank in of if rank.slides]
    sliding = {name for rank in slides for name in rank.dimensions}
    pairs = [rank.dimensions for of in layer.tensors.values() for rank in of if rank.slides]
    taps = tuple(dict.fromkeys(tap for _, tap in pairs if tap not in sliding))
    together: dict[object, list[str]] = {}
    for name in layer.bounds:
        using = frozenset(
            tensor for tensor, of in ranks.items() if any(name in rank.dimensions for rank in of)
        )
        together.setdefault(name if name in sliding else using, []).append(name)
    return [_class(layer, names, taps, using == SUMMED) for using, names in together.items()]


def _class(layer: Layer, names: list[str], taps: tuple[str, ...], summed: bool) -> Class:
    moving = [name for name in names if layer.bounds[name] > 1]
    own = tuple(name for name in names if name not in taps) or tuple(names)
    places = (*own, *taps) if summed else own
    return Class(names=tuple(names), label="".join(moving) or names[0], places=places)


def _merged(layer: Layer, called: Mapping[str, Class]) -> Layer:
    """The layer with these classes, by what they are called."""
    if all(len(each.names) == 1 for each in called.values()):
        return layer
    order = list(layer.bounds)
    kept = {name: label for label, each in called.items() for name in each.names}
    return replace(
        layer,
        bounds={
            label: prod(layer.bounds[name] for name in called[label].names)
            for label in sorted(called, key=lambda label: order.index(label[0]))
        },
        tensors={tensor: tuple(_renamed(of, kept)) for tensor, of in _split(layer).items()},
        stands_for={
            label: each.places for label, each in called.items() if each.places != (label,)
        },
    )


def _split(layer: Layer) -> dict[str, tuple[Rank, ...]]:
    """The ranks of each tensor, each that no window slides along as ranks of single dimensions."""
    return {
        tensor: tuple(part for rank in ranks for part in _parts(rank, layer))
        for tensor, ranks in layer.tensors.items()
    }


def _parts(rank: Rank, layer: Layer) -> Iterator[Rank]:
    """Yield a rank for each dimension, if every iteration touches an index of its own.

    A rank with padding stays whole: where the padding lies is known of both dimensions together.
    """
    iterations = prod(layer.bounds[name] for name in rank.dimensions)
    padded = any(name in layer.maps for name in rank.dimensions)
    if not rank.slides or padded or distinct(rank.terms, layer.bounds) < iterations:
        yield rank
    else:
        yield from (Rank(terms=((name, 1),)) for name in rank.dimensions)


def _renamed(ranks: Collection[Rank], kept: Mapping[str, str]) -> Iterator[Rank]:
    """The ranks by what their dimensions are called, those of a class once."""
    yield from (rank for rank in ranks if rank.slides)
    names = dict.fromkeys(kept[rank.dimensions[0]] for rank in ranks if not rank.slides)
    yield from (Rank(terms=((name, 1),)) for name in names)
