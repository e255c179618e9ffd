"""Operations of a trace, one by one, to the nodes of a network, its layers, and what it lacks."""

from dataclasses import dataclass, replace
from typing import Final

from torch.fx import Node

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.graph import Graph
from hwsim.importer.nests import Unfit
from hwsim.importer.pytorch.hidden import counted, unread
from hwsim.importer.pytorch.names import module_of, name_of
from hwsim.importer.pytorch.nodes import is_known, is_tensor, operation, shape
from hwsim.importer.pytorch.operations import SAME, SCORES, Product, kind, products
from hwsim.importer.pytorch.recurrent import is_recurrent, recurrent
from hwsim.importer.pytorch.trace import Trace
from hwsim.importer.pytorch.vocabulary import PRICED
from hwsim.importer.skip import ASKED, Skip
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Omission

#: Modules that are one node, though torch computes them in many steps.
WHOLE: Final = {"torch.nn.modules.normalization.LocalResponseNorm": "lrn"}
#: Why what is computed before any image is in no layer.
_ONCE: Final = "it reads weights alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A priced layer, and the operation, or the part of one, that it is."""

    layer: Layer
    node: Node
    product: Product


class Reader:
    """A network while its operations are read, in their order."""

    def __init__(self, traced: Trace, skip: str) -> None:
        self.priced = list[Priced]()
        self._traced = traced
        self._graph = Graph(batch=traced.batch)
        self._graph.enter(traced.inputs)
        self._skip = Skip(skip)
        self._faults = list[Fault]()

    def network(self) -> Network:
        """What has been read.

        Raises:
            NotImported: all operations that multiply and have no nest, and are not left out.
            NoLayer: a pattern of what is left out has matched nothing.
        """
        name, model = self._traced.name, self._traced.model
        if self._faults:
            raise NotImported(name, self._faults)
        self._skip.check(name, (one.layer.name for one in self.priced))
        return self._graph.network(name, f"{name}, from PyTorch", type(model).__qualname__)

    def enter(self, node: Node) -> None:
        """Enter an operation: priced, missing, computed before any image, or only passed on."""
        try:
            if operation(node) in PRICED:
                self._price(node)
            elif is_recurrent(node) and not self._is_constant(node):
                self._recur(node)
            elif why := unread(node):
                self._miss(node, why)
            elif not self._is_constant(node):
                self._pass(node)
        except Unfit as error:
            self._refuse(node, str(error))

    def _is_constant(self, node: Node) -> bool:
        return node.name in self._traced.constant

    def _price(self, node: Node) -> None:
        """Enter the products of an operation, and what stands between them."""
        path = module_of(node)[0]
        of_parts = f"{path}." if path else "attention."
        for product in list(products(node, self._traced)):
            stem = of_parts if product.part else name_of(self._traced, node, product.right)
            layer = product.layer(self._graph.free(stem + product.part))
            self._graph.name(layer.name)
            self._layer(node, product, layer)
            if product.part == SCORES and not self._is_constant(node):
                name = self._graph.name(f"{stem}softmax")
                made = _rows_by_columns(node, product)
                self._graph.add(name, "softmax", (layer.name,), made, node.name)

    def _recur(self, node: Node) -> None:
        """Enter the layers of a recurrent operation, but those that are left out."""
        name = name_of(self._traced, node)
        for layer, product in recurrent(self._graph, name, node):
            if self._skip.takes(layer.name):
                self._graph.layers.remove(layer)
                what = Omission(name=layer.name, kind=layer.kind, macs=layer.macs, why=ASKED)
                self._graph.missing.append(what)
            else:
                self.priced.append(Priced(layer=layer, node=node, product=product))

    def _layer(self, node: Node, product: Product, layer: Layer) -> None:
        """Enter a layer, unless it is left out or computed before any image."""
        what = Omission(name=layer.name, kind=layer.kind, macs=layer.macs, why=ASKED)
        if self._is_constant(node) or self._skip.takes(layer.name):
            self._omit(node, what)
            return
        sources = self._graph.sources(one.name for one in (product.left, product.right))
        made = _rows_by_columns(node, product)
        self._graph.price(layer, tuple(dict.fromkeys(sources)), made)
        self._graph.made[node.name] = layer.name
        self.priced.append(Priced(layer=layer, node=node, product=product))

    def _refuse(self, node: Node, why: str) -> None:
        """Note that an operation has no nest, unless it is left out."""
        name = self._graph.name(name_of(self._traced, node))
        what = Omission(name=name, kind=kind(node, 0), macs=counted(node), why=why)
        if self._is_constant(node) or self._skip.takes(name):
            self._omit(node, what)
        else:
            self._faults.append(Fault(name, f"{why}; skip={name!r} leaves it out"))

    def _miss(self, node: Node, why: str) -> None:
        """Enter an operation that may multiply, and has no price."""
        name = self._graph.name(name_of(self._traced, node))
        self._skip.takes(name)
        self._omit(node, Omission(name=name, kind=kind(node, 0), macs=counted(node), why=why))

    def _omit(self, node: Node, what: Omission) -> None:
        """Enter work that is in no price; that on weights alone is no part of the graph."""
        if self._is_constant(node):
            self._graph.precomputed.append(replace(what, why=_ONCE))
            return
        self._graph.missing.append(what)
        sources = self._graph.sources(source.name for source in node.all_input_nodes)
        self._graph.add(what.name, what.kind, sources, _shape(node), node.name)

    def _pass(self, node: Node) -> None:
        """Enter an operation without products; what yields several tensors is each of them."""
        made = node.args[0] if operation(node) == "getitem" else node
        assert isinstance(made, Node)
        if not is_tensor(node) or not (made is node or node.users):
            return
        sources = self._graph.sources(source.name for source in made.all_input_nodes)
        _, of, call = module_of(node)
        if made is not node and made.name in self._graph.made:
            self._graph.made[node.name] = self._graph.made[made.name]
        elif operation(node) in SAME:
            self._graph.made |= dict(zip([node.name], sources, strict=False))
        elif of in WHOLE and module_of(node.prev)[2] == call and node.prev.name in self._graph.made:
            self._graph.extend(_shape(node), node.name)
        else:
            name = self._graph.name(name_of(self._traced, made))
            what = WHOLE.get(of) or kind(made, len(sources))
            self._graph.add(name, what, sources, _shape(node), node.name)


def _shape(node: Node) -> tuple[int, ...]:
    """The shape of what a node yields; none if it is known only as the model runs."""
    return shape(node) if is_known(node) else ()


def _rows_by_columns(node: Node, product: Product) -> tuple[int, ...]:
    """What the product yields: what the operation does, or the scores of tokens by tokens."""
    if product.part != SCORES:
        return shape(node)
    return (*shape(product.left)[:-1], shape(product.right)[-2])
