"""Turns a problem into the energy and the CPU time of ZigZag's best mapping: one JSON line.

Run it with the interpreter of ZigZag's own environment, from the repository's root:

    python -m benchmarks.rivals.zigzag problem.json

What it may do, and what it counts (3.9.1, read in its `mapping/` and `cost_model/`):

- Bypass: none. A tensor passes every storage that lists it, whatever `may_bypass` says.
- Loops: one order for all tensors, of the prime factors that the array leaves over, merged until
  six are left (`loma_lpf_limit`, its default); every order is tried. Going outwards, each tensor
  keeps as many of the loops in a storage as fit; tensors that share one take the split with the
  fewest words from above. Tensors may be cut at different loops. No double buffering.
- Array: ZigZag generates three unrollings, one loop for each dimension of the array, those of
  most use of it and not of least energy. Beside them we ask for row stationary, P on the rows, R
  and as many M or C as fit on the columns (without R: M on one, C on the other), with the largest
  factors and with the largest that divide. The best of all is the answer.
- Bounds that do not divide: a spatial factor becomes a fraction (55 rows on 14 are 4 x 13.75), no
  padding is paid, and counts of elements and words are rounded, so words go missing: of 4,096,000
  weights of fc8 it fetches 4,095,792. `whole` tells whether all factors of a mapping are integers.
- Fills: the read above and the write below, in every element that gets a copy. One read serves
  all elements that take the same word (multicast), overlapping windows of inputs included.
- Windows: a tile of inputs is the indices that are met (no holes of a stride), and is fetched
  whole whenever it changes: no sliding-window reuse.
- Inputs and weights at the MAC: a word is read from the register file when it changes, as if the
  MAC had a latch of one word for each (`access_same_data_considered_as_no_access`, its API's way).
- Outputs at the MAC: a write for each MAC, and a read for each, the first included, if anything is
  summed in the register file, across the array or further out; else no read.
- Partial sums between storages: a write upwards pays a read below, also the last; if anything is
  still summed above, as many come back down (read above, write below), the first, zero, included.
- Sums across the array are free: each element's part is read, one sum is written above; what comes
  back is read once and written to each of the elements.
- Cycles: temporal iterations, without stalls; its latency, not asked for here, has them.
"""

import json
import logging
import sys
import tempfile
import time
from itertools import chain
from math import prod
from pathlib import Path
from typing import Any

from zigzag.cost_model.cost_model import CostModelEvaluation
from zigzag.mapping.data_movement import DataMoveAttr
from zigzag.mapping.temporal_mapping import TemporalMappingType
from zigzag.opt.loma.engine import NoValidLoopOrderingFoundException
from zigzag.stages.evaluation.cost_model_evaluation import CostModelStage
from zigzag.stages.main import MainStage
from zigzag.stages.mapping.spatial_mapping_generation import SpatialMappingGeneratorStage
from zigzag.stages.mapping.temporal_mapping_generator_stage import TemporalMappingGeneratorStage
from zigzag.stages.parser.accelerator_parser import AcceleratorParserStage
from zigzag.stages.parser.workload_parser import WorkloadParserStage
from zigzag.stages.results.reduce_stages import MinimalEnergyStage
from zigzag.stages.workload_iterator import WorkloadStage

from benchmarks.problem import given

Problem = dict[str, Any]
Unrolling = dict[str, list[str]]
Used = tuple[tuple[str, int], ...]

OPERANDS = {"inputs": "I1", "weights": "I2", "outputs": "O"}
TENSORS = {"I": "inputs", "W": "weights", "O": "outputs"}
DIMENSIONS = {"N": "B", "G": "G", "M": "K", "C": "C", "P": "OY", "Q": "OX", "R": "FY", "S": "FX"}
EQUATION = "O[b][g][k][oy][ox]+=W[g][k][c][fy][fx]*I[b][g][c][iy][ix]"
ENDLESS_BITS = 10**12
STAGES = [
    WorkloadParserStage,
    AcceleratorParserStage,
    WorkloadStage,
    MinimalEnergyStage,
    SpatialMappingGeneratorStage,
    MinimalEnergyStage,
    TemporalMappingGeneratorStage,
    CostModelStage,
]


