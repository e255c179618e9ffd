"""`hwsim export`: a network as a file of the energy estimation tool of energy-aware pruning."""

from hwsim.command.inputs import Named, containing, warn_of_missing
from hwsim.command.options import (
    Batch,
    Densities,
    Dims,
    Network,
    Output,
    Shapes,
    Skip,
    Widths,
)
from hwsim.command.output import check_stdout, check_writable, to_file, to_stdout


def export(
    network: Network,
    batch: Batch = None,
    shapes: Shapes = None,
    dims: Dims = None,
    skip: Skip = "",
    densities: Densities = None,
    bits: Widths = None,
    output: Output = None,
) -> None:
    """Write a network for the energy estimation tool.

    That is the tool of energy-aware pruning (CVPR 2017), whose files have 25 numbers a layer.
    """
    if output:
        check_writable(output, network)
    else:
        check_stdout()

    from hwsim import energy_tool

    named = Named(network, batch, skip, shapes or (), dims or ())
    net = containing(named.load(), densities or (), bits or ())
    text = energy_tool.render(net)
    if output:
        to_file(output, text)
    else:
        to_stdout(text)
    warn_of_missing(net)
