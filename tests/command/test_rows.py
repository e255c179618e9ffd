"""Rows that are charged whole: the report says so, and what it means for the mapping."""

from tests.command.call import CHIP, NET, hwsim

TOLD = "rows charged whole in dram; mappings are sought, and bounded, by the words used"


def test_a_report_says_where_rows_are_charged_whole() -> None:
    """Who sees a mapping that is not proven also sees why; nothing is said where none is."""
    whole = "components.dram.charging={rows: whole}"
    told = hwsim("simulate", CHIP, NET, "--set", whole).stdout
    assert TOLD in " ".join(told.split())
    assert "charged whole" not in hwsim("simulate", CHIP, NET).stdout
