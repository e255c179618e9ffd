"""Why multiplications are in no layer's price, and what is to be done, in words of their user."""

from typing import Final

#: What a user leaves out.
ASKED: Final = "it is left out, as asked"
#: What is computed before any image.
ONCE: Final = "it reads weights alone"
#: What an operation holds that takes graphs.
BRANCH: Final = "a branch that is chosen as the model runs, at most its dearest one"
LOOP: Final = "a loop, whose steps are not layers"


def with_remedy(why: str, name: str) -> str:
    """Why an operation has no nest, and how to do without it.

    >>> with_remedy("it slides along 3 axes", "head.0")
    "it slides along 3 axes; --skip head.0, or skip='head.0' in Python, leaves it out"
    """
    return f"{why}; --skip {name}, or skip={name!r} in Python, leaves it out"
