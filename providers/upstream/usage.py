"""Reads token counts from a backend's answer: whole numbers or nothing.

Invariant: what is no count is not guessed at; whether a count can be true is the router's to judge.
"""

from collections.abc import Mapping
from typing import Any

from router.types import Usage


def number(counts: Mapping[str, Any], *path: str) -> int | None:
    """A count at a path of keys: 0 where nobody mentions it, None where what is there is no whole number."""
    value: Any = counts
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            return 0
    return value if type(value) is int else None


def counted(taken: int | None, given: int | None, cached: int | None, reasoning: int | None = 0) -> Usage | None:
    """The usage, where each part of it is a count."""
    if taken is None or given is None or cached is None or reasoning is None:
        return None
    return Usage(taken, given, cached, "backend", reasoning)
