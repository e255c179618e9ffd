"""A file for each word of `method:`, and what they share: rounds, energies, a layer solved."""

from prune.goals import Goal
from prune.limits import not_allowed
from prune.lists import expected
from prune.methods.method import Method
from prune.settings import METHOD_NAMES, Settings

__all__ = ["Method", "chosen"]


def chosen(settings: Settings, goal: Goal) -> Method:
    """The method that the settings name or hold, or else that of the goal.

    Raises `NotAllowed` for an object that is no method, and `NotLoaded` for a method that a package
    brings and that cannot be had.
    """
    wanted = settings.method or goal.yardstick.method
    if isinstance(wanted, str):
        return METHOD_NAMES.named(wanted, Method)  # type: ignore[type-abstract]
    if not isinstance(wanted, Method):
        what = f"must be a method's name, or {expected(Method)}, not {wanted!r}"
        raise not_allowed("method", what)
    return wanted
