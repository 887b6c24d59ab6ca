"""Arithmetic in the texts of a scenario: `= growth * max(0, month - lag)`.

Invariant: an expression is arithmetic over names that are given, and nothing else; it has a value or is refused.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from router.suggest import nearest

MOST_CHARACTERS = 500
Names = Mapping[str, float]
_BINARY: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "exp": math.exp,
    "log": math.log,
    "round": round,
    "sigmoid": lambda logit: 1 / (1 + math.exp(-max(-50.0, min(50.0, logit)))),
}
FUNCTIONS = tuple(_FUNCTIONS)


def is_expression(value: object) -> bool:
    """Whether a text is to be worked out."""
    return isinstance(value, str) and value.startswith("=")


def amount(value: float | str, names: Names) -> float:
    """A number, or what an expression comes to; raises ValueError with what would be right."""
    if not isinstance(value, str):
        return float(value)
    if not is_expression(value):
        raise ValueError(f"write a number, or an expression that begins with `=`, not {value!r}")
    return evaluate(value[1:], names)


def evaluate(text: str, names: Names) -> float:
    """The value of an expression; raises ValueError."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"an expression has at most {MOST_CHARACTERS} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"{text.strip()!r} is no arithmetic: write such as `= price * 0.5`") from None
    try:
        value = float(_value(tree, names))
    except (ArithmeticError, TypeError) as error:
        raise ValueError(f"{text.strip()!r} has no value: {error}") from None
    if not math.isfinite(value):
        raise ValueError(f"{text.strip()!r} has no value: it is not finite")
    return value


def _value(node: ast.AST, names: Names) -> float:
    if (work := _KINDS.get(type(node))) is not None and (value := work(node, names)) is not None:
        return value
    kinds = "+ - * / < > if else"
    raise ValueError(f"{ast.unparse(node)!r} is no arithmetic; there are {kinds} and {', '.join(FUNCTIONS)}")


def _number(node: Any, _: Names) -> float | None:
    return node.value if type(node.value) in (int, float) else None


def _name(node: Any, names: Names) -> float:
    if node.id not in names:
        raise ValueError(f"{node.id!r} is no name here.{nearest(node.id, names)}")
    return names[node.id]


def _two(node: Any, names: Names) -> float | None:
    work = _BINARY.get(type(node.op))
    return work(_value(node.left, names), _value(node.right, names)) if work else None


def _compared(node: Any, names: Names) -> float | None:
    work = _BINARY.get(type(node.ops[0])) if len(node.ops) == 1 else None
    return work(_value(node.left, names), _value(node.comparators[0], names)) if work else None


def _less(node: Any, names: Names) -> float | None:
    return -_value(node.operand, names) if isinstance(node.op, ast.USub) else None


def _either(node: Any, names: Names) -> float:
    return _value(node.body if _value(node.test, names) else node.orelse, names)


def _called(node: Any, names: Names) -> float | None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        return None
    if (function := _FUNCTIONS.get(node.func.id)) is None:
        raise ValueError(f"{node.func.id!r} is no function here; there are: {', '.join(FUNCTIONS)}")
    return function(*(_value(part, names) for part in node.args))


_KINDS: Mapping[type, Callable[[Any, Names], float | None]] = {
    ast.Constant: _number,
    ast.Name: _name,
    ast.BinOp: _two,
    ast.Compare: _compared,
    ast.UnaryOp: _less,
    ast.IfExp: _either,
    ast.Call: _called,
}


def worked_out(data: Any, names: Names) -> Any:
    """Plain data with every expression in it replaced by its value; raises ValueError."""
    if isinstance(data, Mapping):
        return {key: worked_out(value, names) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [worked_out(value, names) for value in data]
    if not is_expression(data):
        return data
    value = round(evaluate(data[1:], names), 9)
    return int(value) if value == int(value) else value
