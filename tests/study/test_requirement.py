"""A condition holds where Python's own arithmetic says so, and can do nothing else."""

import pytest

from hwsim.study.requirement import NoRequirement, Requirement

COLUMNS = (
    "components.array.axes.rows",
    "components.array.axes.columns",
    "batch",
    "energy",
    "components.a.size",
    "components.b.size",
)
ROW = dict(zip(COLUMNS, (12, 14, 4, 2.5e9, 1, 2), strict=True))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("rows * columns == 168", True),
        ("rows * columns != 168", False),
        ("energy <= 2.5e9 and batch < 4", False),
        ("not (batch > 4) or rows > 100", True),
        ("1 < batch <= 4", True),
        ("axes.rows + 2 == columns", True),
        ("components.array.axes.rows % 5 == 2", True),
        ("a.size < b.size", True),
        ("-rows < 0", True),
        ("rows / (batch - 4) > 1", False),  # of nothing, nothing holds
    ],
)
def test_a_condition_is_arithmetic(text: str, holds: bool) -> None:
    """Names are the ends of paths that tell them from others."""
    assert Requirement(text, COLUMNS).holds(ROW) is holds


def test_what_a_row_lacks_meets_nothing() -> None:
    """As a point that has no mapping."""
    assert not Requirement("energy < 1e99", COLUMNS).holds({"batch": 1})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("row * columns == 168", "nothing is called row; did you mean rows"),
        ("size < 4", "may be components.a.size or components.b.size"),
        ("rows", "is no comparison"),
        ("rows = 3", "is no comparison"),
        ("__import__('os').system('true') == 0", "is no comparison"),
        ("rows ** 99 ** 99 > 1", "is no comparison"),
        ("[rows] == [1]", "is no comparison"),
        ("'a' * 10000000000 == 'b'", "is no comparison"),
        ("(lambda: 1) == 1", "is no comparison"),
        ("rows if batch else rows", "is no comparison"),
        ("(" * 900 + "rows" + ")" * 900, "longer than"),
        ("", "is no comparison"),
    ],
)
def test_what_is_no_condition_is_told(text: str, why: str) -> None:
    """Nothing is evaluated but comparisons of numbers and columns."""
    with pytest.raises(NoRequirement, match=why):
        Requirement(text, COLUMNS)


@pytest.mark.parametrize("text", ["-" * 900 + "rows > 1", "rows" + ".rows" * 190 + " > 1"])
def test_what_is_nested_too_deeply_is_no_condition(text: str) -> None:
    """However deep: it is told, or it meets nothing."""
    try:
        Requirement(text, ("rows",)).holds({"rows": 2})
    except NoRequirement:
        return


@pytest.mark.parametrize("text", ["name * 999999999999 * rows > 1", f"{'9' * 400} * energy > 1"])
def test_arithmetic_is_of_numbers_that_there_are(text: str) -> None:
    """A text is not repeated until memory is full, and what is too large meets nothing."""
    row = {"rows": 2, "energy": 1.5, "name": "a"}
    assert not Requirement(text, row).holds(row)
