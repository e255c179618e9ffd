"""A layer to the same computation in the fewest dimensions: what no window slides over is one.

Where windows of the input do not overlap, as of a linear layer, a pointwise convolution or the
patches of a vision transformer, output rows, columns and images are one thing, positions, each with
inputs and outputs of its own; and filter rows and columns are channels. So computations that are
equal become the same layer, however they are spelt.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import prod

from hwsim.workload.layer import Layer, Rank
from hwsim.workload.span import distinct


def merged(layer: Layer) -> Layer:
    """The layer with one dimension for all that index the same tensors and slide along no window.

    It has the name of the first of them, and `stands_for` says of which: N of all positions, C of
    all that is summed. A layer whose windows overlap along both axes, and a merged one, is itself.
    """
    ranks = _split(layer)
    classes = _classes(layer, ranks)
    if all(len(names) == 1 for names in classes):
        return layer
    kept = {name: names[0] for names in classes for name in names}
    return replace(
        layer,
        bounds={names[0]: prod(layer.bounds[name] for name in names) for names in classes},
        tensors={tensor: tuple(_renamed(of, kept)) for tensor, of in ranks.items()},
        stands_for={names[0]: names for names in classes if len(names) > 1},
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


def _classes(layer: Layer, ranks: Mapping[str, Iterable[Rank]]) -> list[tuple[str, ...]]:
    """The dimensions that index the same tensors, together; one that slides, by itself."""
    together: dict[object, list[str]] = {}
    for name in layer.bounds:
        at = [(tensor, rank) for tensor, of in ranks.items() for rank in of]
        using = [(tensor, rank) for tensor, rank in at if name in rank.dimensions]
        slides = any(rank.slides for _, rank in using)
        key = name if slides else frozenset(tensor for tensor, _ in using)
        together.setdefault(key, []).append(name)
    return [tuple(names) for names in together.values()]


def _renamed(ranks: Iterable[Rank], kept: Mapping[str, str]) -> Iterator[Rank]:
    """The ranks by the names that are kept, each once."""
    for rank in ranks:
        if rank.slides:
            yield rank
        elif kept[rank.dimensions[0]] == rank.dimensions[0]:
            yield Rank(terms=((rank.dimensions[0], 1),))
