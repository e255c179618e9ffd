#!/usr/bin/env python3
"""Stands in for CACTI: prints and writes what CACTI 7 did for these two memories, in its form."""

import re
import sys
from pathlib import Path

HEAD = (
    "Tech node (nm), Capacity (bytes), Number of banks, Associativity, Output width (bits),"
    " Access time (ns), Random cycle time (ns), Dynamic search energy (nJ),"
    " Dynamic read energy (nJ), Dynamic write energy (nJ), Standby leakage per bank(mW),"
    " Area (mm2), Ndwl, Ndbl, Nspd, Ndcm,"
    " Ndsam_level_1, Ndsam_level_2, Data arrary area efficiency %, Ntwl, Ntbl, Ntspd, Ntcm,"
    " Ntsam_level_1, Ntsam_level_2, Tag arrary area efficiency %, "
)
#: By size in bytes and banks, at 65 nm, of 64 bits, with lstp transistors.
ROWS = {
    ("102400", "1"): (
        "65, 102400, 1, 1, 64, 2.87017, 2.3102, N/A, 0.052327, 0.0446046, 0.0170921, 0.727513,"
        " 2, 8, 16, 32, 1, 1, 69.4591, N/A, N/A, N/A, N/A, N/A, N/A, N/A, "
    ),
    ("51200", "1"): (
        "65, 51200, 1, 1, 64, 2.25478, 2.3102, N/A, 0.0422621, 0.0345396, 0.00854604, 0.354095,"
        " 2, 4, 16, 32, 1, 1, 71.3543, N/A, N/A, N/A, N/A, N/A, N/A, N/A, "
    ),
    ("102400", "8"): (
        "65, 102400, 8, 1, 64, 2.07632, 1.55708, N/A, 0.0471216, 0.0463716, 0.00266603, 0.762767,"
        " 2, 2, 8, 16, 1, 1, 66.2487, N/A, N/A, N/A, N/A, N/A, N/A, N/A, "
    ),
}


def main() -> None:
    """Answer what it is asked, or end as CACTI does: with a line, and status 0."""
    asked = Path(sys.argv[sys.argv.index("-infile") + 1])
    text = asked.read_text()
    size, banks = (
        re.search(rf"^-{key} (\d+)$", text, re.MULTILINE).group(1)  # type: ignore[union-attr]
        for key in (r"size \(bytes\)", "UCA bank count")
    )
    if (size, banks) not in ROWS:
        print("Cache size must >=64")
        return
    print("Cache size                    :", size)
    print("\n---------- CACTI (version 7.0.3DD Prerelease of Aug, 2012), Uniform Cache Access ----")
    asked.with_suffix(asked.suffix + ".out").write_text(f"{HEAD}\n{ROWS[size, banks]}\n")


if __name__ == "__main__":
    main()
