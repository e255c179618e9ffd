"""Prints how far the mapper comes as open spaces grow: time, memory, and the gap that is left.

    python -m benchmarks.growth                         # all cases, in some 3 minutes
    python -m benchmarks.growth --seconds 60 storages   # longer, and only what grows in storages

Every case is a convolution on a chip that leaves all open: any dimension may run at any storage,
and at every axis two may that differ from those of the other axes. One thing grows at a time, from
the first line on, and at last everything does. A case runs in a process of its own, and its seconds
are those of the CPU.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import process_time

SECONDS = 5
MEGABYTE = 1 << 20
#: The dimensions of each axis, of the storages that tensors may bypass, and their number.
AXES = (("M", "P"), ("C", "R"), ("Q", "S"), ("C", "Q"))
TENSORS = ("weights", "inputs", "outputs")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A layer of `channels` to as many, on images of that `side`, with filters of 3 x 3; a chip of
    so many storages, axes, pairs of a storage and a tensor that may bypass it, and PEs.
    """

    storages: int = 3
    axes: int = 2
    bypasses: int = 0
    pes: int = 256
    channels: int = 64
    side: int = 56
    batch: int = 1

    @property
    def architecture(self) -> str:
        """The chip as a file."""
        inner = [f"buffer{number}" for number in range(1, self.storages - 1)]
        pairs = [(name, tensor) for tensor in TENSORS for name in inner][: self.bypasses]
        everything = "dimensions: [N, M, C, P, Q, R, S]"
        each = round(self.pes ** (1 / self.axes))
        sizes = {f"x{number}": each for number in range(1, self.axes)}
        sizes[f"x{self.axes}"] = self.pes // each ** (self.axes - 1)
        lines = ["schema: hwsim/architecture/v1", "name: open", "energy_unit: pJ", "word_bits: 16"]
        lines += ["charging: {by: action}", "components:", _storage("dram", 200)]
        for number, name in enumerate(inner):
            passing = [tensor for other, tensor in pairs if other == name]
            lines.append(_storage(name, 6 / 1.5**number, 2**17 >> 2 * number, passing))
        along = ", ".join(f"{axis}: {size}" for axis, size in sizes.items())
        lines.append(
            f"  pes: {{kind: array, axes: {{{along}}}, reduces_along: [{', '.join(sizes)}]}}"
        )
        lines += [_storage("spad", 1, 512), "  mac: {kind: compute, energy: {compute: 1}}"]
        way = ", ".join(["dram", *inner, "pes", "spad", "mac"])
        lines += ["routes:", *(f"  {tensor}: [{way}]" for tensor in TENSORS)]
        lines += ["dataflow:", "  name: open", "  temporal:"]
        lines += [f"    {name}: {{{everything}}}" for name in ("dram", *inner, "spad")]
        lines += ["  spatial:"]
        for axis, names in zip(sizes, AXES, strict=False):
            lines.append(f"    pes.{axis}: {{dimensions: [{', '.join(names)}]}}")
        return "\n".join(lines) + "\n"

    @property
    def network(self) -> str:
        """The layer as a file."""
        shape = f"channels: {self.channels}, height: {self.side}, width: {self.side}"
        layer = f"kind: convolution, out_channels: {self.channels}, kernel: 3, padding: 1"
        return (
            f"schema: hwsim/network/v1\nname: grown\ninput: {{{shape}}}\nlayers:\n"
            f"  layer: {{{layer}}}\n"
        )


FIRST = Case()
GROWN: dict[str, tuple[int, ...]] = {
    "storages": (2, 4, 5, 6),
    "axes": (1, 3, 4),
    "bypasses": (1, 2, 3),
    "pes": (4096, 65536),
    "channels": (61, 512, 8192),
    "side": (53, 224, 1021, 1024),
    "batch": (16, 1024),
}
LAST = (
    replace(FIRST, storages=4, bypasses=6),
    replace(FIRST, storages=5, axes=4),
    replace(FIRST, storages=6, axes=4),
    replace(FIRST, storages=4, channels=8191, side=1021, batch=1021, pes=65521),
    Case(storages=6, axes=4, bypasses=6, channels=8192, side=1024, batch=1024, pes=65536),
)


def cases(words: list[str]) -> Iterator[Case]:
    """The cases in which one of the words grows, or all cases."""
    yield FIRST
    for word, values in GROWN.items():
        if not words or word in words:
            yield from (replace(FIRST, **{word: value}) for value in values)
    yield from () if words else LAST


def main() -> None:
    """The table, or in a process of its own a case."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("words", nargs="*", metavar="WORD", help=f"of {', '.join(GROWN)}")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that a search may take")
    parser.add_argument("--case", type=json.loads, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.case:
        print(json.dumps(searched(Case(**asked.case), asked.seconds)))
        return
    names = list(asdict(FIRST))
    print(f"| {' | '.join(names)} | energy, uJ | gap, % | CPU s | MB |")
    print("|" + " ---: |" * (len(names) + 4))
    for case in cases(asked.words):
        print(f"| {' | '.join(map(str, asdict(case).values()))} | {run(case, asked.seconds)} |")
        sys.stdout.flush()


def run(case: Case, seconds: float) -> str:
    """What a case takes in a process of its own, as cells of the table."""
    command = [sys.executable, "-m", "benchmarks.growth", "--seconds", str(seconds)]
    with subprocess.Popen(
        [*command, "--case", json.dumps(asdict(case))],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ONE_THREAD},
    ) as child:
        assert child.stdout
        found = json.loads(child.stdout.read())
        used = os.wait4(child.pid, 0)[2]
        child.returncode = 0
    gap = "proven" if found["proven"] else f"{100 * found['gap']:.2f}"
    return (
        f"{found['energy'] / 1e6:.6g} | {gap} | {used.ru_utime + used.ru_stime:.1f} | {_peak(used)}"
    )


def _peak(used: resource.struct_rusage) -> int:
    """The most memory that a process had, in MB; Linux counts it in KiB."""
    return used.ru_maxrss * 1024 // MEGABYTE


def searched(case: Case, seconds: float) -> dict[str, float]:
    """What a search finds."""
    import hwsim
    from hwsim.mapper import Options, mapped

    with tempfile.TemporaryDirectory() as folder:
        chip, network = Path(folder, "chip.yaml"), Path(folder, "network.yaml")
        chip.write_text(case.architecture)
        network.write_text(case.network)
        made = hwsim.load_architecture(chip), hwsim.load_network(network, case.batch).layers[0]
    it = mapped(*made, Options(seconds=seconds), clock=process_time).certificate
    return {"energy": it.value, "gap": it.gap, "proven": it.proven}


def _storage(name: str, energy: float, capacity: int = 0, passing: list[str] | None = None) -> str:
    holds = f"kind: storage, holds: [{', '.join(TENSORS)}]"
    limit = f", capacity_bytes: {capacity}" if capacity else ""
    may = f", may_bypass: [{', '.join(passing)}]" if passing else ""
    return f"  {name}: {{{holds}{limit}{may}, energy: {{read: {energy:.3f}, write: {energy:.3f}}}}}"


if __name__ == "__main__":
    main()
