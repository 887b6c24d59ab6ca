"""What a cell of a table says: a score, nothing, or something that is no score.

Invariant: a score is a number in [0, 1] after the declared scale; what is not read is given back as a sentence.
"""

import re
from math import isfinite, isnan
from typing import Any

RIGHT = frozenset({"true", "correct", "yes", "right", "pass", "passed", "success"})
WRONG = frozenset({"false", "incorrect", "no", "wrong", "fail", "failed", "failure"})
MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "–", "?", "missing"})
_COMMA = re.compile(r"-?\d*,\d+")
Scale = tuple[float, float]
UNIT: Scale = (0.0, 1.0)


def score_of(cell: Any, scale: Scale = UNIT) -> float | str | None:
    """A score in [0, 1], None for an empty cell, or what is wrong."""
    value = _number(cell)
    if value is None or isinstance(value, str):
        return value
    low, high = (0.0, 100.0) if isinstance(cell, str) and cell.rstrip().endswith("%") else scale
    if isinstance(cell, bool) or (isinstance(cell, str) and cell.strip().lower() in RIGHT | WRONG):
        low, high = UNIT
    if not low <= value <= high:
        return f"is {cell!r}, which is not in [{low:g}, {high:g}]" + _hint(value, scale)
    return (value - low) / (high - low)


def amount_of(cell: Any) -> float | str | None:
    """A cost or another amount of 0 or more, None for an empty cell, or what is wrong."""
    value = _number(cell)
    if isinstance(value, float) and (not isfinite(value) or value < 0):
        return f"is {cell!r}, which is no amount of 0 or more"
    return value


def _number(cell: Any) -> float | str | None:
    if isinstance(cell, str):
        return _written(cell.strip())
    if cell is None:
        return None
    if isinstance(cell, (bool, int, float)):
        value = float(cell)
        return None if isnan(value) else value
    try:
        return float(cell)
    except (TypeError, ValueError):
        return f"is a {type(cell).__name__}, which is no number"


def _written(text: str) -> float | str | None:
    try:
        value = float(text)
        return None if isnan(value) else value
    except ValueError:
        pass
    word = text.lower()
    if word in MISSING:
        return None
    if word in RIGHT or word in WRONG:
        return float(word in RIGHT)
    plain = text.removesuffix("%").strip()
    plain = plain.replace(",", ".") if _COMMA.fullmatch(plain) else plain
    try:
        return float(plain)
    except ValueError:
        return f"is {text[:40]!r}, which is no number in [0, 1], no percentage, and neither right nor wrong"


def _hint(value: float, scale: Scale) -> str:
    return "; for scores out of 100 give --scale 0:100" if scale == UNIT and 1 < value <= 100 else ""
