"""Turns a problem into the energy and the CPU time of AccelForge's best mapping: one JSON line.

Run it with the interpreter of AccelForge's own environment, from the repository's root:

    python -m benchmarks.rivals.accelforge problem.json

It needs Python 3.12, and graphviz (Debian's, for its `dot`) to draw mappings, which we don't do.

What it may do, and what it counts (1.0.467, read in its `model/_looptree/reuse/symbolic/`):

- Bypass: any tensor may pass by a storage that `may_bypass`; the others keep theirs.
- Loops: any between any two storages of tensors, by tile sizes that divide. A storage further in
  stands below all that are further out, and so do the register files of one element, in the order
  in which the problem names them (as in AccelForge's own Eyeriss). On `split` that is dear: weights
  stand below inputs and are hardly used twice. `force_memory_hierarchy_order: False` on them frees
  them: fc8 falls from 845.8e6 to 845.0e6; conv5, 826 CPU seconds in order, was not done in 1,800.
- Array: any loops on rows and on columns, by factors that divide. No double buffering.
- Fills: the read above and the write below, in every element that gets a copy. One read serves
  all elements along a loop that is irrelevant to the tensor (multicast); windows of inputs that
  overlap along P, Q, R or S are read for each element.
- Windows: a tile of inputs spans `stride * (P - 1) + R` rows, holes included. Where the loop next
  below the storage runs along P, Q, R or S (relevant ones may stand between), the storage is
  filled with the span of the whole loop once and needs room for one iteration's only: that is
  sliding-window reuse along one loop of each storage. Other windows are fetched whole.
- Inputs and weights at the MAC: a read of each for each MAC.
- Outputs at the MAC: a read and a write for each MAC, but for the first read in each element.
- Partial sums between storages: a write upwards pays a read below, also the last; each visit but
  the first brings them back (read above, write below).
- Sums across the array are free: each element's part is read, one sum is written above; what comes
  back is read once and written to each of the elements.
- Cycles: those of the busiest MAC; storages are never waited for.
"""

import contextlib
import json
import sys
import time
from copy import deepcopy
from typing import Any

import accelforge
from accelforge.frontend import arch
from accelforge.mapper.FFM.main import map_workload_to_arch
from accelforge.model.main import evaluate_mapping

from benchmarks.problem import given

Problem = dict[str, Any]


def memory(storage: Problem, word_bits: int) -> arch.Memory:
    """A storage that keeps its tensors, or only may keep them, and is never waited for."""
    tensors = " | ".join(storage["tensors"])
    capacity = storage["capacity_words"]
    price = {"energy": storage["energy_per_word"], "throughput": float("inf")}
    return arch.Memory(
        name=storage["name"],
        size="inf" if capacity is None else capacity * word_bits,
        tensors={"may_keep" if storage["may_bypass"] else "keep": tensors},
        bits_per_action=word_bits,
        actions=[{"name": "read", **price}, {"name": "write", **price}],
        leak_power=0,
        area=0,
    )


def architecture(problem: Problem) -> accelforge.Arch:
    """The shared storages, the array, and in each element of it the storages of its own."""
    memories = {
        in_each_pe: [
            memory(storage, problem["word_bits"])
            for storage in problem["storages"]
            if storage["in_each_pe"] == in_each_pe
        ]
        for in_each_pe in (False, True)
    }
    fanouts = [{"name": name, "fanout": size} for name, size in problem["array"].items()]
    compute = {"name": "compute", "energy": problem["mac_energy"], "throughput": 1}
    return accelforge.Arch(
        nodes=[
            *memories[False],
            arch.Container(name="array", spatial=fanouts),
            *memories[True],
            arch.Compute(name="mac", actions=[compute], leak_power=0, area=0),
        ]
    )


def workload(problem: Problem) -> accelforge.Workload:
    """The layer as an Einsum over the loops that it iterates more than once."""
    bounds = dict(problem["bounds"])
    stride = bounds.pop("stride")
    loops = [rank for rank, bound in bounds.items() if bound > 1]
    tensors = {
        "inputs": {
            **{rank: rank.lower() for rank in loops if rank in "NGC"},
            **window("H", [(stride, "P"), (1, "R")], loops),
            **window("W", [(stride, "Q"), (1, "S")], loops),
        },
        "weights": {rank: rank.lower() for rank in loops if rank in "GMCRS"},
        "outputs": {rank: rank.lower() for rank in loops if rank in "NGMPQ"},
    }
    accesses = [
        {"name": name, "projection": projection, "output": name == "outputs"}
        for name, projection in tensors.items()
    ]
    shape = [f"0 <= {rank.lower()} < {bounds[rank]}" for rank in loops]
    layer = {"name": "layer", "tensor_accesses": accesses, "iteration_space_shape": shape}
    return accelforge.Workload(bits_per_value={"All": problem["word_bits"]}, einsums=[layer])


def window(rank: str, terms: list[tuple[int, str]], loops: list[str]) -> dict[str, str]:
    """The inputs' row or column that an output and a weight meet in: `H: 4 * p + 1 * r`."""
    used = [f"{factor} * {loop.lower()}" for factor, loop in terms if loop in loops]
    return {rank: " + ".join(used)} if used else {}


def evaluated(spec: accelforge.Spec) -> dict[str, Any]:
    """The figures of the mapping of least energy, by AccelForge's names, its mapping among them.

    Its own `eval_in_detail` does the same and also draws the mapping, for which it needs graphviz.
    """
    found = map_workload_to_arch(spec, eval_in_detail=False, print_progress=False)
    detailed = deepcopy(spec)
    detailed.model.metrics = spec.mapper.info_metrics
    detailed.mapping = found.data.iloc[0]["Total<SEP>mapping"](_for_model=True)
    figures = evaluate_mapping(
        detailed, flattened_arches=found.flattened_arches, evaluated_specs=found.evaluated_specs
    )
    return {**figures.data.iloc[0].to_dict(), "mapping": detailed.mapping}


def accesses(figures: dict[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """Words read and written, by storage and tensor."""
    counts: dict[str, dict[str, dict[str, float]]] = {}
    for name, count in figures.items():
        match name.split("<SEP>"):
            case [_, "action", storage, tensor, ("read" | "write") as action]:
                counts.setdefault(storage, {}).setdefault(tensor, {})[action] = float(count)
    return counts


def main() -> None:
    """Answer the problem that is given."""
    problem = given(sys.argv[1:])
    accelforge.set_n_parallel_jobs(1)
    with contextlib.redirect_stdout(sys.stderr):
        spec = accelforge.Spec(arch=architecture(problem), workload=workload(problem))
        started = time.process_time()
        figures = evaluated(spec)
        searched = time.process_time() - started
    answer = {
        "rival": "accelforge",
        **{name: problem[name] for name in ("network", "hierarchy", "layer")},
        "energy": float(figures["Total<SEP>energy"]),
        "cycles": float(figures["Total<SEP>latency"]),
        "cpu_s": round(searched, 2),
        "cpu_s_total": round(time.process_time(), 2),
        "accesses": accesses(figures),
        "mapping": [node.compact_str() for node in figures["mapping"].nodes],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
