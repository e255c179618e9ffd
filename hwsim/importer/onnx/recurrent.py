"""ONNX's recurrent operators to their products."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from hwsim.importer.graph import Graph
from hwsim.importer.nests import Unfit
from hwsim.importer.onnx.model import Model, attribute
from hwsim.importer.recurrent import CANDIDATE, HIDDEN, INPUT, Cell, enter
from hwsim.vocabulary import WEIGHTS
from hwsim.workload.data import Data

GATES: Final = {"LSTM": 4, "GRU": 3, "RNN": 1}
RECURRENT: Final = frozenset(GATES)
#: Where the operators have their initial states, among what they read.
_STATES: Final = slice(5, 7)


def recurrent(
    graph: Graph,
    model: Model,
    node: NodeProto,
    name: str,
    extents: Sequence[tuple[int, ...]],
    images: int,
) -> None:
    """Enter a recurrent operator whose inputs and two weights have these extents, at so many images
    of the whole network.

    Every sequence is priced as long as the longest, whatever the file says of their lengths.

    Raises:
        Unfit: its operands do not fit each other, or it has no room for these images.
    """
    cells = _cells(model, node, extents)
    steps, batch, _ = extents[0]
    if attribute(node, "layout", 0):
        steps, batch = batch, steps
    if batch * images % model.images:
        raise Unfit(f"the file fixes {model.images} images, which cannot become {images}")
    enter(
        graph,
        name,
        [cells],
        images=batch * images // model.images,
        steps=steps,
        inputs=graph.sources(node.input[:1]),
        states=graph.sources(node.input[_STATES]),
        values=[made for made in node.output if made],
    )


def _cells(model: Model, node: NodeProto, extents: Sequence[tuple[int, ...]]) -> list[Cell]:
    """A cell for each direction."""
    gates = GATES[node.op_type]
    if [*map(len, extents)] != [3, 3, 3]:
        raise Unfit("its operands are no sequences and weights of directions")
    (*_, features), (directions, rows, _), _ = extents
    hidden = rows // gates
    if [one[1:] for one in extents[1:]] != [(gates * hidden, it) for it in (features, hidden)]:
        raise Unfit("its operands do not fit each other")
    apart = node.op_type == "GRU" and not attribute(node, "linear_before_reset", 0)
    backwards = attribute(node, "direction", b"forward") == b"reverse"
    of_inputs, of_states = (_value(model, operand, directions) for operand in node.input[1:3])
    first = hidden * (gates - apart)
    return [
        Cell(
            features=features,
            hidden=hidden,
            gates=gates,
            apart=apart,
            reverse=backwards or at > 0,
            data=_data(
                {
                    INPUT: of_inputs[at],
                    HIDDEN: of_states[at, :first],
                    CANDIDATE: of_states[at, first:],
                }
            ),
        )
        for at in range(directions)
    ]


def _value(model: Model, operand: str, directions: int) -> NDArray[Any]:
    """What is in weights; nothing of them where they are not constant, or it cannot be told."""
    if operand in model.constant:
        with suppress(Exception):  # what the reference implementation lacks stays unknown
            return model.value(operand)
    return np.empty((directions, 0))


def _data(weights: Mapping[str, NDArray[Any]]) -> dict[str, Data]:
    """The share of weights that are not zero, of each product whose weights are known."""
    return {
        part: Data(densities={WEIGHTS: Fraction(int(np.count_nonzero(of)), of.size)})
        for part, of in weights.items()
        if of.size
    }
