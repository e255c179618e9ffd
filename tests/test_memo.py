"""What is remembered is made once."""

from functools import partial

from hwsim.memo import Memo


def test_what_was_made_for_a_key_is_not_made_again() -> None:
    """Also where nothing was made; another key has its own."""
    memo, made = Memo(), list[str]()
    for key in ("one", "two", "one", "two"):
        assert memo.recall(key, partial(made.append, key)) is None
    assert made == ["one", "two"]


def test_what_could_not_be_made_is_tried_again() -> None:
    """An error is not remembered."""
    memo = Memo()
    try:
        memo.recall("half", lambda: 1 // 0)
    except ZeroDivisionError:
        assert memo.recall("half", lambda: 2) == 2
