"""Prints, for the architectures of timm and transformers, MACs beside those that torch counts.

python -m benchmarks.zoo [--results FILE] [PATTERN ...]

Needs timm and transformers (`pip install timm transformers`; nothing is downloaded besides). Each
architecture is imported in a process of its own, within limits of time and memory; results are kept
in FILE, line by line, and not computed again.
"""

import argparse
import importlib
import importlib.util
import json
import multiprocessing
import re
import resource
import sys
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import hwsim
from benchmarks.zoo_list import TIMM, TRANSFORMERS
from hwsim.workload import Network

SECONDS, GIBIBYTES = 600, 12


def main() -> None:
    """The table, of what matches the patterns or of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patterns", nargs="*", default=["*"])
    parser.add_argument("--results", type=Path, default=Path("zoo.jsonl"))
    given = parser.parse_args()
    known = {row["name"]: row for row in _lines(given.results)}
    names = [*(f"timm/{name}" for name in TIMM), *(f"transformers/{name}" for name in TRANSFORMERS)]
    chosen = [name for name in names if any(fnmatchcase(name, one) for one in given.patterns)]
    _declare_operators()
    for name in chosen:
        if name not in known:
            known[name] = _apart(name)
            with given.results.open("a") as file:
                file.write(json.dumps(known[name]) + "\n")
    _show([known[name] for name in chosen])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        yield from map(json.loads, path.read_text().splitlines())


def _apart(name: str) -> dict[str, Any]:
    """The row of an architecture, from a process of its own: none can stop the rest."""
    start = time.monotonic()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(name, sender))
    process.start()
    sender.close()
    try:
        row: dict[str, Any] = {"error": f"more than {SECONDS} s"}
        if receiver.poll(SECONDS):
            row = receiver.recv()
    except EOFError:
        process.join()
        row = {"error": f"its process ended with status {process.exitcode}"}
    process.kill()
    process.join()
    row = {"name": name, **row, "seconds": round(time.monotonic() - start)}
    print(json.dumps(row)[:250], file=sys.stderr, flush=True)
    return row


# --- One architecture ------------------------------------------------------------------------


def _send(name: str, sender: Connection) -> None:
    """Send what hwsim and torch count of an architecture, or why they cannot."""
    resource.setrlimit(resource.RLIMIT_AS, (GIBIBYTES * 2**30,) * 2)
    try:
        sender.send(_row(name))
    except Exception as error:  # noqa: BLE001 - the next architecture is none the worse
        sender.send({"error": f"{type(error).__name__}: {error}"[:600]})


def _row(name: str) -> dict[str, Any]:
    torch.manual_seed(0)
    model, inputs = _built(name)
    try:
        network = hwsim.from_torch(model, inputs, batch=1)
    except hwsim.NotImported as error:
        return {"error": str(error)[:600]}
    return _ours(network, model) | {"counted": counted(model, inputs)}


def _ours(network: Network, model: nn.Module) -> dict[str, Any]:
    recurrent = [name for name, one in model.named_modules() if isinstance(one, nn.RNNBase)]
    steps = [
        layer.macs
        for layer in network.layers
        if any(layer.name.startswith(f"{name}.") for name in recurrent)
    ]
    return {
        "macs": network.macs,
        "recurrent": sum(steps),
        "missing": [[one.name, one.kind, one.macs] for one in network.missing],
        "precomputed": [[one.name, one.kind, one.macs] for one in network.precomputed],
    }


def counted(model: nn.Module, inputs: dict[str, Tensor] | Tensor) -> int:
    """Half of the operations that torch counts as the model runs, if it can on shapes alone."""
    model.eval().requires_grad_(False)  # the counter follows gradients, where there are any
    try:
        with FakeTensorMode(allow_non_fake_inputs=True):
            return _counted(model, inputs)
    except (DataDependentOutputException, RuntimeError):
        return _counted(model, inputs)


def _counted(model: nn.Module, inputs: dict[str, Tensor] | Tensor) -> int:
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        model(**inputs) if isinstance(inputs, dict) else model(inputs)
    return counter.get_total_flops() // 2


def _built(name: str) -> tuple[nn.Module, Any]:
    """The model, with random weights, and an example of what it is called with."""
    library, _, which = name.partition("/")
    if library == "timm":
        import timm

        model = timm.create_model(which, pretrained=False)
        return model, torch.zeros(1, *model.default_cfg["input_size"])
    import transformers

    model_class, config, inputs = TRANSFORMERS[which]
    if "Config" not in config:
        config = {"Config": model_class.replace("Model", "Config"), **config}
    settings = {key: value for key, value in config.items() if key != "Config"}
    configuration = getattr(transformers, config["Config"])(**settings)
    model = getattr(transformers, model_class)(configuration)
    return model, {key: torch.zeros(shape, dtype=kind) for key, (shape, kind) in inputs.items()}


def _declare_operators() -> None:
    """Let torchvision, which timm needs, be imported where its own operators do not load."""
    found = importlib.util.find_spec("torchvision")
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [one for one in sys.modules if one.startswith("torchvision")]:
            del sys.modules[name]
        (folder,) = (found and found.submodule_search_locations) or [""]
        text = (Path(folder) / "_meta_registrations.py").read_text()
        for name in set(re.findall(r'register_(?:meta|fake)\("(?:torchvision::)?(\w+)"', text)):
            torch.library.define(f"torchvision::{name}", "(Tensor x) -> Tensor")
    for library in ("timm", "transformers", "torch._dynamo"):  # once for all processes
        importlib.import_module(library)


# --- The table -------------------------------------------------------------------------------


def _show(rows: list[dict[str, Any]]) -> None:
    """What is equal to the MAC, and one by one what is not."""
    read = [row for row in rows if "macs" in row]
    equal = [row["name"] for row in read if row["macs"] == row["counted"] and not row["missing"]]
    print(f"{len(read)} of {len(rows)} import; {len(equal)} have the MACs that torch counts.\n")
    print("| architecture | MACs | less than torch counts | why |\n|---|---:|---:|---|")
    for row in rows:
        if row["name"] not in equal:
            print(f"| {row['name']} | {_difference(row)} |")
    for library in ("timm", "transformers"):
        names = [name.partition("/")[2] for name in equal if name.startswith(library)]
        print(f"\nEqual, of {library}: {', '.join(names)}.")


def _difference(row: dict[str, Any]) -> str:
    if "macs" not in row:
        first, *others = row["error"].splitlines()
        reason = re.sub(r" at \S*/(\S+:\d+)", r" at \1", first).partition(" (")[0]
        more = f", and {len(others)} more" if others else ""
        return f"- | - | not imported: {reason.partition(': ')[2]}{more}"
    less = row["counted"] - row["macs"]
    return f"{row['macs']:,} | {less:,} | {'; '.join(_reasons(row, less))}"


def _reasons(row: dict[str, Any], less: int) -> Iterator[str]:
    """Why torch counts so many more MACs; what is left of the difference is said."""
    once = sum(macs or 0 for _, _, macs in row["precomputed"])
    lacks = sum(macs or 0 for _, _, macs in row["missing"])
    if once:
        yield f"{once:,} are of weights alone"
    if row["recurrent"]:
        yield f"torch does not count {row['recurrent']:,} of recurrent layers"
    if row["missing"]:
        kinds = ", ".join(sorted({kind for _, kind, _ in row["missing"]}))
        number = f"{lacks:,}" if lacks else "an unknown number"
        yield f"missing are {number} of {kinds}, which torch does not count either"
    left = less - once + row["recurrent"]
    if left:
        yield f"unexplained: {left:,}"


if __name__ == "__main__":
    main()
