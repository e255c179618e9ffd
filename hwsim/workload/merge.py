"""A layer to the same computation in the fewest dimensions: what no window slides over is one.

Where windows of the input do not overlap, as of a linear layer, a pointwise convolution or the
patches of a vision transformer, output rows, columns and images are one thing, positions, each with
inputs and outputs of its own; and filter rows and columns are channels. So computations that are
equal become the same layer, however they are spelt.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from math import prod

from hwsim.workload.layer import Layer, Rank
from hwsim.workload.span import distinct


def merged(layer: Layer) -> Layer:
    """The layer with one dimension for all that index the same tensors and slide along no window.

    It is called by those of them that have more than one iteration, as `PQ` or `NPQ`; a linear
    layer's are what they were.
    """
    return _merged(layer, labels(layer))


def canonical(layer: Layer) -> Layer:
    """The merged layer with dimensions called the same in all that compute the same, by the first
    that each `stands_for`: N of all positions, C of all that is summed.
    """
    return _merged(layer, {names[0]: names[0] for names in _classes(layer, _split(layer))})


def labels(layer: Layer) -> dict[str, str]:
    """What the dimensions of the canonical layer are called in the merged one."""
    called = {}
    for names in _classes(layer, _split(layer)):
        moving = [name for name in names if layer.bounds[name] > 1]
        called[names[0]] = "".join(moving) or names[0]
    return called


def _merged(layer: Layer, called: Mapping[str, str]) -> Layer:
    """The layer with its classes of dimensions merged, each by what its first one is called."""
    ranks = _split(layer)
    classes = {called[names[0]]: names for names in _classes(layer, ranks)}
    if all(len(names) == 1 for names in classes.values()):
        return layer
    ordered = sorted(classes, key=lambda label: list(layer.bounds).index(label[0]))
    kept = {name: label for label, names in classes.items() for name in names}
    return replace(
        layer,
        bounds={label: prod(layer.bounds[one] for one in classes[label]) for label in ordered},
        tensors={tensor: tuple(_renamed(of, kept)) for tensor, of in ranks.items()},
        stands_for={label: names for label, names in classes.items() if len(names) > 1},
    )


def _split(layer: Layer) -> dict[str, tuple[Rank, ...]]:
    """The ranks of each tensor, each that no window slides along as ranks of single dimensions."""
    return {
        tensor: tuple(part for rank in ranks for part in _parts(rank, layer))
        for tensor, ranks in layer.tensors.items()
    }


def _parts(rank: Rank, layer: Layer) -> Iterator[Rank]:
    """A dimension each, if every iteration touches an index of its own; padding is told by both."""
    iterations = prod(layer.bounds[name] for name in rank.dimensions)
    padded = any(name in layer.maps for name in rank.dimensions)
    if not rank.slides or padded or distinct(rank.terms, layer.bounds) < iterations:
        yield rank
    else:
        yield from (Rank(terms=((name, 1),)) for name in rank.dimensions)


def _classes(layer: Layer, ranks: Mapping[str, Collection[Rank]]) -> list[tuple[str, ...]]:
    """The dimensions that index the same tensors, together; one that slides, by itself."""
    together: dict[object, list[str]] = {}
    for name in layer.bounds:
        at = [(tensor, rank) for tensor, of in ranks.items() for rank in of]
        using = [(tensor, rank) for tensor, rank in at if name in rank.dimensions]
        slides = any(rank.slides for _, rank in using)
        key = name if slides else frozenset(tensor for tensor, _ in using)
        together.setdefault(key, []).append(name)
    return [tuple(names) for names in together.values()]


def _renamed(ranks: Collection[Rank], kept: Mapping[str, str]) -> Iterator[Rank]:
    """The ranks by what their dimensions are called, those of a class once."""
    yield from (rank for rank in ranks if rank.slides)
    names = dict.fromkeys(kept[rank.dimensions[0]] for rank in ranks if not rank.slides)
    yield from (Rank(terms=((name, 1),)) for name in names)
