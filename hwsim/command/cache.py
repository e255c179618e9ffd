"""`hwsim cache`: the mappings that are kept, where, and how to be rid of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from hwsim.command.output import check_stdout, to_stdout
from hwsim.errors import Error


class Unusable(Error):
    """The folder of kept mappings cannot be read, or its files cannot be removed."""

    folder: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.folder}: cannot be used to keep mappings: {self.reason}"


def show_cache(context: typer.Context) -> None:
    """Show where solved mappings are kept, and how many.

    A mapping is searched once for all layers of a shape, as long as the architecture, the options
    and hwsim stay the same. The folder is $HWSIM_CACHE_DIR if that is set.
    """
    if context.invoked_subcommand:
        return
    from hwsim.cache import user_cache
    from hwsim.report.figures import si

    cache = user_cache()
    with _explained(cache.folder):
        sizes = [entry.stat().st_size for entry in cache.entries()]
    size = si(sum(sizes), "B")
    to_stdout(f"folder    {cache.folder}\nmappings  {len(sizes)}\nsize      {size}\n")


def clear() -> None:
    """Remove all mappings that are kept."""
    check_stdout()

    from hwsim.cache import user_cache

    cache = user_cache()
    with _explained(cache.folder):
        removed = cache.clear()
    mappings = "mapping" if removed == 1 else "mappings"
    to_stdout(f"removed {removed} {mappings} from {cache.folder}\n")


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unusable(folder, error.strerror or str(error)) from None
