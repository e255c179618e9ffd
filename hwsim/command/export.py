"""`hwsim export`: a network as a file of the energy estimation tool of energy-aware pruning."""

from hwsim.command.inputs import containing, warn_of_missing
from hwsim.command.options import Batch, Densities, Network, Output, Widths
from hwsim.command.output import check_stdout, check_writable, to_file, to_stdout


def export(
    network: Network,
    batch: Batch = None,
    densities: Densities = None,
    bits: Widths = None,
    output: Output = None,
) -> None:
    """Write a network as a file of an energy tool.

    It is the energy estimation tool of energy-aware pruning (CVPR 2017): 25 numbers a layer.
    """
    if output:
        check_writable(output)
    else:
        check_stdout()

    from hwsim import pipeline
    from hwsim.report import energy_tool

    net = containing(pipeline.load_network(network, batch), densities or (), bits or ())
    text = energy_tool.render(net)
    if output:
        to_file(output, text)
    else:
        to_stdout(text)
    warn_of_missing(net)
