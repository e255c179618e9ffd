"""The page of validation is what its command prints."""

import re

import pytest

from tests.validation.script import DOCS, validation

#: From each heading to the next.
PARTS = re.split(r"\n(?=## )", (DOCS / "validation.md").read_text(encoding="utf-8"))


def test_the_page_has_as_many_parts_as_the_script_prints() -> None:
    """So none is left out below."""
    assert len(PARTS) == len(validation.SECTIONS)


@pytest.mark.parametrize("number", range(len(validation.SECTIONS)))
def test_the_page_is_what_the_script_prints(number: int) -> None:
    """`python docs/validation.py > docs/validation.md` changes nothing."""
    assert PARTS[number] == "\n".join(validation.SECTIONS[number]())
