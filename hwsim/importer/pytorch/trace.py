"""A PyTorch module to the operations that it runs, with their shapes: torch's own export."""

import logging
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind
from torch.fx import Interpreter, Node
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode
from torch.utils import _pytree as pytree

from hwsim.importer.errors import Fault, NotImported
from hwsim.importer.pytorch.flow import constants
from hwsim.importer.pytorch.nodes import is_transform
from hwsim.importer.pytorch.rewrite import rewrite

_TORCH: Final = str(Path(torch.__file__).parent)
_PYTHON: Final = sysconfig.get_path("stdlib")
_HERE: Final = str(Path(__file__).parent)
#: What a model is called with: a tensor, or all arguments in their order or by name.
Inputs = Tensor | Sequence[Any] | Mapping[str, Any]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A model's operations on inputs of one shape, in the order of running.

    `parameters` are by placeholder the qualified names of the model's own tensors, `tensors` these
    tensors; `inputs` are the other placeholders. `constant` are nodes that do not depend on inputs,
    nor on chance, and `rewritten` those among them whose values writing in place decides.
    """

    name: str
    model: nn.Module
    batch: int
    program: ExportedProgram
    parameters: Mapping[str, str]
    tensors: Mapping[str, Any]
    inputs: tuple[str, ...]
    constant: frozenset[str] = field(repr=False)
    rewritten: frozenset[str] = field(repr=False)

    @property
    def nodes(self) -> list[Node]:
        """The operations, placeholders left out."""
        return [node for node in self.program.graph.nodes if node.op == "call_function"]

    def value(self, node: Node) -> Any:
        """What a constant node yields; masks of pruned weights are multiplied in."""
        if node.op == "placeholder":
            return self.tensors[node.name]
        if node.op == "get_attr":
            return getattr(self.program.graph_module, str(node.target))
        assert callable(node.target)
        given = torch.fx.map_arg((node.args, node.kwargs), self.value)
        with torch.no_grad():
            return node.target(*given[0], **given[1])

    def run(self, inputs: Inputs, watch: Callable[[Node, Interpreter, Any], None]) -> None:
        """Run the model on inputs of the traced shape; `watch` sees each operation's result."""
        given = dict(zip(self.inputs, pytree.tree_leaves(arguments(inputs)), strict=True))
        placeholders = [node.name for node in self.program.graph.nodes if node.op == "placeholder"]
        with torch.no_grad():
            _Watched(self.program.graph_module, watch).run(
                *(given[name] if name in given else self.tensors[name] for name in placeholders)
            )


class _Watched(Interpreter):
    """Runs a graph and shows each operation to `watch` before its operands may change."""

    def __init__(
        self, module: torch.fx.GraphModule, watch: Callable[[Node, Interpreter, Any], None]
    ) -> None:
        super().__init__(module)
        self.watch = watch

    def run_node(self, n: Node) -> Any:
        """The result of the node."""
        result = super().run_node(n)
        if n.op == "call_function":
            self.watch(n, self, result)
        return result


def trace(model: nn.Module, inputs: Inputs, batch: int | None = None, name: str = "") -> Trace:
    """The model's operations in evaluation, at the batch of the inputs or at another one.

    Raises:
        NotImported: torch cannot follow the model, or finds no batch in the inputs.
    """
    name = name or type(model).__name__
    if isinstance(model, torch.jit.ScriptModule):
        raise NotImported(name, tuple(_closed(model)))
    given = arguments(inputs)
    images = images_of(given, name)
    if batch not in (None, images):
        given = _at(given, images, batch or 1)
    if any(one.is_meta for one in model.parameters()):
        given = pytree.tree_map_only(Tensor, lambda one: one.to("meta"), given)
    program = _exported(model, given, name)
    parameters, tensors, entered = dict[str, str](), dict[str, Any](), list[str]()
    for spec in program.graph_signature.input_specs:
        place = str(getattr(spec.arg, "name", ""))
        if spec.kind is InputKind.USER_INPUT:
            entered.append(place)
            continue
        target = str(spec.target)
        parameters[place] = target
        held = program.state_dict if target in program.state_dict else program.constants
        tensors[place] = held[target]
    rewrite(program.graph)
    constant, rewritten = constants(program.graph, frozenset(entered))
    return Trace(
        name=name,
        model=model,
        batch=batch or images,
        program=program,
        parameters=parameters,
        tensors=tensors,
        inputs=tuple(entered),
        constant=constant,
        rewritten=rewritten,
    )


