"""The memory of a process between the layers of a network: kept, not asked for anew."""

import ctypes
from typing import Final

#: Parameters of glibc's `mallopt`, and the largest number that it takes.
TRIM_THRESHOLD: Final = -1
MMAP_THRESHOLD: Final = -3
MOST: Final = 2**31 - 1


def keep_memory() -> bool:
    """Keep what layers free for those that follow, and say whether that was possible.

    glibc gives large blocks back to the system at once, which then clears every page of the next
    layer's output: half of the time of a network on a CPU whose batches are large. For the whole
    process, whose size then falls by 2 GB or not at all; without glibc nothing is done.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(MMAP_THRESHOLD, MOST) and mallopt(TRIM_THRESHOLD, MOST))
