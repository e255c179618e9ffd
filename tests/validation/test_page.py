"""The page of validation is what its command prints."""

from tests.validation.script import DOCS, validation


def test_the_page_is_what_the_script_prints() -> None:
    """`python docs/validation.py > docs/validation.md` changes nothing."""
    assert (DOCS / "validation.md").read_text(encoding="utf-8") == validation.document()
