"""Two running networks and images to what is known of each layer: its inputs and outputs, sampled.

The inputs are those of the network that is being pruned, the outputs those of the dense network at
the same positions of the same images, less the bias of the pruned layer. Of every image the same
number of positions is drawn, at random by the seed; every fifth image is held out.

In every batch and network the sampled rows times the layer's weights, plus its bias, must be what
the layer gave: patches in another order than the weights (as from a tensor that is channels last in
memory, read as if it were not) would ruin every solve silently.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import torch
from torch import Tensor, nn
from torch.nn import functional

from hwsim.meant import closest, did_you_mean
from prune.errors import Error
from prune.network.watch import beside, evaluating, watched
from prune.solvers.gram import ENOUGH, Evidence, Gram, SampledRows, Samples

#: One image in so many is held out.
HELD = 5
#: What a row times the weights may miss an output by, relative to the largest; GPUs round factors
#: in float32 to 10 bits, and another order of inputs would miss by as much as the output is. Where
#: the precision is coarser, in units of it.
TOLERANCE = 1e-2
TOLERANCE_ULPS = 8

Module = nn.Conv2d | nn.Linear


class CalibrationError(Error):
    """A `layer` that cannot be calibrated, and `why`."""

    layer: str
    why: str

    def __str__(self) -> str:
        return f"layer {self.layer}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How many positions are drawn of each of `images` images, by which `seed`.

    `rows` is how many are wanted, held-out ones among them; by default five to fit for each input
    of a filter. `keep_rows` keeps the rows themselves, as `eap` needs them; otherwise their sums
    are kept, or the rows where they are fewer than the inputs of a filter.
    """

    images: int
    seed: int = 0
    rows: int | None = None
    keep_rows: bool = False

    def positions(self, fan_in: int) -> int:
        """Positions of an image, for filters of so many inputs.

        >>> Sampling(images=1000).positions(1200)
        8
        """
        rows = self.rows or ceil(ENOUGH * fan_in * HELD / (HELD - 1))
        return max(1, ceil(rows / self.images))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """What a layer took and gave at the positions drawn of a batch: `patches` (n, G, K), `outputs`
    (n, G, M), and of each the image, by its `place` in the batch (n,).
    """

    patches: Tensor
    outputs: Tensor
    place: Tensor

    def rows(self, group: int, which: Tensor) -> SampledRows:
        """Those rows of a group that the mask (n,) tells."""
        return SampledRows(inputs=self.patches[which, group], outputs=self.outputs[which, group])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Targets:
    """What layers of a network gave at the positions drawn of each batch, by layer: (n, G, M)."""

    batches: tuple[Mapping[str, Tensor], ...]


class _Reached(Exception):
    """All layers that matter have run."""


@dataclass(slots=True)
class _Heap:
    """Evidence as it grows: rows, where they are to be kept, or their sums."""

    keep: bool
    rows: list[SampledRows]
    sums: Gram | None = None

    def add(self, rows: SampledRows) -> None:
        """Takes rows in."""
        if self.keep or not self.rows:
            self.rows.append(rows)
        if not self.keep and rows.count:
            self.sums = self.sums + rows.gram() if self.sums else rows.gram()

    @property
    def evidence(self) -> Evidence:
        """All that was taken in."""
        if self.sums:
            return self.sums
        return SampledRows(
            inputs=torch.cat([rows.inputs for rows in self.rows]),
            outputs=torch.cat([rows.outputs for rows in self.rows]),
        )


def targets(
    dense: nn.Module,
    layers: Sequence[str],
    batches: Iterable[Tensor | Sequence[Tensor]],
    sampling: Sampling,
) -> Targets:
    """What the layers of the dense network give, once for all times that `calibrate` asks for it
    with these batches and this sampling.
    """
    modules = _modules(dense, layers)
    return Targets(
        batches=tuple(
            _outputs(drawn(dense, modules, _images(batch), sampling, _seed(sampling, index)))
            for index, batch in enumerate(batches)
        )
    )


