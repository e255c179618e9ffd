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
from hwsim.importer.onnx.constants import Unknown
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.nodes import attribute, operand
from hwsim.importer.onnx.tensors import Absent
from hwsim.importer.recurrent import CANDIDATE, HIDDEN, INPUT, Cell, enter
from hwsim.vocabulary import INPUTS, WEIGHTS
from hwsim.workload.data import Data

#: ONNX Runtime's LSTM of quantised weights, whose ranks are those of ONNX's but for the last two.
QUANTISED: Final = "DynamicQuantizeLSTM"
GATES: Final = {"LSTM": 4, "GRU": 3, "RNN": 1, QUANTISED: 4}
RECURRENT: Final = frozenset(GATES)
#: The bits of a value that is quantised to be multiplied.
BYTE: Final = 8
#: Where an operator of quantised weights has what stands for zero among these.
_ZERO_POINTS: Final = {1: 9, 2: 11}
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
    if [*map(len, extents)] != [3, 3, 3]:
        raise Unfit("its operands are no sequences and weights of directions")
    inputs, *weights = extents
    if node.op_type == QUANTISED:
        weights = [(*each[:-2], *each[:-3:-1]) for each in weights]
    cells = _cells(model, node, (inputs, *weights))
    steps, batch, _ = inputs
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
    (*_, features), (directions, rows, _), _ = extents
    hidden = rows // gates
    if [one[1:] for one in extents[1:]] != [(gates * hidden, it) for it in (features, hidden)]:
        raise Unfit("its operands do not fit each other")
    apart = node.op_type == "GRU" and not attribute(node, "linear_before_reset", 0)
    backwards = attribute(node, "direction", b"forward") == b"reverse"
    of_inputs, of_states = (_value(model, node, at, directions) for at in (1, 2))
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
                },
                {INPUTS: BYTE, WEIGHTS: BYTE} if node.op_type == QUANTISED else {},
            ),
        )
        for at in range(directions)
    ]


def _value(model: Model, node: NodeProto, at: int, directions: int) -> NDArray[Any]:
    """What is in weights, or where they are not zero; nothing of them where they are not constant,
    or it cannot be told.
    """
    if node.input[at] in model.constant:
        with suppress(Absent, Unknown, ValueError):
            weights = model.value(node.input[at])
            if node.op_type != QUANTISED:
                return weights
            zero = model.value(operand(node, _ZERO_POINTS[at]))
            stored: NDArray[Any] = weights.swapaxes(1, 2) != zero.reshape(directions, -1, 1)
            return stored
    return np.empty((directions, 0))


def _data(weights: Mapping[str, NDArray[Any]], bits: Mapping[str, int]) -> dict[str, Data]:
    """The bits, and the share of weights that are not zero where these are known, by product."""
    return {
        part: Data(
            densities={WEIGHTS: Fraction(int(np.count_nonzero(of)), of.size)} if of.size else {},
            bits=bits,
        )
        for part, of in weights.items()
    }
