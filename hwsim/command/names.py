"""What a shell completes: the names of what is shipped."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hwsim.specification import Kind


def shipped_names(*kinds: "Kind") -> Callable[[str], list[str]]:
    """Completes the shipped names of these kinds; the shell itself completes paths."""

    def complete(incomplete: str) -> list[str]:
        from hwsim.specification import shipped

        names = (name for kind in kinds for name in shipped(kind))
        return [name for name in names if name.startswith(incomplete)]

    return complete