def memory(storage: Problem, problem: Problem) -> Problem:
    """A storage: a word wide, but the one that feeds the array as wide as the array is large."""
    word, capacity = problem["word_bits"], storage["capacity_words"]
    shared = [other for other in problem["storages"] if not other["in_each_pe"]]
    words = 1 << (prod(array(problem)) - 1).bit_length() if storage == shared[-1] else 1
    operands = [OPERANDS[tensor] for tensor in storage["tensors"]]
    energy = float(storage["energy_per_word"] * words)
    return {
        "size": ENDLESS_BITS if capacity is None else capacity * word,
        "r_cost": energy,
        "w_cost": energy,
        "area": 0.0,
        "latency": 1,
        "operands": operands,
        "ports": [
            port("read", operands, "tl", "th", (word, word * words)),
            port("write", operands, "fh", "fl", (word, word * words)),
        ],
        "served_dimensions": [] if storage["in_each_pe"] else ["D1", "D2"],
    }


def port(kind: str, operands: list[str], every: str, output: str, bits: tuple[int, int]) -> Problem:
    """A way in or out for every operand, and the one that only outputs take besides."""
    taken = [f"{operand}, {every}" for operand in operands]
    return {
        "name": f"{kind[0]}_port_1",
        "type": kind,
        "bandwidth_min": bits[0],
        "bandwidth_max": bits[1],
        "allocation": [*taken, f"O, {output}"] if "O" in operands else taken,
    }


def array(problem: Problem) -> tuple[int, int]:
    """Its rows and columns."""
    return problem["array"]["rows"], problem["array"]["columns"]


def accelerator(problem: Problem) -> Problem:
    """The storages, innermost first as ZigZag wants them, around the array."""
    return {
        "name": problem["hierarchy"],
        "memories": {
            storage["name"]: memory(storage, problem) for storage in reversed(problem["storages"])
        },
        "operational_array": {
            "unit_energy": float(problem["mac_energy"]),
            "unit_area": 0.0,
            "dimensions": ["D1", "D2"],
            "sizes": list(array(problem)),
        },
    }


def workload(problem: Problem) -> list[Problem]:
    """The layer, every tensor of it in whole words."""
    bounds, word = problem["bounds"], problem["word_bits"]
    stride = bounds["stride"]
    layer = {
        "id": 0,
        "name": problem["layer"],
        "operator_type": "Conv",
        "equation": EQUATION,
        "dimension_relations": [f"ix={stride}*ox+1*fx", f"iy={stride}*oy+1*fy"],
        "loop_dims": list(DIMENSIONS.values()),
        "loop_sizes": [bounds[rank] for rank in DIMENSIONS],
        "operand_precision": {"W": word, "I": word, "O": word, "O_final": word},
        "operand_source": {"W": 0, "I": 0},
    }
    return [layer]


def unrollings(problem: Problem) -> dict[str, Unrolling]:
    """The ways to use the array that are tried; the empty one lets ZigZag generate three."""
    bounds, (rows, columns) = problem["bounds"], array(problem)
    ways: dict[str, Unrolling] = {"generated": {}}
    for fill in (min, largest_divisor):
        for rank in "MC":
            if bounds["R"] > 1:
                taps = fill(bounds["R"], columns)
                several = fill(bounds[rank], columns // taps)
                used: Used = (
                    ("OY", fill(bounds["P"], rows)),
                    ("FY", taps),
                    (DIMENSIONS[rank], several),
                )
            else:
                other = "C" if rank == "M" else "M"
                used = (
                    (DIMENSIONS[rank], fill(bounds[rank], rows)),
                    (DIMENSIONS[other], fill(bounds[other], columns)),
                )
            first, *rest = (f"{dimension}, {factor}" for dimension, factor in used)
            if {"D1": [first], "D2": rest} not in ways.values():
                ways[f"{first} x {' '.join(rest)}"] = {"D1": [first], "D2": rest}
    return ways


def largest_divisor(bound: int, limit: int) -> int:
    """The largest part of the bound that fills the limit and leaves no remainder."""
    return max(part for part in range(1, limit + 1) if bound % part == 0)


def cheapest(problem: Problem, unrolling: Unrolling) -> CostModelEvaluation | None:
    """ZigZag's mapping of least energy with one way to use the array, if any fits."""
    mapping: Problem = {"name": "default", "memory_operand_links": {"O": "O", "W": "I2", "I": "I1"}}
    if unrolling:
        mapping["spatial_mapping"] = unrolling
    texts = {
        "accelerator": accelerator(problem),
        "workload": workload(problem),
        "mapping": [mapping],
    }
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, f"{name}.yaml") for name in texts}
        for name, text in texts.items():
            files[name].write_text(json.dumps(text))
        search = MainStage(
            STAGES,
            **{name: str(file) for name, file in files.items()},
            loma_lpf_limit=6,
            loma_show_progress_bar=False,
            nb_mappings_generated=3,
            access_same_data_considered_as_no_access=True,
            temporal_mapping_type=TemporalMappingType.UNEVEN,
        )
        try:
            return search.run()[0][0]
        except NoValidLoopOrderingFoundException:
            return None


