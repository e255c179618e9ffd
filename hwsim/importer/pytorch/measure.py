"""A model run over images to the zeros that its layers meet: the share of nonzeros, by tensor."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from torch import Tensor, nn
from torch.fx import Interpreter, Node
from torch.utils import _pytree as pytree

from hwsim.importer.pytorch.contents import Nonzeros, first_tensor, nonzeros
from hwsim.importer.pytorch.network import read, weights
from hwsim.importer.pytorch.nodes import operation, settings
from hwsim.importer.pytorch.reader import PricedProduct
from hwsim.importer.pytorch.trace import Arguments, Inputs, Trace, arguments, images_of, trace
from hwsim.vocabulary import OUTPUTS
from hwsim.workload.data import Data

#: What hardware does on the way from a layer to the ReLU that ends it: nothing, or a scale.
FOLDED = frozenset(("batch_norm", "dropout", "feature_dropout"))
RELUS = frozenset(("relu", "relu6"))

#: Nonzeros by layer.
Counted = dict[str, Nonzeros]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the priced layers' tensors held: `data` over all `images`, `each` of single images if
    they were asked for. `Network.containing` takes either.
    """

    images: int
    data: Mapping[str, Data]
    each: tuple[Mapping[str, Data], ...] = ()


@dataclass(slots=True)
class _Sums:
    """Nonzeros that grow."""

    counts: Counted = field(default_factory=dict)

    def add(self, counts: Counted) -> None:
        for layer, tensors in counts.items():
            sums = self.counts.setdefault(layer, {})
            for tensor, (nonzero, all_) in tensors.items():
                before = sums.get(tensor, (0, 0))
                sums[tensor] = (before[0] + nonzero, before[1] + all_)


def measure(
    model: nn.Module,
    batches: Iterable[Any],
    *,
    images: int | None = None,
    each_image: bool = False,
    progress: Callable[[int], None] | None = None,
    skip: str = "",
) -> Measured:
    """Run a model over images, all or the first `images`, and measure its layers' densities.

    A batch is a tensor, a mapping of arguments, or a pair as torch's loaders yield it, of which the
    first item counts. Zero padding counts among a layer's inputs; pixels that no output needs do
    not. Outputs are what a chip stores: if nothing else reads the layer, those of the ReLU, or
    ReLU6, that follows, perhaps after a batch norm. With `each_image` the model runs on each image
    by itself. `progress` is told the number of images done. `skip` leaves operations out, as in
    `from_torch`.

    Raises:
        NotImported: torch cannot trace the model, or an operation has no nest and is not left out.
        NoLayer: a pattern of `skip` matches nothing that multiplies.
        ValueError: the batches hold no image.
    """
    meter = Meter(model, skip=skip)
    return meter.measure(batches, images=images, each_image=each_image, progress=progress)


class Meter:
    """Measures a model time and again; it is traced once for each shape of inputs.

    Between two times its tensors may change in place, as by `load_state_dict` or an optimizer, and
    nothing else of it.
    """

    def __init__(self, model: nn.Module, *, skip: str = "") -> None:
        self._model = model
        self._skip = skip
        self._runs = dict[object, _Run]()

    def measure(
        self,
        batches: Iterable[Any],
        *,
        images: int | None = None,
        each_image: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> Measured:
        """What the function `measure` gives for the model as it is now."""
        sums, singles, done = _Sums(), list[Mapping[str, Data]](), 0
        fixed = dict[str, Data]()
        for inputs in _inputs(batches, images, each_image, type(self._model).__name__):
            run = self._run(inputs)
            counts = run.counts(inputs)
            fixed = fixed or run.fixed()
            sums.add(counts)
            if each_image:
                singles.append(_data(counts, fixed))
            done += images_of(arguments(inputs), "")
            if progress:
                progress(done)
        if not done:
            raise ValueError("there is no image to measure")
        return Measured(images=done, data=_data(sums.counts, fixed), each=tuple(singles))

    def _run(self, inputs: Inputs) -> "_Run":
        shapes = _shapes(inputs)
        if shapes not in self._runs:
            self._runs[shapes] = _Run(trace(self._model, inputs), self._skip)
        return self._runs[shapes]


def _data(counts: Counted, fixed: Mapping[str, Data]) -> dict[str, Data]:
    return {
        layer: Data(
            densities={
                **fixed[layer].densities,
                **{tensor: Fraction(nonzero, all_) for tensor, (nonzero, all_) in tensors.items()},
            }
        )
        for layer, tensors in counts.items()
    }


# --- Batches ---------------------------------------------------------------------------------


def _inputs(batches: Iterable[Any], most: int | None, singly: bool, name: str) -> Iterator[Inputs]:
    """What the model is called with, batch by batch or image by image, up to so many images."""
    left = most
    for batch in batches:
        inputs = batch[0] if isinstance(batch, list | tuple) else batch
        count = images_of(arguments(inputs), name)
        taken = count if left is None else min(count, left)
        if singly:
            yield from (_part(inputs, count, at, at + 1) for at in range(taken))
        elif taken:
            yield _part(inputs, count, 0, taken)
        left = None if left is None else left - taken
        if left == 0:
            return


def _part(inputs: Inputs, count: int, start: int, end: int) -> Inputs:
    part: Inputs = pytree.tree_map(
        lambda leaf: (
            leaf[start:end]
            if isinstance(leaf, Tensor) and leaf.ndim and leaf.shape[0] == count
            else leaf
        ),
        inputs,
    )
    return part


def _shapes(inputs: Inputs) -> object:
    given: Arguments = arguments(inputs)
    leaves = pytree.tree_leaves(given)
    return tuple(
        (tuple(leaf.shape), leaf.dtype) if isinstance(leaf, Tensor) else repr(leaf)
        for leaf in leaves
    )


# --- One run ---------------------------------------------------------------------------------


class _Run:
    """A traced model, and which operation of it yields what of which layer."""

    def __init__(self, traced: Trace, skip: str) -> None:
        self.traced = traced
        _, self.priced = read(traced, skip)
        self.reading = dict[str, list[PricedProduct]]()
        self.storing = dict[str, list[PricedProduct]]()
        for one in self.priced:
            self.reading.setdefault(one.node.name, []).append(one)
            if one.product.yields:
                self.storing.setdefault(stored_by(one.node).name, []).append(one)

    def fixed(self) -> dict[str, Data]:
        """What the weights of every layer contain now."""
        return {one.layer.name: weights(self.traced, one) for one in self.priced}

    def counts(self, inputs: Inputs) -> Counted:
        """The nonzeros of every layer's tensors for these inputs."""
        counts: Counted = {}

        def watch(node: Node, state: Interpreter, result: Any) -> None:
            for one in self.reading.get(node.name, ()):
                counts[one.layer.name] = one.product.contents(state.env)
            for one in self.storing.get(node.name, ()):
                counts[one.layer.name][OUTPUTS] = nonzeros(first_tensor(result))

        self.traced.run(inputs, watch)
        return counts


def stored_by(node: Node) -> Node:
    """What yields what is stored for a layer: its ReLU if it alone reads it, or itself."""
    last = node
    while len(last.users) == 1:
        (last,) = last.users
        if operation(last) in RELUS or _is_relu6(last):
            return last
        if operation(last) not in FOLDED:
            break
    return node


def _is_relu6(node: Node) -> bool:
    return operation(node) == "hardtanh" and settings(node)["min_val"] == 0
