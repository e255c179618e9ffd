"""A file of the energy estimation tool to a network with its zeros and its bits."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from hwsim.energy_tool.columns import (
    COLUMNS,
    MAP_COLUMNS,
    MAPS,
    SHAPE_COLUMNS,
    SIDE_COLUMNS,
    touched,
)
from hwsim.specification import Origin, Problem, SpecificationError
from hwsim.specification.files import fault, read_text, shown
from hwsim.vocabulary import INPUTS
from hwsim.workload.convolution import convolution, fully_connected
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Node

#: Columns that may be 0.
_FROM_0: Final = frozenset(
    name for name in COLUMNS if name == "layer" or name.endswith(("zeros", "padding"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A layer of a file: its numbers by column, and where each was written."""

    numbers: dict[str, int]
    origins: dict[str, Origin]

    def size(self, map_: str) -> int:
        """Entries of a map, of all images, or of all filters."""
        height, width, channels, images = (self.numbers[f"{map_} {of}"] for of in MAP_COLUMNS[:4])
        return height * width * channels * images

    def problem(self, column: str, what: str) -> Problem:
        """What is wrong with a number."""
        where = f"layer {self.numbers['layer']}: {column}"
        return Problem(origin=self.origins[column], where=where, what=what)


def from_energy_tool(path: str | os.PathLike[str], batch: int | None = None) -> Network:
    """The network in such a file, with the shares of zeros and the bits that it gives, at `batch`
    images, or as many as it has.

    Raises:
        SpecificationError: every line that has not 25 integers, and every layer whose numbers do
            not fit together.
    """
    file = shown(Path(path))
    lines, problems = list[FileLine](), list[Problem]()
    for number, text in enumerate(read_text(Path(path)).splitlines(), start=1):
        if text.strip():
            line, wrong = _line(text, Origin(file=file, line=number, column=1))
            problems += wrong
            lines += [] if wrong else [line]
    problems += [problem for line in lines for problem in _misfits(line)]
    problems += _of_other_batches(lines) or _repeated(lines)
    if problems:
        raise SpecificationError(problems)
    if not lines:
        raise fault(file, "has no layer")
    images = batch or lines[0].numbers["input images"]
    layers = [_of_images(_layer(line), images) for line in lines]
    shapes = [tuple(line.numbers[f"output {of}"] for of in SHAPE_COLUMNS) for line in lines]
    names = ["input", *(layer.name for layer in layers)]
    return Network(
        name=Path(path).stem,
        title=f"{Path(path).name}, of the energy estimation tool",
        source=file,
        batch=images,
        nodes=tuple(
            Node(name=layer.name, kind=layer.kind, sources=(before,), shape=shape)
            for layer, before, shape in zip(layers, names, shapes, strict=False)
        ),
        layers=tuple(layers),
    )


def _line(text: str, start: Origin) -> tuple[FileLine, list[Problem]]:
    """The numbers of a line, and what is no number of its column."""
    numbers, origins, problems = dict[str, int](), dict[str, Origin](), list[Problem]()
    cells = text.rstrip().rstrip(",").split(",")
    if len(cells) != len(COLUMNS):
        what = f"has {len(cells)} numbers, not {len(COLUMNS)}"
        return FileLine(numbers={}, origins={}), [_problem(start, "document", what)]
    column = 1
    for name, cell in zip(COLUMNS, cells, strict=True):
        origins[name] = replace(start, column=column + len(cell) - len(cell.lstrip()))
        column += len(cell) + 1
        digits = cell.strip()
        least = 0 if name in _FROM_0 else 1
        numbers[name] = int(digits) if digits.isdecimal() and len(digits) < 16 else -1
        if numbers[name] < least:
            what = f"must be an integer of {least} or more, not '{digits}'"
            problems.append(_problem(origins[name], name, what))
    return FileLine(numbers=numbers, origins=origins), problems


def _problem(origin: Origin, where: str, what: str) -> Problem:
    return Problem(origin=origin, where=where, what=what)


def _misfits(line: FileLine) -> Iterator[Problem]:
    """What does not fit together in a layer."""
    of = line.numbers
    for map_ in MAPS.values():
        if of[f"{map_} zeros"] > line.size(map_):
            what = f"{of[f'{map_} zeros']} zeros among {line.size(map_)} entries"
            yield line.problem(f"{map_} zeros", what)
    if of["input channels"] % of["filter channels"] or of["output channels"] % _groups(line):
        what = f"{of['filter channels']} do not divide the channels of the maps into groups"
        yield line.problem("filter channels", what)
    if of["output channels"] != of["filter images"]:
        what = f"{of['output channels']}, but there are {of['filter images']} filters"
        yield line.problem("output channels", what)
    for side, stride, *ends in SIDE_COLUMNS:
        free = of[f"input {side}"] + sum(of[end] for end in ends) - of[f"filter {side}"]
        made = free // of[stride] + 1
        if made != of[f"output {side}"]:
            what = f"{of[f'output {side}']}, but input, filter, padding and stride make {made}"
            yield line.problem(f"output {side}", what)


def _of_other_batches(lines: list[FileLine]) -> list[Problem]:
    """Layers whose images are not as many as the first one's."""
    return [
        line.problem(column, f"{line.numbers[column]}, but the first layer has {wanted}")
        for line in lines
        for wanted in [lines[0].numbers["input images"]]
        for column in ("input images", "output images")
        if line.numbers[column] != wanted
    ]


def _repeated(lines: list[FileLine]) -> list[Problem]:
    """Layers that have the number of another."""
    numbers = [line.numbers["layer"] for line in lines]
    return [
        line.problem("layer", "is the number of an earlier layer, too")
        for at, line in enumerate(lines)
        if line.numbers["layer"] in numbers[:at]
    ]


def _groups(line: FileLine) -> int:
    return max(1, line.numbers["input channels"] // line.numbers["filter channels"])


def _layer(line: FileLine) -> Layer:
    of, name = line.numbers, f"layer{line.numbers['layer']}"
    batch, groups = of["input images"], _groups(line)
    kernel = of["filter height"], of["filter width"]
    outputs = of["output height"], of["output width"]
    if outputs == (1, 1) and kernel == (of["input height"], of["input width"]) and groups == 1:
        features = kernel[0] * kernel[1] * of["input channels"], of["output channels"]
        layer = fully_connected(name, batch=batch, features=features)
    else:
        layer = convolution(
            name,
            batch=batch,
            groups=groups,
            channels=(of["filter channels"], of["output channels"] // groups),
            outputs=outputs,
            kernel=kernel,
            stride=(of["vertical stride"], of["horizontal stride"]),
            sides=(
                (of["top padding"], of["input height"]),
                (of["left padding"], of["input width"]),
            ),
        )
    return replace(layer, data=_data(line, layer))


def _of_images(layer: Layer, number: int) -> Layer:
    return replace(layer, bounds={**layer.bounds, "N": number})


def _data(line: FileLine, layer: Layer) -> Data:
    """Shares that are not zero; of the inputs, of those that are touched, padding included."""
    left = {
        tensor: 1 - Fraction(line.numbers[f"{map_} zeros"], line.size(map_))
        for tensor, map_ in MAPS.items()
    }
    left[INPUTS] *= Fraction(touched(line.numbers), layer.words(INPUTS))
    return Data(
        densities={tensor: share for tensor, share in left.items() if share != 1},
        bits={tensor: line.numbers[f"{map_} bits"] for tensor, map_ in MAPS.items()},
    )
