"""A condition on points, as "area <= 4 and rows * columns == 168", to whether a point meets it."""

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from hwsim.meant import closest, did_you_mean

LONGEST: Final = 1000
_ARITHMETIC: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARED: Final[Mapping[type, Callable[[Any, Any], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
#: What stands in a tree beside the expressions.
_PARTS: Final = ast.operator | ast.cmpop | ast.boolop | ast.unaryop | ast.expr_context


class NoRequirement(ValueError):
    """The text is no condition; it says why."""


class Requirement:
    """A comparison, or several with `and`, `or` and `not`.

    Its names are those of columns: an axis by its path, or by the end of its path that tells it
    from the others.
    """

    def __init__(self, text: str, columns: Iterable[str]) -> None:
        """Read the text; raises `NoRequirement` where it is none, or names no column."""
        self.text = text
        self._columns = tuple(columns)
        try:
            self._tree = _parsed(text)
            self.names = frozenset(self._called(node) for node in _names(self._tree))
        except RecursionError:
            raise NoRequirement("is nested too deeply") from None

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Return whether the row meets it; what the row does not have meets nothing."""
        try:
            return bool(self._value(self._tree, row))
        except (TypeError, ArithmeticError, KeyError, RecursionError):
            return False

    def _called(self, node: ast.expr) -> str:
        said = ast.unparse(node)
        found = [name for name in self._columns if name == said] or [
            name for name in self._columns if name.endswith(f".{said}")
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise NoRequirement(f"{said} may be {' or '.join(found)}: say more of its path")
        ends = {name.rpartition(".")[2]: name for name in self._columns}
        meant = closest(said, [*ends, *self._columns])
        raise NoRequirement(f"nothing is called {said}{did_you_mean(meant)}")

    def _value(self, node: ast.AST, row: Mapping[str, Any]) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name() | ast.Attribute():
                return row[self._called(node)]
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self._value(inner, row)
            case ast.UnaryOp(operand=inner):
                return not self._value(inner, row)
            case ast.BinOp(left=left, op=op, right=right):
                return _ARITHMETIC[type(op)](self._number(left, row), self._number(right, row))
            case ast.BoolOp(op=op, values=parts):
                each = (self._value(part, row) for part in parts)
                return all(each) if isinstance(op, ast.And) else any(each)
            case ast.Compare(left=left, ops=ops, comparators=others):
                sides = [self._value(side, row) for side in (left, *others)]
                pairs = zip(ops, sides, sides[1:], strict=False)
                return all(_COMPARED[type(op)](one, other) for op, one, other in pairs)
        raise KeyError

    def _number(self, node: ast.AST, row: Mapping[str, Any]) -> int | float:
        value = self._value(node, row)
        if not isinstance(value, int | float):
            raise TypeError(value)  # Python would repeat a text
        return value


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise NoRequirement(f"is longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoRequirement("is no comparison such as 'rows * columns <= 256'") from None
    wrong = next((node for node in ast.walk(tree) if not _allowed(node)), None)
    if wrong is not None or not isinstance(tree, ast.Compare | ast.BoolOp | ast.UnaryOp):
        raise NoRequirement("is no comparison such as 'rows * columns <= 256'")
    return tree


def _allowed(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(op=op, left=left, right=right):
            return type(op) in _ARITHMETIC and not (_is_text(left) or _is_text(right))
        case ast.Compare(ops=ops):
            return all(type(op) in _COMPARED for op in ops)
        case ast.UnaryOp(op=op):
            return isinstance(op, ast.USub | ast.Not)
        case ast.Constant(value=value):
            return isinstance(value, int | float | str)
        case ast.Attribute(value=inner):
            return isinstance(inner, ast.Name | ast.Attribute)
    return isinstance(node, ast.Name | ast.BoolOp | _PARTS)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _names(tree: ast.AST) -> list[ast.expr]:
    """Return the names of the tree, a path whole."""
    if isinstance(tree, ast.Name | ast.Attribute):
        return [tree]
    return [name for inner in ast.iter_child_nodes(tree) for name in _names(inner)]
