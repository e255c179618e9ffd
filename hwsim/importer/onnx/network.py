"""An ONNX file to a network: the graph of its operators, and a nest for each that is priced."""

import os
from collections.abc import Mapping, Sequence

from hwsim.importer.onnx.model import read
from hwsim.importer.onnx.reader import Reader
from hwsim.importer.onnx.sizes import Sizes
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
    """The network in an ONNX file, at `batch` images, or where it does not say how many, at one.

    Other sizes that it leaves open are what `shapes` says, by an input's name, and `dims`, by the
    size's. Priced operators whose names match one of the comma-separated patterns `skip` are left
    out, and stand among what is `missing`.

    Layers have the names of their weights, which are those of the modules that they come from, or
    of their modules, of the operators, or of what they yield; and the density and the bits of what
    they read and yield, where the file says these. Operators that are not priced pass shapes on, as
    onnx infers them.

    Raises:
        NotImported: it is no ONNX file, or has no such inputs, or all priced operators whose shapes
            are not known or do not fit a loop nest, and that are not left out.
        NoLayer: a pattern of `skip` matches nothing that multiplies.
        ValueError: `batch` is not from 1 to `LARGEST_BATCH`.
    """
    if batch is not None and not 1 <= batch <= LARGEST_BATCH:
        raise ValueError(f"a batch has from 1 to {LARGEST_BATCH} images, not {batch}")
    model = read(os.fspath(path), Sizes(batch=batch, shapes=shapes or {}, dims=dims or {}))
    reader = Reader(model, batch or model.images, skip)
    for node in model.nodes:
        reader.enter(node)
    return reader.network()
