"""The arguments and options that several commands have: their types, and what help says of them."""

from pathlib import Path
from typing import Annotated

import typer

from hwsim.command.names import shipped_names
from hwsim.vocabulary import LARGEST_BATCH, Objective, Tiles

Architecture = Annotated[
    str,
    typer.Argument(
        metavar="ARCH",
        help="The name of an architecture that is shipped, or a file.",
        show_default=False,
        autocompletion=shipped_names("architecture"),
    ),
]
Network = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK",
        help="The name of a network that is shipped, or a file: YAML, ONNX, or .txt.",
        show_default=False,
        autocompletion=shipped_names("network"),
    ),
]
Batch = Annotated[
    int | None,
    typer.Option(
        min=1, max=LARGEST_BATCH, metavar="N", help="Images at a time.", show_default=False
    ),
]
Skip = Annotated[
    str,
    typer.Option(
        metavar="PATTERN",
        help="Leave layers out of the network, and say so, as 'head.*,fc6'.",
        show_default=False,
    ),
]
Shapes = Annotated[
    list[str] | None,
    typer.Option(
        "--shape",
        metavar="INPUT=SIZES",
        help="The shape of an input whose sizes an ONNX file leaves open, as image=1,3,48,320;"
        " repeatable.",
    ),
]
Dims = Annotated[
    list[str] | None,
    typer.Option(
        "--dim",
        metavar="NAME=SIZE",
        help="A size that an ONNX file leaves open, by its name there, as sequence=128;"
        " repeatable.",
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a value of the architecture, as components.buffer.capacity_bytes=65536;"
        " repeatable.",
    ),
]
Densities = Annotated[
    list[str] | None,
    typer.Option(
        "--density",
        metavar="NAME|FILE|ASSIGNMENT",
        help="Shares that are not zero: a name that is shipped, a YAML or CSV file, or"
        " [LAYERS.]TENSOR=SHARE, as weights=0.3 or 'conv*.inputs=0.4'; repeatable.",
        autocompletion=shipped_names("density"),
    ),
]
Widths = Annotated[
    list[str] | None,
    typer.Option(
        "--bits",
        metavar="[LAYERS.]TENSOR=BITS",
        help="Bits of weights, inputs, outputs or partial_sums, as weights=8; repeatable.",
    ),
]
Mapping = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="Take the loop nests of the layers in here; derive the others.",
        autocompletion=shipped_names("mapping"),
    ),
]
Aim = Annotated[
    Objective, typer.Option(help="What mappings are the best in; edp is energy times cycles.")
]
Sizes = Annotated[
    Tiles, typer.Option(help="Tile sizes to try: those that divide, that balance, or any.")
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="End the search for a layer's mapping after N candidates, proven or not.",
        show_default=False,
    ),
]
Seconds = Annotated[
    float,
    typer.Option(
        min=0.001,
        metavar="S",
        help="End the search for a layer's mapping after S seconds, proven or not.",
    ),
]
Cached = Annotated[
    bool,
    typer.Option("--cache/--no-cache", help="Keep mappings, and take those that are kept."),
]
Output = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the report to a file, not to stdout.")
]
