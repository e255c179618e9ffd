"""How many threads numpy's linear algebra takes: one, unless the user says otherwise.

The searches multiply small matrices, on which more threads only wait for each other. Whoever wants
more processes asks for `--jobs`.
"""

import os
from typing import Final

#: Variables that say it to the libraries that numpy is built with; each has to be set by itself.
OF_LIBRARIES: Final = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
#: One that says it to all of them.
OF_ALL: Final = "OMP_NUM_THREADS"


def take_one() -> None:
    """Ask for one thread, before numpy is imported, where the user has asked for nothing."""
    if OF_ALL not in os.environ:
        for name in OF_LIBRARIES:
            os.environ.setdefault(name, "1")
