"""The shapes of an operation's operands, as frameworks keep them, to the loop nest of a layer."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from hwsim.workload.convolution import (
    convolution,
    fully_connected,
    matrix_product,
    transposed_convolution,
)
from hwsim.workload.layer import Layer

#: The extents of a tensor by a letter for each rank, as in Einstein's notation.
Extents = Mapping[str, int]


class Unfit(Exception):
    """An operation whose loops are none of ours; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a convolution: `positions` of the output, of the input if it is transposed, and
    the `extent` of the input, without padding.
    """

    positions: int = 1
    extent: int = 1
    kernel: int = 1
    stride: int = 1
    dilation: int = 1

    @property
    def slides(self) -> bool:
        """Whether windows along it overlap."""
        return self.positions > 1 and self.stride <= self.dilation * (self.kernel - 1)


def convolution_of(
    name: str,
    *,
    inputs: Sequence[int],
    weights: Sequence[int],
    outputs: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    groups: int,
    transposed: bool = False,
) -> Layer:
    """The layer of a convolution over any number of axes.

    Shapes are (images, channels, *axes); weights are (output channels, input channels of a group,
    *axes), the first two exchanged if it is `transposed`. A single axis is Q, a row of pixels.

    Raises:
        Unfit: windows slide along more than two axes, or a size makes no sense.
    """
    _sensible(inputs, weights, outputs)
    given, made = _of_a_group(groups, inputs[1], outputs[1])
    positions = inputs[2:] if transposed else outputs[2:]
    steps = zip(positions, inputs[2:], weights[2:], stride, dilation, strict=True)
    axes = [Axis(positions=p, extent=e, kernel=k, stride=s, dilation=d) for p, e, k, s, d in steps]
    rows, columns, others = _two(axes)
    images = inputs[0] * prod(axis.positions for axis in others)
    depth = prod(axis.kernel for axis in others)
    if transposed:
        return transposed_convolution(
            name,
            batch=images,
            groups=groups,
            channels=(given, made * depth),
            inputs=(rows.positions, columns.positions),
            kernel=(rows.kernel, columns.kernel),
            stride=(rows.stride, columns.stride),
            dilation=(rows.dilation, columns.dilation),
        )
    layer = convolution(
        name,
        batch=images,
        groups=groups,
        channels=(given * depth, made),
        outputs=(rows.positions, columns.positions),
        kernel=(rows.kernel, columns.kernel),
        stride=(rows.stride, columns.stride),
        dilation=(rows.dilation, columns.dilation),
        sides=((None, rows.extent), (None, columns.extent)),
    )
    return replace(layer, kind="depthwise_convolution") if 1 < groups == inputs[1] else layer


def _two(axes: Sequence[Axis]) -> tuple[Axis, Axis, Sequence[Axis]]:
    """The axes that become rows and columns, and the others, which are no windows.

    Along another axis no two windows overlap: its positions are images of their own, and the
    filter's elements channels. This is exact.
    """
    if len(axes) < 3:
        rows, columns = ([Axis(), *axes])[-2:]
        return rows, columns, ()
    sliding = [at for at, axis in enumerate(axes) if axis.slides]
    if len(sliding) > 2:
        raise Unfit(f"its windows slide along {len(sliding)} axes, and a loop nest has room for 2")
    still = [at for at in range(len(axes)) if at not in sliding]
    kept = sorted(sliding + still[len(still) - 2 + len(sliding) :])
    rows, columns = (axes[at] for at in kept)
    return rows, columns, [axis for at, axis in enumerate(axes) if at not in kept]


def product_of(
    name: str, left: Extents, right: Extents, kept: Collection[str], *, batch: int, trained: bool
) -> Layer:
    """The layer of a product of two tensors, summed over the letters that are not `kept`.

    If it is `trained`, the right one holds weights, and the rows of the left one belong to `batch`
    images.

    Raises:
        Unfit: a letter of one tensor only is summed, or has two extents, or a size makes no sense.
    """
    _sensible([*left.values()], [*right.values()])
    if any(letter not in kept for letter in left.keys() ^ right.keys()):
        raise Unfit("it sums elements of one operand before it multiplies them")
    both = left.keys() & right.keys()
    if any(left[letter] != right[letter] for letter in both):
        raise Unfit("its operands do not fit each other")
    groups = prod(left[letter] for letter in both if letter in kept)
    depth = prod(left[letter] for letter in both if letter not in kept)
    rows = prod(left[letter] for letter in left.keys() - both)
    columns = prod(right[letter] for letter in right.keys() - both)
    if not trained:
        return matrix_product(name, groups=groups, rows=rows, depth=depth, columns=columns)
    images = batch if rows % batch == 0 else 1
    return fully_connected(
        name,
        batch=images,
        groups=groups,
        features=(depth, columns),
        positions=rows // images,
    )


def _sensible(*shapes: Sequence[int]) -> None:
    """Raise `Unfit` for a shape with a size that is zero or negative: no loop runs so often."""
    for extents in shapes:
        if any(extent < 1 for extent in extents):
            sizes = " x ".join(map(str, extents))
            raise Unfit(f"a size of {sizes} makes no sense: every one must be at least 1")


def _of_a_group(groups: int, given: int, made: int) -> tuple[int, int]:
    """The channels of each group, given and made; raises `Unfit` where they divide into no such."""
    if groups < 1 or given % groups or made % groups:
        raise Unfit(f"{given} channels that become {made} cannot be {groups} groups")
    return given // groups, made // groups


def lettered(shape: Sequence[int], letters: Sequence[str]) -> Extents:
    """The extents of a tensor's ranks; those of one element repeat for any, and are left out.

    >>> lettered((2, 1, 8), "bhd")
    {'b': 2, 'd': 8}
    """
    named = zip(letters, shape, strict=True)
    return {letter: extent for letter, extent in named if extent != 1}


def letters_of_matmul(left: int, right: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The letters of two operands of these ranks in a `matmul`, whose sum is over `k`.

    >>> letters_of_matmul(3, 2), letters_of_matmul(1, 2)
    ((('2', 'm', 'k'), ('k', 'n')), (('k',), ('k', 'n')))
    """
    matrices = (("m", "k"), ("k", "n"))
    of_left = matrices[0] if left > 1 else ("k",)
    of_right = matrices[1] if right > 1 else ("k",)
    batch = [tuple(str(rank) for rank in range(ranks - 1, 1, -1)) for ranks in (left, right)]
    return (*batch[0], *of_left), (*batch[1], *of_right)


