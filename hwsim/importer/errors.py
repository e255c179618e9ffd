"""What keeps a network from being imported, in words of its user."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hwsim.errors import Error
from hwsim.specification.diagnostics import first


class MissingPackage(Error, ImportError):
    """A package that only imports need is not installed; `extra` of hwsim brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(package, extra, name=package)
        self.extra = extra

    def __str__(self) -> str:
        return f"this needs the package {self.name}: pip install 'hwsim[{self.extra}]'"


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

    def __init__(self, file: str, faults: Iterable[Fault]) -> None:
        self.file = file
        self.faults = tuple(faults)
        super().__init__(file, self.faults)

    def __str__(self) -> str:
        lines = (f"{self.file}: {fault.where}: {fault.what}" for fault in self.faults)
        return "\n".join(first(lines, self.file))
