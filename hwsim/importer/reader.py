"""Operations of a framework to a network and to what it lacks: what every reader does alike."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from hwsim.importer.errors import Fault
from hwsim.importer.graph import Graph
from hwsim.importer.nests import Unfit
from hwsim.importer.reasons import ASKED, ONCE, with_remedy
from hwsim.importer.skip import Skip
from hwsim.workload.network import Omission

#: An operation, as the framework has it.
Operation = TypeVar("Operation")


class Reader(ABC, Generic[Operation]):
    """A network while its operations are read, in their order.

    What multiplies and has no nest is a fault, unless a user leaves it out; what reads weights
    alone is computed before any image.
    """

    def __init__(self, batch: int, inputs: Sequence[str], skip: str) -> None:
        self._graph = Graph(batch=batch)
        self._graph.enter(inputs)
        self._skip = Skip(skip)
        self._faults = list[Fault]()

    @abstractmethod
    def enter(self, node: Operation) -> None:
        """Enter an operation: priced, missing, computed before any image, or only passed on."""

    @abstractmethod
    def _called(self, node: Operation) -> str:
        """What the operation is called, and perhaps another one, too."""

    @abstractmethod
    def _kind(self, node: Operation) -> str:
        """The kind of an operation that is not priced."""

    @abstractmethod
    def _counted(self, node: Operation) -> int | None:
        """The MACs of an operation without a nest, None if they are not known."""

    @abstractmethod
    def _is_constant(self, node: Operation) -> bool:
        """Whether no input reaches what the operation yields."""

    @abstractmethod
    def _yield(self, node: Operation, name: str, kind: str) -> None:
        """Append a node to the graph that yields what the operation does."""

    @abstractmethod
    def _pass(self, node: Operation) -> None:
        """Enter an operation without products."""

    def _refuse(self, node: Operation, why: Unfit) -> bool:
        """Note that an operation has no nest, unless it is left out; say whether it is a fault."""
        name, constant = self._graph.name(self._called(node)), self._is_constant(node)
        if constant or self._skip.takes(name):
            macs = self._counted(node)
            what = Omission(name=name, kind=self._kind(node), macs=macs, why=ASKED)
            self._omit(node, what, constant=constant)
            return False
        self._faults.append(Fault(name, with_remedy(str(why), name)))
        return True

    def _miss(self, node: Operation, why: str, macs: int | None) -> None:
        """Enter an operation that may multiply, and has no price; or graphs that never do."""
        if macs == 0:
            self._pass(node)
            return
        name = self._graph.name(self._called(node))
        why = ASKED if self._skip.takes(name) else why
        what = Omission(name=name, kind=self._kind(node), macs=macs, why=why)
        self._omit(node, what, constant=self._is_constant(node))

    def _omit(self, node: Operation, what: Omission, *, constant: bool) -> None:
        """Enter work that is in no price; that on weights alone is no part of the graph."""
        if constant:
            self._graph.precomputed.append(replace(what, why=ONCE))
            return
        self._graph.missing.append(what)
        self._yield(node, what.name, what.kind)
