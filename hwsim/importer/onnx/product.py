"""Two operands of an operator to the layer that they are: weights become the right one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hwsim.importer.nests import Extents, Unfit, product_of
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.sizes import extents_shown, is_known
from hwsim.workload.layer import Layer

#: As large as a rank of a tensor can be: frameworks count with 32 bits.
LARGEST_SIZE: Final = 2**31 - 1


class Open(Unfit):
    """An operator of sizes that the file leaves open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product of two values, `left` and `right`, which holds the weights if there are any; the
    values of their zero points; bits that no type says; and the `part` of its operator that it is,
    with the shape of what that yields. An operand without a name is what the last part yields. If
    both operands are `constant`, it is computed before any image.
    """

    layer: Callable[[str], Layer]
    left: str
    right: str
    zeros: tuple[str, str] = ("", "")
    bits: Mapping[str, int] = field(default_factory=dict)
    part: str = ""
    shape: tuple[int, ...] = ()
    constant: bool = False


def of_two(
    model: Model,
    operands: Sequence[str],
    extents: Sequence[Extents],
    kept: Collection[str],
    constant: Sequence[bool],
    *,
    part: str = "",
    shape: tuple[int, ...] = (),
) -> Product:
    """The product of operands of these extents; weights become its right operand."""
    (left, right), (of_left, of_right) = operands, extents
    if constant[0]:
        left, right, of_left, of_right = right, left, of_right, of_left

    def layer(name: str) -> Layer:
        trained = any(constant)
        return product_of(name, of_left, of_right, kept, batch=model.images, trained=trained)

    return Product(
        layer=layer, left=left, right=right, part=part, shape=shape, constant=all(constant)
    )


def known(model: Model, value: str) -> tuple[int, ...]:
    """The shape of what a priced operator reads or yields."""
    extents = model.shape(value)
    if extents is None:
        raise Unfit(f"the shape of {value or 'an operand'} is not known: onnx cannot infer it")
    if not is_known(extents):
        raise Open(f"the shape of {value} is not known: {extents_shown(extents)}")
    sizes = tuple(int(extent) for extent in extents)
    if any(size < 1 for size in sizes):
        raise Unfit(f"the shape of {value} has no values: {extents_shown(extents)}")
    if any(size > LARGEST_SIZE for size in sizes):
        raise Unfit(
            f"the shape of {value} has sizes above {LARGEST_SIZE}: {extents_shown(extents)}"
        )
    return sizes
