"""The sizes that a file leaves open to numbers: the batch, and what its user says of others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from onnx import GraphProto, TensorShapeProto, ValueInfoProto

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.onnx.nodes import graphs
from hwsim.meant import closest, did_you_mean
from hwsim.vocabulary import LARGEST_BATCH

#: The extents of a value; names, or question marks, stand for those that a file leaves open.
OpenExtents = tuple[int | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSizes:
    """What the user says of open sizes: the batch, whole `shapes` by an input's name, and `dims`
    by the name that the file has for a size.
    """

    batch: int | None = None
    shapes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    dims: Mapping[str, int] = field(default_factory=dict)


def close(file: str, graph: GraphProto, sizes: GivenSizes) -> tuple[tuple[str, ...], int]:
    """Write the sizes into a graph; its inputs, and the images that it then takes.

    The first size of an input is its batch. Sizes of 0 and less are open ones, as some exporters
    write them.

    Raises:
        NotImported: all sizes that are none, or not those of an input; or no input has a batch.
    """
    own = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in own]
    _open(graph)
    faults = [*_set_shapes(graph, inputs, sizes.shapes), *_set_dims(graph, inputs, sizes.dims)]
    if faults:
        raise NotImported(file, faults)
    images = _set_batch(graph, inputs, sizes.batch)
    if images is None:
        raise NotImported(file, [Fault("model", "has no input with a batch")])
    if images > LARGEST_BATCH:
        fault = Fault("model", f"has a batch of {images} images, and {LARGEST_BATCH} are the most")
        raise NotImported(file, [fault])
    return tuple(value.name for value in inputs), images


def extents_of(value: ValueInfoProto) -> OpenExtents | None:
    """The shape of a value as the file has it, None if it has none."""
    if not value.type.tensor_type.HasField("shape"):
        return None
    return tuple(extent_of(extent) for extent in value.type.tensor_type.shape.dim)


def extent_of(extent: TensorShapeProto.Dimension) -> int | str:
    """The number or the name of a size."""
    return int(extent.dim_value) if extent.HasField("dim_value") else extent.dim_param or "?"


def is_known(extents: OpenExtents | None) -> bool:
    """Whether every extent is a number."""
    return extents is not None and all(isinstance(extent, int) for extent in extents)


def extents_shown(extents: OpenExtents) -> str:
    """As 1 x 3 x height x width.

    >>> extents_shown((1, "height"))
    '1 x height'
    """
    return " x ".join(map(str, extents)) or "a single value"


def remedy(name: str, extents: OpenExtents) -> str:
    """What to say of an input whose sizes are open, and how to give them.

    >>> remedy("x", (1, "?", "height"))
    'its sizes are open: 1 x ? x height; give them, as --shape x=1,N,N or --dim height=N'
    """
    shape = ",".join(str(each) if isinstance(each, int) else "N" for each in extents)
    named = (each for each in extents if isinstance(each, str) and each != "?")
    ways = [f"--shape {name}={shape}", *(f"--dim {each}=N" for each in dict.fromkeys(named))]
    return f"its sizes are open: {extents_shown(extents)}; give them, as {' or '.join(ways)}"


def _open(graph: GraphProto) -> None:
    for each in graphs(graph):
        for value in (*each.input, *each.output, *each.value_info):
            for extent in value.type.tensor_type.shape.dim:
                if extent.HasField("dim_value") and extent.dim_value < 1:
                    extent.ClearField("dim_value")


def _set_shapes(
    graph: GraphProto, inputs: Sequence[ValueInfoProto], shapes: Mapping[str, Sequence[int]]
) -> Iterable[Fault]:
    """Give inputs their shapes; what is wrong with these."""
    by_name = {value.name: value for value in inputs}
    for name, shape in shapes.items():
        if name not in by_name:
            yield Fault("model", f"has no input {name!r}{_meant(name, by_name)}")
        elif fault := _misfit(extents_of(by_name[name]), shape):
            yield Fault(name, fault)
        else:
            _set_shape(graph, by_name[name], shape)


def _misfit(extents: OpenExtents | None, shape: Sequence[int]) -> str | None:
    """Why an input of these extents cannot be of this shape."""
    if any(extent < 1 for extent in shape):
        return f"{extents_shown(tuple(shape))} is no shape"
    if extents is None:
        return None
    fits = len(extents) == len(shape) and all(
        isinstance(extent, str) or extent == given
        for extent, given in zip(extents, shape, strict=True)
    )
    return (
        None
        if fits
        else f"is {extents_shown(extents)}, which {extents_shown(tuple(shape))} does not fit"
    )


def _set_shape(graph: GraphProto, value: ValueInfoProto, shape: Sequence[int]) -> None:
    extents = value.type.tensor_type.shape.dim
    for extent in shape[len(extents) :]:
        extents.add().dim_value = extent
    for extent, given in zip(extents, shape, strict=True):
        _write(graph, extent, given)


def _set_dims(
    graph: GraphProto, inputs: Sequence[ValueInfoProto], dims: Mapping[str, int]
) -> Iterable[Fault]:
    """Give named sizes their numbers; what is wrong with these."""
    open_ = {
        extent.dim_param: extent
        for value in inputs
        for extent in value.type.tensor_type.shape.dim
        if extent.dim_param
    }
    for name, given in dims.items():
        if name not in open_:
            yield Fault("model", f"leaves no size {name!r} open{_meant(name, open_)}")
        elif given < 1:
            yield Fault(name, f"{given} is no size")
        else:
            _write(graph, open_[name], given)


def _set_batch(
    graph: GraphProto, inputs: Sequence[ValueInfoProto], batch: int | None
) -> int | None:
    """Let every batch that is open be `batch`, or 1; the images that the model then takes."""
    images = None
    for value in inputs:
        extents = value.type.tensor_type.shape.dim
        if not extents:
            continue
        if not extents[0].HasField("dim_value"):
            _write(graph, extents[0], batch or 1)
        images = images or extents[0].dim_value
    return images


def _write(graph: GraphProto, extent: TensorShapeProto.Dimension, number: int) -> None:
    """Write a number for a size, and wherever the file says the size's name."""
    name = extent.dim_param
    extent.dim_value = number
    for each in graphs(graph) if name else ():
        for value in (*each.input, *each.output, *each.value_info):
            for other in value.type.tensor_type.shape.dim:
                if other.dim_param == name:
                    other.dim_value = number


def _meant(name: str, names: Iterable[str]) -> str:
    names = list(names)
    if meant := closest(name, names):
        return did_you_mean(meant)
    return f": there are {', '.join(names)}" if names else ""