@dataclass(frozen=True, slots=True, kw_only=True)
class EinsumStep:
    """A product of an Einstein sum: of all `left` operands together with the `right` one, by their
    numbers; the extents of both, and the letters that are left in the result.
    """

    left: tuple[int, ...]
    right: int
    extents: tuple[Extents, Extents]
    kept: frozenset[str]


def steps_of_einsum(
    shapes: Sequence[Sequence[int]], letters: Sequence[Sequence[str]]
) -> Iterator[EinsumStep]:
    """The products that an Einstein sum is, one operand after the other, as frameworks compute it.

    A letter twice in an operand is its diagonal; ranks of one element are left out. What only one
    of both has, and nobody reads after, is summed before. Where no letter is summed, elements are
    scaled, which is no product.

    >>> shapes = (2, 3), (3, 4)
    >>> [len(list(steps_of_einsum(shapes, ("ij", "jk", made)))) for made in ("ik", "ijk")]
    [1, 0]

    Raises:
        Unfit: a letter has two extents.
    """
    extents = [_agreed(zip(*one, strict=True)) for one in zip(letters, shapes, strict=False)]
    left, result = extents[0], letters[-1]
    for at in range(1, len(extents)):
        after = {*result}.union(*extents[at + 1 :])
        right = {name: of for name, of in extents[at].items() if name in after | left.keys()}
        left = {name: of for name, of in left.items() if name in after | right.keys()}
        made = _agreed([*left.items(), *right.items()])
        kept = frozenset(made.keys() & after)
        if len(kept) < len(made):
            yield EinsumStep(left=tuple(range(at)), right=at, extents=(left, right), kept=kept)
        left = {name: made[name] for name in made if name in kept}


def _agreed(named: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The extents by letter, without those of one element, which repeat for any.

    Raises:
        Unfit: a letter has two extents.
    """
    agreed = dict[str, int]()
    for letter, extent in named:
        if extent != 1 and agreed.setdefault(letter, extent) != extent:
            raise Unfit("its operands do not fit each other")
    return agreed


def letters_of_einsum(equation: str, ranks: Sequence[int]) -> list[list[str]]:
    """The letters of each operand, and of the result, three dots spelt out.

    >>> letters_of_einsum("...i,oi->...o", (3, 2))
    [['1', '0', 'i'], ['o', 'i'], ['1', '0', 'o']]
    """
    operands, arrow, result = equation.replace(" ", "").partition("->")
    terms = operands.split(",")
    if not arrow:
        once = (letter for letter in sorted(set(operands)) if operands.count(letter) == 1)
        result = ("..." if "..." in operands else "") + "".join(filter(str.isalpha, once))
    dots = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    most = max(0, *(dot for dot, term in zip(dots, terms, strict=True) if "..." in term), 0)
    return [_spelt(term, dot) for term, dot in zip([*terms, result], [*dots, most], strict=True)]


def _spelt(term: str, dots: int) -> list[str]:
    before, three, after = term.partition("...")
    return [*before, *(str(rank) for rank in range(dots - 1, -1, -1) if three), *after]