def accesses(found: CostModelEvaluation) -> dict[str, dict[str, dict[str, float]]]:
    """Words read and written, by storage and tensor: ZigZag's own counts before it rounds them."""
    counts: dict[str, dict[str, dict[str, float]]] = {}
    for operand, moves in found.mapping.unit_mem_data_movement.items():
        levels = found.mem_hierarchy_dict[found.memory_operand_links.layer_to_mem_op(operand)]
        units = found.mapping.spatial_mapping.unit_count[operand]
        for level, (move, storage) in enumerate(zip(moves, levels, strict=True)):
            words = move.get_attribute(DataMoveAttr.DATA_TRANS_AMOUNT_PER_PERIOD).data
            times = move.get_attribute(DataMoveAttr.DATA_TRANS_PERIOD_COUNT).data
            tensor = counts.setdefault(storage.name, {}).setdefault(TENSORS[operand.name], {})
            for direction in words:
                name = direction.value
                tensor[name] = words[direction] * times[direction] * units[level + 1]
    return counts


def energy(problem: Problem, found: CostModelEvaluation) -> float:
    """The price of those words and of the MACs; ZigZag's own total, but for its rounding."""
    words = {
        storage: sum(sum(moved.values()) for moved in tensors.values())
        for storage, tensors in accesses(found).items()
    }
    prices = {storage["name"]: storage["energy_per_word"] for storage in problem["storages"]}
    moved = sum(count * prices[storage] for storage, count in words.items())
    total: float = found.mac_energy + moved
    return total


def answered(problem: Problem, found: CostModelEvaluation) -> dict[str, Any]:
    """What is told of a mapping; its loops innermost first, by level from the array outwards."""
    spread = found.spatial_mapping.mapping_dict_origin
    ordered = found.temporal_mapping.mapping_dic_stationary
    return {
        "energy": energy(problem, found),
        "energy_by_zigzag": found.energy_total,
        "cycles": found.temporal_mapping.total_cycle,
        "whole": all(size % 1 == 0 for _, size in chain(*chain(*spread.values()))),
        "accesses": accesses(found),
        "spatial_loops": spelled(spread),
        "temporal_loops": spelled(ordered),
    }


def spelled(loops: dict[Any, list[list[tuple[Any, float]]]]) -> dict[str, list[str]]:
    """Loops by tensor and level: `["K 4, B 2", ""]`."""
    return {
        TENSORS[operand.name]: [", ".join(f"{rank} {size:g}" for rank, size in lv) for lv in levels]
        for operand, levels in loops.items()
    }


def main() -> None:
    """Answer the problem that is given with the best of the ways to use the array."""
    problem = given(sys.argv[1:])
    logging.disable(logging.CRITICAL)
    answers = []
    for name, unrolling in unrollings(problem).items():
        started = time.process_time()
        found = cheapest(problem, unrolling)
        seconds = round(time.process_time() - started, 2)
        if found:
            answers.append({"spatial": name, "cpu_s": seconds, **answered(problem, found)})
    brief = ("spatial", "energy", "cycles", "cpu_s", "whole")
    answer = {
        "rival": "zigzag",
        **{name: problem[name] for name in ("network", "hierarchy", "layer")},
        **min(answers, key=lambda answer: answer["energy"]),
        "cpu_s_total": round(time.process_time(), 2),
        "tried": [{name: answer[name] for name in brief} for answer in answers],
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
