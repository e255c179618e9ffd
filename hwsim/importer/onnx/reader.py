"""Operators, one by one, to the nodes of a network, its layers, and what it lacks."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from onnx import NodeProto

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.nests import Unfit
from hwsim.importer.onnx.attention import SCORES, is_attention_constant
from hwsim.importer.onnx.constants import Unknown
from hwsim.importer.onnx.control import WHY, macs, multiplies
from hwsim.importer.onnx.model import Model
from hwsim.importer.onnx.names import name_of
from hwsim.importer.onnx.nodes import reads, yielded
from hwsim.importer.onnx.operators import (
    MULTIPLYING,
    PRICED,
    counted,
    kind,
    products,
)
from hwsim.importer.onnx.product import Open, Product, known
from hwsim.importer.onnx.quantised import bits, density
from hwsim.importer.onnx.recurrent import RECURRENT, recurrent
from hwsim.importer.onnx.sizes import is_known, remedy
from hwsim.importer.onnx.tensors import Absent
from hwsim.importer.reader import Reader
from hwsim.importer.reasons import ASKED, ONCE
from hwsim.vocabulary import WEIGHTS
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network, Omission

#: Why an operator that multiplies is in none.
UNREAD: Final = "how it multiplies is not read"
#: So many names stand in a note.
NAMED_IN_A_NOTE: Final = 3


class OperatorReader(Reader[NodeProto]):
    """A network of so many images while the operators of a file are read."""

    def __init__(self, model: Model, images: int, skip: str) -> None:
        super().__init__(model.images, model.inputs, skip)
        self._model = model
        self._images = images
        self._opened = set[str]()
        self._unknown = dict[str, list[str]]()

    def network(self) -> Network:
        """What has been read.

        Raises:
            NotImported: all operators that multiply and have no nest, and are not left out.
            NoLayer: a pattern of what is left out has matched nothing.
        """
        path, graph = Path(self._model.file), self._graph
        if self._faults:
            raise NotImported(self._model.file, self._what_is_wrong())
        skipped = [layer for layer in graph.layers if self._skip.takes(layer.name)]
        self._skip.check(path.stem, (layer.name for layer in graph.layers))
        graph.layers = [layer for layer in graph.layers if layer not in skipped]
        graph.missing += [
            Omission(name=one.name, kind=one.kind, macs=one.macs, why=ASKED) for one in skipped
        ]
        written = filter(None, (path.name, self._model.proto.producer_name))
        network = graph.network(path.stem, f"{path.stem}, from ONNX", ", written by ".join(written))
        notes = (
            f"what is in the weights of {_some(names)} is not known, and counts as dense: {why}"
            for why, names in self._unknown.items()
        )
        return replace(network, batch=self._images, notes=tuple(notes))

    def _what_is_wrong(self) -> list[Fault]:
        """The faults; in the place of what follows from open sizes of inputs these inputs."""
        open_ = [
            Fault(name, remedy(name, extents))
            for name in self._model.inputs
            if (extents := self._model.shape(name)) and not is_known(extents)
        ]
        followed = self._opened if open_ else set[str]()
        named = open_ if followed else []
        return [*named, *(one for one in self._faults if one.where not in followed)]

    def enter(self, node: NodeProto) -> None:
        """Enter an operator: priced, missing, computed before any image, or only passed on."""
        constant = self._is_constant(node)
        if node.op_type in RECURRENT and not constant:
            self._recur(node)
        elif node.op_type in PRICED:
            self._price(node)
        elif multiplies(node) or node.op_type in MULTIPLYING | RECURRENT:
            why, work = WHY.get(node.op_type, UNREAD), macs(self._model, node)
            self._miss(node, why, self._whole(work, constant))
        elif node.op_type == "Identity":
            passed = zip(node.output, self._graph.sources(node.input), strict=False)
            self._graph.made |= dict(passed)
        elif not constant:
            self._pass(node)

    def _called(self, node: NodeProto) -> str:
        return name_of(self._model, node)

    def _kind(self, node: NodeProto) -> str:
        return kind(node)

    def _counted(self, node: NodeProto) -> int | None:
        return self._whole(counted(self._model, node), self._is_constant(node))

    def _is_constant(self, node: NodeProto) -> bool:
        return self._model.constant.issuperset(node.output)

    def _yield(self, node: NodeProto, name: str, kind: str) -> None:
        self._add(node, name, kind, self._sources(node), self._shape(node))

    def _unfit(self, node: NodeProto, why: Unfit) -> None:
        """Refuse an operator; what is at fault for an open size is known as such."""
        if self._refuse(node, why) and isinstance(why, Open):
            self._opened.add(self._faults[-1].where)

    def _price(self, node: NodeProto) -> None:
        """Enter the products of an operator, if all of them have a nest."""
        wanted = self._called(node)
        try:
            found = list(products(self._model, node))
            layers = [self._of_images(one.layer(""), one.constant) for one in found]
        except Unfit as error:
            self._unfit(node, error)
            return
        for product, layer in zip(found, layers, strict=True):
            stem = f"{wanted}.{product.part}" if product.part else wanted
            self._enter(node, product, replace(layer, name=self._graph.name(stem)))
            if product.part == SCORES and not is_attention_constant(self._model, node):
                name = self._graph.name(f"{wanted}.softmax")
                self._add(node, name, "softmax", self._last(node), product.shape)
        if not found and not self._is_constant(node):
            self._pass(node)

    def _recur(self, node: NodeProto) -> None:
        """Enter the products of a recurrent operator."""
        name = self._called(node)
        try:
            extents = [known(self._model, operand) for operand in node.input[:3]]
            recurrent(self._graph, self._model, node, name, extents, self._images)
        except Unfit as error:
            self._unfit(node, error)
        for operand in node.input[1:3]:
            self._look_up(operand, name)

    def _look_up(self, operand: str, layer: str) -> None:
        """Note a layer whose weights cannot be read."""
        if operand in self._model.constant:
            try:
                self._model.value(operand)
            except (Absent, Unknown) as error:
                self._note(layer, error)

    def _note(self, layer: str, why: Exception) -> None:
        names = self._unknown.setdefault(str(why), [])
        if layer not in names:
            names.append(layer)

    def _of_images(self, layer: Layer, constant: bool) -> Layer:
        """The layer for the images wanted, of a file that fixes how many there are."""
        dimension = "N" if layer.trained else "G"
        extent, images = layer.bounds[dimension] * self._images, self._model.images
        if constant or self._images == images:
            return layer
        if extent % images:
            raise Unfit(f"the file fixes {images} images, which cannot become {self._images}")
        return replace(layer, bounds={**layer.bounds, dimension: extent // images})

    def _enter(self, node: NodeProto, product: Product, layer: Layer) -> None:
        """Enter a layer, unless it is computed before any image."""
        if product.constant:
            what = Omission(name=layer.name, kind=layer.kind, macs=layer.macs, why=ONCE)
            self._graph.precomputed.append(what)
            return
        sources = self._sources(node)
        if product.part:
            named = self._graph.sources(filter(None, (product.left, product.right)))
            before = self._last(node) or sources
            sources = named if product.left else tuple(dict.fromkeys((*before, *named)))
        data = Data(
            densities=self._densities(node, product, layer),
            bits=bits(self._model, node, product),
        )
        self._graph.price(replace(layer, data=data), sources, product.shape or self._shape(node))
        self._graph.made |= dict.fromkeys(filter(None, node.output), layer.name)

    def _densities(self, node: NodeProto, product: Product, layer: Layer) -> dict[str, Fraction]:
        """The share of the layer's weights that are not zero, if the file tells it."""
        if not layer.trained or product.right not in self._model.constant - {""}:
            return {}
        try:
            return {WEIGHTS: density(self._model, node, product)}
        except (Absent, Unknown, Unfit) as error:
            self._note(layer.name, error)
            return {}

    def _whole(self, work: int | None, constant: bool) -> int | None:
        """So many MACs of the images that the file fixes, for the images wanted."""
        if work is None or constant:
            return work
        whole, rest = divmod(work * self._images, self._model.images)
        return None if rest else whole

    def _pass(self, node: NodeProto) -> None:
        name, sources = self._graph.name(self._called(node)), self._sources(node)
        self._add(node, name, kind(node, sources), sources, self._shape(node))

    def _add(
        self, node: NodeProto, name: str, kind: str, sources: Sequence[str], shape: Sequence[int]
    ) -> None:
        """Append a node, which yields all that the operator does."""
        self._graph.add(name, kind, tuple(sources), shape, name)
        self._graph.made |= dict.fromkeys(filter(None, node.output), name)

    def _sources(self, node: NodeProto) -> tuple[str, ...]:
        """The nodes that an operator reads, its inputs first."""
        read = dict.fromkeys((*node.input, *sorted(reads(node))))
        return tuple(dict.fromkeys(self._graph.sources(read)))

    def _last(self, node: NodeProto) -> tuple[str, ...]:
        """The node of what was entered last of an operator."""
        return self._graph.sources(node.output[:1])

    def _shape(self, node: NodeProto) -> tuple[int, ...]:
        """The shape of an operator's first output; none if it is not known."""
        shape = self._model.shape(yielded(node))
        return tuple(int(extent) for extent in shape or ()) if is_known(shape) else ()


def _some(names: Sequence[str]) -> str:
    """The names, of many only the first."""
    more = len(names) - NAMED_IN_A_NOTE
    return ", ".join(names[:NAMED_IN_A_NOTE]) + (f" and {more} more" if more > 0 else "")
