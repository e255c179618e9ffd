"""What is known of a model of ONNX: its operators, its constants, and the types of its values."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, TypeProto

from hwsim.importer.onnx.constants import MOST_SIZES, computed, made_before
from hwsim.importer.onnx.nodes import operand
from hwsim.importer.onnx.sizes import OpenExtents, extent_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model at a batch of `images`: its operators, and the types of the values between them.

    `constant` values do not depend on the `inputs`: weights, and what is computed from them.
    Branches that constants decide are written out; `values` are constants that were computed, and
    `modules` have the operators that multiply, once somebody asked which do in a module.
    """

    file: str
    images: int
    proto: onnx.ModelProto
    inputs: tuple[str, ...]
    outputs: frozenset[str]
    weights: dict[str, TensorProto]
    types: dict[str, TypeProto]
    constant: set[str]
    nodes: list[NodeProto] = field(default_factory=list)
    makers: dict[str, NodeProto] = field(default_factory=dict)
    readers: dict[str, list[NodeProto]] = field(default_factory=dict)
    values: dict[str, NDArray[Any]] = field(default_factory=dict)
    modules: dict[str, list[NodeProto]] = field(default_factory=dict)

    def shape(self, name: str) -> OpenExtents | None:
        """The shape of a value, None where it is not known."""
        if name not in self.types or not self.types[name].tensor_type.HasField("shape"):
            return None
        return tuple(extent_of(extent) for extent in self.types[name].tensor_type.shape.dim)

    def data_type(self, name: str) -> int:
        """ONNX's number for the type of a value's elements, 0 where it is not known."""
        return int(self.types[name].tensor_type.elem_type) if name in self.types else 0

    def behind(self, value: str) -> Iterator[NodeProto]:
        """The operators that a value comes from, one after the other by their first inputs."""
        passed = set[str]()
        while value in self.makers and value not in passed:
            passed.add(value)
            yield self.makers[value]
            value = operand(self.makers[value], 0)

    def value(self, name: str) -> NDArray[Any]:
        """The constant of that name, computed if it must be.

        Raises:
            Absent: the file does not hold what it is made of.
            Unknown: it cannot be computed, or would take too much.
        """
        made = dict(self.values)
        for each in made_before(self, name, made):
            made[each] = computed(self, each, made)
            if made[each].size <= MOST_SIZES:
                self.values[each] = made[each]
        return made[name]
