"""A PyTorch module to a network: the graph of its operations, and a nest for each that is priced.

torch.export traces it: of all of torch's tracers it alone follows plain Python code, and gives the
shape, the module and the parameters of every operation.
"""

from fractions import Fraction

from torch import nn

from hwsim.importer.pytorch.contents import nonzeros
from hwsim.importer.pytorch.reader import PricedProduct, TraceReader
from hwsim.importer.pytorch.trace import Inputs, Trace, trace
from hwsim.vocabulary import LARGEST_BATCH, WEIGHTS
from hwsim.workload.data import Data
from hwsim.workload.network import Network


def from_torch(
    model: nn.Module,
    example_inputs: Inputs,
    *,
    batch: int | None = None,
    name: str | None = None,
    skip: str = "",
) -> Network:
    """Read the network of a PyTorch module in evaluation mode, for the example's batch or `batch`.

    torch.export traces the model and does not run it, so the model may be on the meta device. The
    first rank of an input is its batch. A layer has the qualified name of its module, and the
    density of its weights. What a function computes has the name of its module and of the
    operation. `skip` holds shell patterns between commas: operations whose names match one are
    left out, and are in `Network.missing`.

    Raises:
        NotImported: torch cannot trace the model, or priced operations fit no loop nest; the text
            names all of them.
        NoLayer: a pattern of `skip` matches nothing that multiplies.
        ValueError: `batch` is not from 1 to `LARGEST_BATCH`.
    """
    if batch is not None and not 1 <= batch <= LARGEST_BATCH:
        raise ValueError(f"a batch has from 1 to {LARGEST_BATCH} images, not {batch}")
    traced = trace(model, example_inputs, batch, name or "")
    network, priced = read(traced, skip)
    return network.containing({one.layer.name: weights(traced, one) for one in priced})


def read(traced: Trace, skip: str = "") -> tuple[Network, list[PricedProduct]]:
    """The network of a trace, and what is priced of it.

    Raises:
        NotImported: all priced operations that do not fit a loop nest, and are not left out.
        NoLayer: a pattern of what is left out matches nothing that multiplies.
    """
    reader = TraceReader(traced, skip)
    for node in traced.nodes:
        reader.enter(node)
    return reader.network(), reader.priced


def weights(traced: Trace, priced: PricedProduct) -> Data:
    """What is known of a layer without running it: the share of its weights that are not zero.

    Nothing is known of weights without contents, nor of those that the model itself writes.
    """
    name = priced.product.right.name
    if name not in traced.constant or name in traced.rewritten:
        return Data()
    tensor = traced.value(priced.product.right)
    if tensor.is_meta:
        return Data()
    return Data(densities={WEIGHTS: Fraction(*nonzeros(tensor))})
