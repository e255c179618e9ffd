"""What keeps a network from being imported, in words of its user."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hwsim.errors import Error


class MissingPackage(Error, ImportError):
    """A `package` that only imports need is not installed; `extra` of hwsim brings it."""

    package: str
    extra: str

    def __post_init__(self) -> None:
        self.name = self.package  # as every ImportError has it

    def __str__(self) -> str:
        return f"this needs the package {self.package}: pip install 'hwsim[{self.extra}]'"


@contextmanager
def needed(package: str, *, extra: str) -> Iterator[None]:
    """Imports that work where the package is installed; raises `MissingPackage` where it is not."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise MissingPackage(package, extra) from None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and `where` in the network: the name of an operation, or `model`."""

    where: str
    what: str


class NotImported(Error):
    """Everything in a network, `file` or the name of a model, that has no place in ours."""

    file: str
    faults: Sequence[Fault]

    def __str__(self) -> str:
        from hwsim.specification.diagnostics import first

        lines = (f"{self.file}: {fault.where}: {fault.what}" for fault in self.faults)
        return "\n".join(first(lines, self.file))
