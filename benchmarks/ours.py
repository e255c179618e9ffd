"""Turns a problem into hwsim's best mapping of it, its energy and its CPU time, as one JSON line.

    python -m benchmarks.ours zigzag problem.json

The convention is that of the rival that is named; the tile sizes are the rivals': divisors.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import hwsim
from benchmarks.problem import given
from hwsim.vocabulary import TENSORS

Problem = dict[str, Any]

#: What each rival counts; both charge fills, drains, and the way of a partial sum to each MAC and
#: back. In ZigZag the MAC has a latch of one word for inputs and one for weights, and the register
#: file is read for a partial sum that is still zero; in AccelForge tensors may pass the buffer by.
CONVENTIONS: dict[str, dict[str, Any]] = {
    "zigzag": {"latched": ["inputs", "weights"], "first_reads": "charged", "bypass": False},
    "accelforge": {"latched": [], "first_reads": "free", "bypass": True},
}
#: ZigZag is compared on the row-stationary use of the array that it is given, or finds. It may run
#: every loop in every storage; that N, P, R, too, may run in the register files would cost us more
#: time, and gain nothing here.
ROW_STATIONARY = {
    "dram": "NGMCPQ",
    "buffer": "NMCPQ",
    "register files": "MCQS",
    "array.rows": "PMC",
    "array.columns": "RCMP",
}
#: AccelForge may run every loop everywhere.
OPEN = dict.fromkeys(ROW_STATIONARY, "NGMCPQRS")
DATAFLOWS = {"zigzag": ROW_STATIONARY, "accelforge": OPEN}


def architecture(problem: Problem, rival: str) -> Problem:
    """The problem's hierarchy as an architecture, in the rival's convention."""
    inner = [storage for storage in problem["storages"] if storage["in_each_pe"]]
    outer = [storage for storage in problem["storages"] if not storage["in_each_pe"]]
    array = {"kind": "array", "axes": problem["array"], "reduces_along": list(problem["array"])}
    counted = CONVENTIONS[rival]
    components = {
        **{storage["name"]: component(storage, counted) for storage in outer},
        "array": array,
        **{storage["name"]: component(storage, counted) for storage in inner},
        **{f"{tensor}_latch": latch(tensor) for tensor in counted["latched"]},
        "mac": {"kind": "compute", "energy": {"compute": problem["mac_energy"]}},
    }
    return {
        "schema": "hwsim/architecture/v1",
        "name": problem["hierarchy"],
        "energy_unit": "mac",
        "word_bits": problem["word_bits"],
        "charging": {
            "by": "action",
            "fills": "charged",
            "first_reads": "free",
            "drains": "charged",
            "operands": "every_mac",
        },
        "components": components,
        "routes": {tensor: route(components, tensor) for tensor in TENSORS},
        "dataflow": dataflow(DATAFLOWS[rival], inner[-1]["name"]),
    }


def component(storage: Problem, counted: Problem) -> Problem:
    """A storage; what it holds may pass it by if both the problem and the rival say so."""
    energy = storage["energy_per_word"]
    made = {
        "kind": "storage",
        "holds": storage["tensors"],
        "energy": {"read": energy, "write": energy},
    }
    if storage["capacity_words"]:
        made["capacity_words"] = storage["capacity_words"]
    if counted["bypass"] and storage["may_bypass"]:
        made["may_bypass"] = storage["tensors"]
    if storage["in_each_pe"]:
        made["charging"] = {"first_reads": counted["first_reads"]}
    return made


def latch(tensor: str) -> Problem:
    """A word of the MAC's own, which costs nothing; what it takes from a storage costs there."""
    free = {"read": 0, "write": 0}
    return {"kind": "storage", "holds": [tensor], "capacity_words": 1, "energy": free}


def route(components: Problem, tensor: str) -> list[str]:
    """From the outermost storage to the MAC, over all that the tensor meets."""
    return [name for name, it in components.items() if tensor in it.get("holds", TENSORS)]


def dataflow(loops: dict[str, str], innermost: str) -> Problem:
    """Which loops may run where; those of the register files in the innermost of them."""
    places = {innermost if name == "register files" else name: them for name, them in loops.items()}
    rules = {name: {"dimensions": list(them)} for name, them in places.items()}
    return {
        "name": "of the benchmark",
        "temporal": {name: rule for name, rule in rules.items() if "." not in name},
        "spatial": {name: rule for name, rule in rules.items() if "." in name},
    }


def network(problem: Problem) -> Problem:
    """The problem's layer, alone in a network."""
    size = problem["bounds"]
    stride = size["stride"]
    layer = {
        "kind": "convolution",
        "out_channels": size["M"] * size["G"],
        "kernel": [size["R"], size["S"]],
        "stride": stride,
        "groups": size["G"],
    }
    image = {
        "channels": size["C"] * size["G"],
        "height": (size["P"] - 1) * stride + size["R"],
        "width": (size["Q"] - 1) * stride + size["S"],
    }
    name = problem["layer"]
    return {"schema": "hwsim/network/v1", "name": name, "input": image, "layers": {name: layer}}


def answer(problem: Problem, rival: str) -> Problem:
    """The best mapping's energy, if it is proven, and the CPU time of searching and counting."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "architecture.yaml"), Path(folder, "network.yaml")
        for file, made in zip(files, (architecture(problem, rival), network(problem)), strict=True):
            file.write_text(json.dumps(made))
        chip, net = hwsim.load_architecture(files[0]), hwsim.load_network(files[1])
    started = time.process_time()
    result = hwsim.simulate(chip, net, tiles="divisors").layers[0]
    seconds = time.process_time() - started
    return {"energy": result.energy, "cpu_s": round(seconds, 2), "proven": result.proven}


if __name__ == "__main__":
    print(json.dumps(answer(given(sys.argv[2:]), sys.argv[1])))