def calibrate(
    pruned: nn.Module,
    dense: nn.Module | Targets,
    layers: Sequence[str],
    batches: Iterable[Tensor | Sequence[Tensor]],
    sampling: Sampling,
) -> dict[str, tuple[Samples, ...]]:
    """What is known of each group of each named layer, from batches of images.

    `layers` name `nn.Conv2d` and `nn.Linear` modules as `named_modules` does; of one that runs
    several times in a pass, the first time counts. Where a batch is a sequence, its first item is
    the images. Both networks run in evaluation mode, without gradients, and no further than the
    last of the layers; `pruned` may be `dense`, whose outputs may be known already.

    Raises:
        CalibrationError: a name of no such module, a layer that does not run, values that are not
            finite, and rows that do not give the layer's outputs.
    """
    mine = _modules(pruned, layers)
    heaps: dict[tuple[str, int, bool], _Heap] = {}
    first = 0
    for index, batch in enumerate(batches):
        images, seed = _images(batch), _seed(sampling, index)
        took = drawn(pruned, mine, images, sampling, seed)
        if isinstance(dense, Targets):
            gave = dense.batches[index]
        elif dense is pruned:
            gave = _outputs(took)
        else:
            gave = _outputs(drawn(dense, _modules(dense, layers), images, sampling, seed))
        held = torch.arange(first, first + len(images)) % HELD == HELD - 1
        for name, module in mine.items():
            ours = _targeted(name, module, took[name], gave[name])
            _sort_in(heaps, name, ours, held.to(ours.place.device), sampling)
        first += len(images)
    if not first:
        raise CalibrationError(next(iter(layers), "none"), "there are no images to calibrate with")
    return {
        name: tuple(
            Samples(fit=heaps[name, group, False].evidence, held=heaps[name, group, True].evidence)
            for group in range(_groups(module))
        )
        for name, module in mine.items()
    }


def _images(batch: Tensor | Sequence[Tensor]) -> Tensor:
    return batch if isinstance(batch, Tensor) else batch[0]


def _seed(sampling: Sampling, batch: int) -> int:
    return sampling.seed + (batch << 20)


def _outputs(seen: Mapping[str, Drawn]) -> dict[str, Tensor]:
    return {name: one.outputs for name, one in seen.items()}


def group_weights(module: Module) -> tuple[Tensor, ...]:
    """The weights (M, K) of each group: of each filter by channel, row and column.

    Joined again along the first rank and viewed in the shape of `module.weight`, they are the
    layer's.
    """
    return module.weight.detach().flatten(1).chunk(_groups(module))


def drawn(
    network: nn.Module,
    modules: Mapping[str, Module],
    images: Tensor,
    sampling: Sampling,
    seed: int,
) -> dict[str, Drawn]:
    """What the modules, by name, took and gave at drawn positions when the network saw the images.

    The same seed draws the same positions of the same layers in any network.
    """
    seen: dict[str, Drawn] = {}

    def look(name: str, inputs: tuple[Tensor, ...], outputs: Tensor) -> None:
        if name not in seen:
            seen[name] = _draw(name, modules[name], inputs[0], outputs, sampling, seed)
        if len(seen) == len(modules):
            raise _Reached

    try:
        with evaluating(network), torch.no_grad(), watched(modules, look):
            network(beside(images, next(network.parameters())))
    except _Reached:
        return seen
    missing = next(name for name in modules if name not in seen)
    raise CalibrationError(missing, "the network gave its output without running it")


def _draw(
    name: str, module: Module, inputs: Tensor, outputs: Tensor, sampling: Sampling, seed: int
) -> Drawn:
    if not (inputs.isfinite().all() and outputs.isfinite().all()):
        raise CalibrationError(name, "its inputs or outputs are not all finite")
    groups = _groups(module)
    fan_in = module.weight[0].numel()
    maps = (
        outputs.flatten(2).transpose(1, 2) if isinstance(module, nn.Conv2d) else _by_image(outputs)
    )
    count = min(sampling.positions(fan_in), maps.shape[1])
    numbers = torch.rand(maps.shape[:2], generator=torch.Generator().manual_seed(seed))
    at = numbers.argsort(1)[:, :count].flatten().to(outputs.device)
    place = torch.arange(len(maps), device=outputs.device).repeat_interleave(count)
    if isinstance(module, nn.Conv2d):
        patches = _patches(module, inputs, place, at, outputs.shape[-1])
    else:
        patches = _by_image(inputs)[place, at]
    taken = Drawn(
        patches=patches.reshape(len(at), groups, fan_in).float(),
        outputs=maps[place, at].reshape(len(at), groups, -1).float(),
        place=place,
    )
    _check(name, module, taken, torch.finfo(outputs.dtype).eps)
    return taken


