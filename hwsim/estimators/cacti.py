"""On-chip memories by a CACTI of the user's: a memory to CACTI's input, its output to figures.

CACTI is the program that `$HWSIM_CACTI` names, or `cacti` on the PATH. It reads its tables from its
own folder, so it runs there.
"""

import csv
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Final

from hwsim.estimators.estimate import (
    AREA,
    CACTI_NODES,
    LEAKAGE,
    Action,
    CannotEstimate,
    Estimate,
    NotInstalled,
    no_such_word,
)

#: The variable that names the program, where it is not `cacti` on the PATH.
PROGRAM: Final = "HWSIM_CACTI"
SECONDS: Final = 300
TRANSISTORS: Final = ("hp", "lop", "lstp")
#: Columns of CACTI's table, and what makes pJ, mm2 and mW of them; leakage is by bank.
COLUMNS: Final = {
    "read": ("Dynamic read energy (nJ)", 1000.0),
    "write": ("Dynamic write energy (nJ)", 1000.0),
    AREA: ("Area (mm2)", 1.0),
    LEAKAGE: ("Standby leakage per bank(mW)", 1.0),
}
VERSION: Final = re.compile(r"CACTI \(version ([^)]*)\)")
#: What is the same for every memory: a plain RAM at 300 K, chosen by its leakage first.
SETTINGS: Final = """
-cache type "ram"
-associativity 1
-tag size (b) "default"
-exclusive read port 0
-exclusive write port 0
-single ended read ports 0
-page size (bits) 0
-burst length 8
-internal prefetch width 8
-operating temperature (K) 300
-access mode (normal, sequential, fast) - "fast"
-design objective (weight delay, dynamic power, leakage power, cycle time, area) 0:0:1000000:0:0
-deviate (delay, dynamic power, leakage power, cycle time, area) 20:10:100000:100:100
-NUCAdesign objective (weight delay, dynamic power, leakage power, cycle time, area) 100:100:0:0:100
-NUCAdeviate (delay, dynamic power, leakage power, cycle time, area) 10:10000:10000:10000:10000
-Optimize ED or ED^2 (ED, ED^2, NONE): "ED^2"
-Cache model (NUCA, UCA)  - "UCA"
-NUCA bank count 0
-Wire signaling (fullswing, lowswing, default) - "Global_30"
-Wire inside mat - "semi-global"
-Wire outside mat - "semi-global"
-Interconnect projection - "normal"
-Core count 1
-Add ECC - "false"
-Print level (DETAILED, CONCISE) - "DETAILED"
-Print input parameters - "true"
-Force cache config - "false"
-Array Power Gating - "false"
-WL Power Gating - "false"
-CL Power Gating - "false"
-Bitline floating - "false"
-Interconnect Power Gating - "false"
-Power Gating Performance Loss 0.01
-dram_type "DDR3"
-io state "WRITE"
-addr_timing 1.0
-mem_density 4 Gb
-bus_freq 800 MHz
-duty_cycle 1.0
-activity_dq 1.0
-activity_ca 0.5
-num_dq 72
-num_dqs 18
-num_ca 25
-num_clk  2
-num_mem_dq 2
-mem_data_width 8
-rtt_value 10000
-ron_value 34
-tflight_value
-num_bobs 1
-capacity 80
-num_channels_per_bob 1
-first metric "Cost"
-second metric "Bandwidth"
-third metric "Energy"
-DIMM model "ALL"
-mirror_in_bob "F"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cacti:
    """The estimator: a memory of one or several banks, with one or several read-write ports."""

    name: str = "cacti"
    unit: str = "pJ"
    takes: tuple[str, ...] = (
        "technology_nm",
        "capacity_bytes",
        "access_bits",
        "transistors",
        "banks",
        "ports",
    )
    cancels: Mapping[str, float] = field(default_factory=dict)

    def estimate(self, action: Action) -> Estimate:
        """What CACTI says of the memory; of an access, a word pays its share."""
        if action.kind != "storage" or action.name not in COLUMNS:
            raise CannotEstimate("estimates read, write, area and leakage of a storage")
        text = cacti_input(action)
        version, row = run(program(), text)
        column, unit = COLUMNS[action.name]
        value = row[column] * unit * (action.count("banks") if action.name == LEAKAGE else 1)
        return Estimate(
            value=value * action.share(action.number("access_bits")),
            formula=column + (" word_bits/access_bits" if action.of_a_word else ""),
            source=f"CACTI {version}, a plain RAM at 300 K",
            valid=CACTI_NODES,
        )


def cacti_input(action: Action) -> str:
    """The memory as CACTI's input."""
    transistors = str(action.properties.get("transistors", ""))
    if transistors not in TRANSISTORS:
        raise no_such_word("transistors", transistors, TRANSISTORS)
    width = action.number("access_bits")
    if width % 8:
        raise CannotEstimate(f"needs access_bits that make whole bytes, not {width:g}")
    node, size = action.number("technology_nm"), action.number("capacity_bytes")
    kinds = ("Data array cell", "Data array peripheral", "Tag array cell", "Tag array peripheral")
    lines = [
        f"-size (bytes) {size:.0f}",
        f"-block size (bytes) {width / 8:.0f}",
        f"-output/input bus width {width:.0f}",
        f"-UCA bank count {action.count('banks')}",
        f"-read-write port {action.count('ports')}",
        f"-technology (u) {node / 1000:g}",
        *(f'-{kind} type - "itrs-{transistors}"' for kind in kinds),
    ]
    return "\n".join(lines) + SETTINGS


def program() -> Path:
    """The user's CACTI."""
    named = os.environ.get(PROGRAM)
    found = which(named or "cacti")
    if found is None:
        where = (
            f"${PROGRAM} names {named}, which is no program" if named else "no cacti on the PATH"
        )
        remedy = f"name it in ${PROGRAM}, or say sram, which is a law fitted to it"
        raise NotInstalled(f"is not installed: {where}; {remedy}")
    return Path(found).resolve()


@cache
def run(cacti: Path, text: str) -> tuple[str, Mapping[str, float]]:
    """The version of the program, and the last row of the table that it writes for this input."""
    with TemporaryDirectory(prefix="hwsim-cacti-") as folder:
        asked = Path(folder) / "memory.cfg"
        asked.write_text(text, "utf-8")
        said = _said(cacti, asked)
        table = asked.with_suffix(".cfg.out")
        if not table.exists():
            raise CannotEstimate(f"has no answer of {cacti}: {_last_line(said)}")
        version = VERSION.search(said)
        return version.group(1) if version else "of no known version", _row(table.read_text())


def _said(cacti: Path, asked: Path) -> str:
    try:
        done = subprocess.run(
            [cacti, "-infile", asked],
            cwd=cacti.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotEstimate(f"has no answer of {cacti} within {SECONDS} s") from None
    except OSError as error:
        raise CannotEstimate(f"cannot run {cacti}: {error.strerror}") from None
    return done.stdout.decode("utf-8", "replace")


def _row(table: str) -> dict[str, float]:
    *_, last = [{}, *csv.DictReader(StringIO(table), skipinitialspace=True)]
    try:
        return {column: float(last[column]) for column, _ in COLUMNS.values()}
    except (KeyError, TypeError, ValueError):
        raise CannotEstimate("has an answer of CACTI that is not a table of its figures") from None


def _last_line(said: str) -> str:
    return next(
        (line.strip() for line in reversed(said.splitlines()) if line.strip()), "it is mute"
    )


ESTIMATOR: Final = Cacti()
