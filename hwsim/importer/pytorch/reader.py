"""Operations of a trace, one by one, to the nodes of a network, its layers, and what it lacks."""

from dataclasses import dataclass
from typing import Final

from torch.fx import Node

from hwsim.importer.errors import NotImported
from hwsim.importer.nests import Unfit
from hwsim.importer.pytorch import control
from hwsim.importer.pytorch.hidden import counted, unread
from hwsim.importer.pytorch.names import module_of, name_of
from hwsim.importer.pytorch.nodes import is_known, is_tensor, operation, shape
from hwsim.importer.pytorch.operations import (
    SAME,
    SCORES,
    Product,
    is_attention_constant,
    kind,
    products,
)
from hwsim.importer.pytorch.recurrent import is_recurrent, recurrent
from hwsim.importer.pytorch.trace import Trace
from hwsim.importer.pytorch.vocabulary import PRICED
from hwsim.importer.reader import Reader
from hwsim.importer.reasons import ASKED
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Omission

#: Modules that are one node, though torch computes them in many steps.
WHOLE_MODULES: Final = {"torch.nn.modules.normalization.LocalResponseNorm": "lrn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedProduct:
    """A priced layer, and the operation, or the part of one, that it is."""

    layer: Layer
    node: Node
    product: Product


class TraceReader(Reader[Node]):
    """A network while the operations of a trace are read."""

    def __init__(self, traced: Trace, skip: str) -> None:
        self.priced = list[PricedProduct]()
        super().__init__(traced.batch, traced.inputs, skip)
        self._traced = traced
        self._pricing = {module_of(one) for one in traced.nodes if operation(one) in PRICED}

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
            elif control.multiplies(node):
                self._miss(node, control.why(node), control.macs(node, self._traced))
            elif why := unread(node):
                self._miss(node, why, counted(node))
            elif not self._is_constant(node):
                self._pass(node)
        except Unfit as error:
            self._refuse(node, error)

    def _called(self, node: Node) -> str:
        return name_of(self._traced, node)

    def _kind(self, node: Node) -> str:
        return kind(node, 0)

    def _counted(self, node: Node) -> int | None:
        return counted(node)

    def _is_constant(self, node: Node) -> bool:
        return node.name in self._traced.constant

    def _yield(self, node: Node, name: str, kind: str) -> None:
        sources = self._graph.sources(source.name for source in node.all_input_nodes)
        self._graph.add(name, kind, sources, _shape(node), node.name)

    def _price(self, node: Node) -> None:
        """Enter the products of an operation, and what stands between them."""
        path = module_of(node)[0]
        of_parts = f"{path}." if path else "attention."
        found = list(products(node, self._traced))
        if not found and not self._is_constant(node):
            self._pass(node)
        for product in found:
            stem = of_parts if product.part else name_of(self._traced, node, product.right)
            layer = product.layer(self._graph.free(stem + product.part))
            self._graph.name(layer.name)
            self._layer(node, product, layer)
            if product.part == SCORES and not is_attention_constant(node, self._traced):
                name = self._graph.name(f"{stem}softmax")
                sources = () if product.constant else (layer.name,)
                self._graph.add(name, "softmax", sources, product.shape, node.name)

    def _recur(self, node: Node) -> None:
        """Enter the layers of a recurrent operation, but those that are left out."""
        name = name_of(self._traced, node)
        for layer, product in recurrent(self._graph, name, node):
            if self._skip.takes(layer.name):
                self._graph.layers.remove(layer)
                what = Omission(name=layer.name, kind=layer.kind, macs=layer.macs, why=ASKED)
                self._graph.missing.append(what)
            else:
                self.priced.append(PricedProduct(layer=layer, node=node, product=product))

    def _layer(self, node: Node, product: Product, layer: Layer) -> None:
        """Enter a layer, unless it is left out or computed before any image."""
        what = Omission(name=layer.name, kind=layer.kind, macs=layer.macs, why=ASKED)
        if product.constant or self._skip.takes(layer.name):
            self._omit(node, what, constant=product.constant)
            return
        sources = self._graph.sources(one.name for one in (product.left, product.right))
        self._graph.price(layer, tuple(dict.fromkeys(sources)), product.shape or shape(node))
        self._graph.made[node.name] = layer.name
        self.priced.append(PricedProduct(layer=layer, node=node, product=product))

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
        elif (
            of in WHOLE_MODULES
            and module_of(node.prev)[2] == call
            and node.prev.name in self._graph.made
        ):
            self._graph.extend(_shape(node), node.name)
        else:
            name = self._graph.name(self._passed(made))
            what = WHOLE_MODULES.get(of) or kind(made, len(sources))
            self._graph.add(name, what, sources, _shape(node), node.name)

    def _passed(self, node: Node) -> str:
        """The name of an operation without products; a product beside it has its module's."""
        path = module_of(node)[0]
        beside = path and module_of(node) in self._pricing
        return f"{path}.{operation(node)}" if beside else name_of(self._traced, node)


def _shape(node: Node) -> tuple[int, ...]:
    """The shape of what a node yields; none if it is known only as the model runs."""
    return shape(node) if is_known(node) else ()