def arguments(inputs: Inputs) -> Arguments:
    """The inputs as positional and named arguments."""
    if isinstance(inputs, Tensor):
        return (inputs,), {}
    return ((), dict(inputs)) if isinstance(inputs, Mapping) else (tuple(inputs), {})


def images_of(given: Arguments, name: str) -> int:
    """The batch: the first extent of the first tensor."""
    for leaf in pytree.tree_leaves(given):
        if isinstance(leaf, Tensor) and leaf.ndim:
            if not leaf.shape[0]:
                raise NotImported(name, [Fault("input", "it holds no image: its first size is 0")])
            return int(leaf.shape[0])
    raise NotImported(name, [Fault("input", "no tensor among the inputs has a batch")])


def _at(given: Arguments, images: int, batch: int) -> Arguments:
    """The inputs at another batch, as shapes without contents."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        shapes: Arguments = pytree.tree_map(
            lambda leaf: (
                torch.empty((batch, *leaf.shape[1:]), dtype=leaf.dtype, device=leaf.device)
                if isinstance(leaf, Tensor) and leaf.ndim and leaf.shape[0] == images
                else leaf
            ),
            given,
        )
    return shapes


def _exported(model: nn.Module, given: Arguments, name: str) -> ExportedProgram:
    with _evaluating(model), torch.no_grad(), _quiet():
        try:
            program = torch.export.export(model, given[0], given[1], strict=False)
            transformed = any(is_transform(node) for node in program.graph.nodes)
            return program.run_decompositions({}) if transformed else program
        except Exception as error:
            faults = [*_closed(model)] or [Fault("model", _untraceable(error))]
            raise NotImported(name, faults) from error


def _closed(model: nn.Module) -> Iterator[Fault]:
    """The modules that torch has made of others, and cannot look into."""
    compiled = tuple[str, ...]()
    for path, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            if not path.startswith(compiled):
                what = "torch.jit has compiled it: import the module that it was made of"
                yield Fault(path or "model", what)
                compiled += (f"{path}." if path else "",)
        elif any(isinstance(one, torch.ScriptObject) for one in vars(module).values()):
            what = "its weights are packed, as a quantised module's: import what it was made of"
            yield Fault(path.removesuffix("._packed_params") or "model", what)


def _untraceable(error: Exception) -> str:
    """Why torch cannot trace a model, and where in its code, in one line."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, GuardOnDataDependentSymNode):
        reason = f"what it does next depends on values that are known only as it runs ({reason})"
    frames = traceback.extract_tb(error.__traceback__)
    users = [frame for frame in frames if _is_users(frame.filename)]
    where = f" at {users[-1].filename}:{users[-1].lineno}" if users else ""
    return f"torch.export cannot trace it{where}: {reason}"


def _is_users(file: str) -> bool:
    """Whether a file of code is neither torch's nor ours, nor one that comes with Python."""
    comes = file.startswith(_PYTHON) and "site-packages" not in file
    return not comes and not file.startswith((_TORCH, _HERE, "<"))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without torch's warnings, logged tracebacks and listings: what matters of them is raised."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


def _tensors(result: object, seen: frozenset[int] = frozenset()) -> Iterator[Tensor]:
    """The tensors in what a model yields, in objects of any class as well."""
    for leaf in pytree.tree_leaves(result):
        if isinstance(leaf, Tensor):
            yield leaf
        elif id(leaf) not in seen:
            within = list(getattr(leaf, "__dict__", {}).values())
            yield from _tensors(within, seen | {id(leaf)})


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """The model in evaluation, attention as its plain operations, and results as the tensors in
    them, whatever classes hold them; afterwards all as it was.
    """
    training = {module: module.training for module in model.modules()}
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    model.eval()
    hook = model.register_forward_hook(lambda _, __, result: tuple(_tensors(result)))
    try:
        yield
    finally:
        hook.remove()
        torch.backends.mha.set_fastpath_enabled(fast)
        for module, was in training.items():
            module.training = was
