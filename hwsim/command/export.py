"""`hwsim export`: a network in a form that other programs read."""

from typing import Annotated

from hwsim.command.forms import form_of
from hwsim.command.inputs import Named, containing, warn_of_missing
from hwsim.command.options import (
    BatchOption,
    BitsOption,
    DensityOption,
    DimOption,
    NetworkArgument,
    OutputOption,
    ShapeOption,
    SkipOption,
)
from hwsim.command.output import check_output, put
from hwsim.report import OF_NETWORK

ExportFormOption = Annotated[str, form_of(OF_NETWORK, "the network")]


def export(
    network: NetworkArgument,
    batch: BatchOption = None,
    shapes: ShapeOption = None,
    dims: DimOption = None,
    skip: SkipOption = "",
    densities: DensityOption = None,
    bits: BitsOption = None,
    form: ExportFormOption = "energy_tool",
    output: OutputOption = None,
) -> None:
    """Write a network for another program.

    The form `energy_tool` is that of the energy estimation tool of energy-aware pruning (CVPR
    2017), whose files have 25 numbers a layer.
    """
    check_output(output, network)

    from hwsim import report

    net = containing(Named(network, batch, skip, shapes, dims).load(), densities, bits)
    put(report.render(net, form), output)
    warn_of_missing(net)
