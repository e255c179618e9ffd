"""A PyTorch module to a network: the graph of its operations, and a nest for each that is priced.

torch.export traces it: of all of torch's tracers it alone follows plain Python code, and gives the
shape, the module and the parameters of every operation.
"""

from fractions import Fraction

from torch import nn

from hwsim.importer.pytorch.contents import nonzeros
from hwsim.importer.pytorch.reader import Priced, Reader
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
    """The network of a PyTorch module, in evaluation, at the batch of the example or another one.

    Layers have the qualified names of their modules, and the density of their weights; what no
    module of its own computes has its module's name and the operation's. The batch is the first
    rank of the inputs. The model is traced by torch.export, not run; it may be on the meta device.
    Operations whose names match `skip`, shell patterns between commas, are left out, and `missing`.

    Raises:
        NotImported: torch cannot trace it, or all priced operations that do not fit a loop nest.
        NoLayer: a pattern of `skip` matches nothing that multiplies.
        ValueError: `batch` is not from 1 to `LARGEST_BATCH`.
    """
    if batch is not None and not 1 <= batch <= LARGEST_BATCH:
        raise ValueError(f"a batch has from 1 to {LARGEST_BATCH} images, not {batch}")
    traced = trace(model, example_inputs, batch, name or "")
    network, priced = read(traced, skip)
    return network.containing({one.layer.name: weights(traced, one) for one in priced})


def read(traced: Trace, skip: str = "") -> tuple[Network, list[Priced]]:
    """The network of a trace, and what is priced of it.

    Raises:
        NotImported: all priced operations that do not fit a loop nest, and are not left out.
        NoLayer: a pattern of what is left out matches nothing that multiplies.
    """
    reader = Reader(traced, skip)
    for node in traced.nodes:
        reader.enter(node)
    return reader.network(), reader.priced


def weights(traced: Trace, priced: Priced) -> Data:
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
