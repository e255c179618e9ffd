"""A word that nothing is called to the one that was probably meant, and how that is said."""

import difflib
from collections.abc import Iterable
from typing import Final

LONGEST_WORD_TO_MATCH: Final = 100


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was probably meant to be, whatever its case, or None.

    >>> closest("capcity", ["energy", "capacity"])
    'capacity'
    """
    if len(word) > LONGEST_WORD_TO_MATCH:
        return None
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    matches = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[matches[0]] if matches else None


def did_you_mean(meant: str | None) -> str:
    """The end of a sentence that names what there is not: what was meant, if that is known.

    >>> "no solver 'osl'" + did_you_mean("ols"), "no solver 'x'" + did_you_mean(None)
    ("no solver 'osl'; did you mean ols?", "no solver 'x'")
    """
    return f"; did you mean {meant}?" if meant else ""
