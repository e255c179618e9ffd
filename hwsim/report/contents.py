"""What the layers' tensors contain to a table: zeros, the MACs they leave, bits of a value."""

from fractions import Fraction

from rich.table import Table

from hwsim.report.figures import percent, si
from hwsim.report.layout import Row, table
from hwsim.result import LayerResult, Result
from hwsim.sparsity.stored import Stored
from hwsim.vocabulary import TENSORS, WEIGHTS
from hwsim.workload.data import DENSE

CONTENT_HEADS = (
    "not zero",
    "weights",
    "weights\n%",
    "inputs\n%",
    "outputs\n%",
    "MACs\ncharged",
    "MACs\n%",
    "weights,\nbits",
    "inputs,\nbits",
    "outputs,\nbits",
)


def says_anything(result: Result) -> bool:
    """Whether something is zero, or not as wide as a word."""
    return any(each.layer.data != DENSE for each in result.layers)


def contents_table(result: Result) -> Table:
    """Of each layer what is not zero, and the bits that a value takes where its tensor lives."""
    rows = [_row(each) for each in result.layers]
    charged = sum((each.macs_charged for each in result.layers), Fraction(0))
    total = (
        "total",
        si(sum(each.stored[WEIGHTS].nonzeros for each in result.layers)),
        *(_share([each.stored[tensor] for each in result.layers]) for tensor in TENSORS),
        si(charged),
        percent(charged, result.macs),
        *("" for _ in TENSORS),
    )
    return table(CONTENT_HEADS, rows, [total])


def _row(each: LayerResult) -> Row:
    return (
        each.name,
        si(each.stored[WEIGHTS].nonzeros),
        *(_share([each.stored[tensor]]) for tensor in TENSORS),
        si(each.macs_charged),
        percent(each.macs_charged, each.layer.macs),
        *(_bits(each.stored[tensor]) for tensor in TENSORS),
    )


def _share(tensors: list[Stored]) -> str:
    nonzeros = sum((tensor.nonzeros for tensor in tensors), Fraction(0))
    return percent(nonzeros, sum(tensor.values for tensor in tensors))


def _bits(tensor: Stored) -> str:
    """As 6.8 of 16, or 16 where nothing is encoded."""
    if tensor.stored_bits == tensor.value_bits:
        return str(tensor.value_bits)
    return f"{float(tensor.stored_bits):.1f} of {tensor.value_bits}"