def _patches(module: nn.Conv2d, inputs: Tensor, place: Tensor, at: Tensor, width: int) -> Tensor:
    """What the filters see at positions `at` of a row-by-row output map: (n, C, R, S)."""
    mode = "constant" if module.padding_mode == "zeros" else module.padding_mode
    padded = functional.pad(inputs, module._reversed_padding_repeated_twice, mode=mode)
    rows, columns = (
        (index * stride)[:, None] + torch.arange(extent, device=at.device) * dilation
        for index, stride, extent, dilation in zip(
            (at // width, at % width),
            module.stride,
            module.kernel_size,
            module.dilation,
            strict=True,
        )
    )
    channels = torch.arange(padded.shape[1], device=at.device)
    return padded[
        place[:, None, None, None],
        channels[:, None, None],
        rows[:, None, :, None],
        columns[:, None, None, :],
    ]


def _by_image(tensor: Tensor) -> Tensor:
    """Vectors (images, positions, width) of a tensor with any ranks between."""
    return tensor.reshape(len(tensor), -1, tensor.shape[-1])


def _check(name: str, module: Module, taken: Drawn, epsilon: float) -> None:
    """Raises `CalibrationError` unless the rows give the layer's outputs."""
    weights = torch.stack(group_weights(module)).float()
    given = torch.einsum("ngk,gmk->ngm", taken.patches, weights) + _bias(module)
    miss = float((given - taken.outputs).abs().max())
    most = float(taken.outputs.abs().max())
    if miss > max(TOLERANCE, TOLERANCE_ULPS * epsilon) * most:
        raise CalibrationError(
            name,
            f"its sampled inputs times its weights miss its outputs by {miss:.3g} of at most"
            f" {most:.3g}: it computes something else than its weights tell",
        )


def _targeted(name: str, module: Module, took: Drawn, gave: Tensor) -> Drawn:
    """The inputs that a network took, and what its products should be to give these outputs."""
    if took.outputs.shape != gave.shape:
        raise CalibrationError(name, "its outputs differ in shape between the two networks")
    return Drawn(patches=took.patches, outputs=gave - _bias(module), place=took.place)


def _bias(module: Module) -> Tensor:
    """The bias, (G, M)."""
    if module.bias is None:
        return torch.zeros((), device=module.weight.device)
    return module.bias.detach().float().view(_groups(module), -1)


def _groups(module: Module) -> int:
    return module.groups if isinstance(module, nn.Conv2d) else 1


def _sort_in(
    heaps: dict[tuple[str, int, bool], _Heap],
    name: str,
    taken: Drawn,
    held: Tensor,
    sampling: Sampling,
) -> None:
    """Puts the rows of each group where they belong: to those to fit, or those held out."""
    count, groups, fan_in = taken.patches.shape
    an_image = count / len(held)
    keep = sampling.keep_rows or sampling.images * an_image < fan_in
    for group in range(groups):
        for out in (False, True):
            heap = heaps.setdefault((name, group, out), _Heap(keep=keep, rows=[]))
            heap.add(taken.rows(group, held[taken.place] == out))


def _modules(network: nn.Module, layers: Sequence[str]) -> dict[str, Module]:
    modules = dict(network.named_modules())
    return {name: _module(modules, name) for name in layers}


def _module(modules: Mapping[str, nn.Module], name: str) -> Module:
    if isinstance(module := modules.get(name), nn.Conv2d | nn.Linear):
        return module
    those = [other for other, one in modules.items() if isinstance(one, nn.Conv2d | nn.Linear)]
    remedy = did_you_mean(closest(name, those))
    what = "there is none" if module is None else f"it is a {type(module).__name__}"
    raise CalibrationError(name, f"{what}, and only Conv2d and Linear are calibrated{remedy}")
