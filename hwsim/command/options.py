"""The arguments and options that several commands have: their types, and what help says of them."""

from pathlib import Path
from typing import Annotated

import typer

from hwsim.command.names import shipped_names
from hwsim.importer import OWN
from hwsim.vocabulary import LARGEST_BATCH, Objective, Tiles

_FILES = ", ".join(("YAML", *(one.what for one in OWN.values())))
_FILES = ", or ".join(_FILES.rsplit(", ", 1))
ArchitectureArgument = Annotated[
    str,
    typer.Argument(
        metavar="ARCH",
        help="A shipped architecture by its name, or a file.",
        show_default=False,
        autocompletion=shipped_names("architecture"),
    ),
]
NetworkArgument = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK",
        help=f"A shipped network by its name, or a file: {_FILES}.",
        show_default=False,
        autocompletion=shipped_names("network"),
    ),
]
BatchOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=LARGEST_BATCH,
        metavar="N",
        help="Process N images at a time.",
        show_default=False,
    ),
]
SkipOption = Annotated[
    str,
    typer.Option(
        metavar="PATTERN",
        help="Leave these layers out, such as 'head.*,fc6'; the report names them as missing.",
        show_default=False,
    ),
]
ShapeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--shape",
        metavar="INPUT=SIZES",
        help="Give the shape of an input that an ONNX file leaves open, such as"
        " image=1,3,48,320; repeatable.",
    ),
]
DimOption = Annotated[
    list[str] | None,
    typer.Option(
        "--dim",
        metavar="NAME=SIZE",
        help="Give a size that an ONNX file leaves open, by its name there, such as"
        " sequence=128; repeatable.",
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a value of the architecture, such as"
        " components.buffer.capacity_bytes=65536; repeatable.",
    ),
]
LayersOption = Annotated[
    str, typer.Option(metavar="PATTERN", help="Simulate only these layers, such as 'conv*,fc6'.")
]
LayersAtOnceOption = Annotated[
    int, typer.Option(min=1, metavar="N", help="Map N layers side by side.")
]
DensityOption = Annotated[
    list[str] | None,
    typer.Option(
        "--density",
        metavar="NAME|FILE|ASSIGNMENT",
        help="Say which share of a tensor is not zero: by a shipped name, in a YAML or CSV file, or"
        " as [LAYERS.]TENSOR=SHARE, such as weights=0.3 or 'conv*.inputs=0.4'; repeatable.",
        autocompletion=shipped_names("density"),
    ),
]
BitsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--bits",
        metavar="[LAYERS.]TENSOR=BITS",
        help="Say how many bits weights, inputs, outputs or partial_sums have, such as weights=8;"
        " repeatable.",
    ),
]
MappingOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="Take the mappings of the layers that this file has, and derive the others.",
        autocompletion=shipped_names("mapping"),
    ),
]
_MEANINGS = "".join(f"; {one} is {one.meaning}" for one in Objective if one.meaning)
ObjectiveOption = Annotated[
    Objective, typer.Option(help=f"Find the mapping with the least of this{_MEANINGS}.")
]
WithinOption = Annotated[
    list[str] | None,
    typer.Option(
        "--within",
        metavar="[LAYERS.]WHAT=AMOUNT",
        help="Limit what all layers take together to so many cycles, such as cycles=2e6, to so much"
        " energy, or to at least so much utilization, such as utilization=0.5; or what each layer"
        " takes that matches, such as 'conv*.cycles=1e5'; repeatable.",
        show_default=False,
    ),
]
TilesOption = Annotated[
    Tiles, typer.Option(help="Try these tile sizes: those that divide, those that balance, or any.")
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="End the search for a layer's mapping after N candidates, proven or not.",
        show_default=False,
    ),
]
SecondsOption = Annotated[
    float,
    typer.Option(
        min=0.001,
        metavar="S",
        help="End the search for a layer's mapping after S seconds, proven or not.",
    ),
]
CacheOption = Annotated[
    bool,
    typer.Option("--cache/--no-cache", help="Keep solved mappings, and take those that are kept."),
]
OutputOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write to a file, not to stdout.")
]
