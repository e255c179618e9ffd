"""An ONNX file to a network: the graph of its operators, and a nest for each that is priced."""

import os
from collections.abc import Mapping, Sequence

from hwsim.importer.onnx.read import read
from hwsim.importer.onnx.reader import OperatorReader
from hwsim.importer.onnx.sizes import GivenSizes
from hwsim.vocabulary import LARGEST_BATCH
from hwsim.workload.network import Network


def from_onnx(
    path: str | os.PathLike[str],
    batch: int | None = None,
    *,
    shapes: Mapping[str, Sequence[int]] | None = None,
    dims: Mapping[str, int] | None = None,
    skip: str = "",
) -> Network:
    """Read the network in an ONNX file, for `batch` images; for one if the file leaves that open.

    `shapes`, by the names of inputs, and `dims`, by the names of sizes, give other sizes that the
    file leaves open. `skip` holds patterns between commas: priced operators whose names match one
    are left out, and are in `Network.missing`.

    A layer is called by its weights, which mostly have the name of the module that they come from;
    else by its module, its operator, or what that yields. It has the densities and the bits of its
    tensors where the file says them. Operators that are not priced pass on the shapes that onnx
    infers.

    Raises:
        NotImported: the file is no ONNX file, or lacks such inputs; or priced operators that are
            not left out have unknown shapes, or fit no loop nest; the text names all of them.
        NoLayer: a pattern of `skip` matches nothing that multiplies.
        ValueError: `batch` is not from 1 to `LARGEST_BATCH`.
    """
    if batch is not None and not 1 <= batch <= LARGEST_BATCH:
        raise ValueError(f"a batch has from 1 to {LARGEST_BATCH} images, not {batch}")
    model = read(os.fspath(path), GivenSizes(batch=batch, shapes=shapes or {}, dims=dims or {}))
    reader = OperatorReader(model, batch or model.images, skip)
    for node in model.nodes:
        reader.enter(node)
    return reader.network()
