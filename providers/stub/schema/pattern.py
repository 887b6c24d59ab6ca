"""Simple regular expressions as trees, and a matcher for them.

Invariant: matching never backtracks (it follows sets of places) and its steps are counted, so no expression that a
client sends can stall the process. What is neither literal, set, group, branch, repeat nor anchor is refused.
"""

import importlib
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from providers.stub.schema.root import Unsatisfiable

MOST_CHARACTERS = 2_000
_MOST_PATTERN = 500
_CLASSES: dict[str, Callable[[str], bool]] = {
    "DIGIT": lambda character: character in string.digits,
    "SPACE": str.isspace,
    "WORD": lambda character: character.isalnum() or character == "_",
}
_ANCHORS = {"BEGINNING": "start", "BEGINNING_STRING": "start", "END": "end", "END_STRING": "end"}
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
# The parser of the standard library carries no types and no promise; `nodes` is the one place that touches it.
_parser: Any = importlib.import_module("re._parser")
Node = tuple[str, Any]
Spend = Callable[[int], None]


@lru_cache(maxsize=256)
def nodes(pattern: str) -> tuple[Node, ...]:
    """The expression as a tree, or Unsatisfiable where it is not simple."""
    if len(pattern) > _MOST_PATTERN:
        raise Unsatisfiable("pattern", "longer than a stub reads")
    try:
        return _tree(_parser.parse(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        raise Unsatisfiable("pattern", f"`{pattern}` cannot be read: {error}") from None


def _tree(parsed: Any) -> tuple[Node, ...]:
    return tuple(_node(str(kind), argument) for kind, argument in parsed)


def _node(kind: str, argument: Any) -> Node:
    if kind in _REPEATS:
        low, high, body = argument
        return "REPEAT", (int(low), int(high), _tree(body))
    if kind == "SUBPATTERN":
        return "GROUP", _tree(argument[3])
    if kind == "BRANCH":
        return kind, tuple(map(_tree, argument[1]))
    if kind == "AT" and (place := _ANCHORS.get(str(argument).removeprefix("AT_"))):
        return kind, place
    if kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
        return "ONE", (kind, argument)
    raise Unsatisfiable("pattern", f"a stub does not write {kind.lower()} patterns")


def admits(test: tuple[str, Any], character: str) -> bool:
    """Whether a single-character node takes this character."""
    kind, argument = test
    if kind == "ANY":
        return character != "\n"
    if kind != "IN":
        return bool(ord(character) == argument) == (kind == "LITERAL")
    parts = [(str(part), value) for part, value in argument]
    return any(_in_set(part, value, character) for part, value in parts) != (parts[0][0] == "NEGATE")


def _in_set(part: str, value: Any, character: str) -> bool:
    if part == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    if part == "CATEGORY":
        name = str(value).removeprefix("CATEGORY_")
        return _CLASSES[name.removeprefix("NOT_")](character) != name.startswith("NOT_")
    return part == "LITERAL" and bool(ord(character) == value)


def matches(pattern: str, text: str, spend: Spend) -> bool:
    """Whether the expression is found in the text; `spend` counts the work and may raise."""
    if len(text) > MOST_CHARACTERS:
        raise Unsatisfiable("pattern", "a text that is longer than a stub checks")
    return bool(_Matcher(text, spend).ends(nodes(pattern), set(range(len(text) + 1))))


@dataclass(frozen=True, slots=True)
class _Matcher:
    """One text, read from all places at once: each step maps the places where it may start to those where it ends."""

    text: str
    spend: Spend

    def ends(self, tree: tuple[Node, ...], places: set[int]) -> set[int]:
        for kind, argument in tree:
            self.spend(1 + len(places) // 16)
            places = _STEPS[kind](self, argument, places)
        return places

    def character(self, test: Any, places: set[int]) -> set[int]:
        text = self.text
        return {place + 1 for place in places if place < len(text) and admits(test, text[place])}

    def branch(self, trees: tuple[tuple[Node, ...], ...], places: set[int]) -> set[int]:
        return {end for tree in trees for end in self.ends(tree, places)}

    def anchor(self, place: str, places: set[int]) -> set[int]:
        return places & ({0} if place == "start" else {len(self.text)})

    def repeat(self, argument: Any, places: set[int]) -> set[int]:
        low, high, body = argument
        reached = edge = self._least(low, body, places)
        for _ in range(high - low):
            self.spend(1)
            edge = self.ends(body, edge) - reached
            if not edge:
                break
            reached = reached | edge
        return reached

    def _least(self, low: int, body: tuple[Node, ...], places: set[int]) -> set[int]:
        """The rounds that must be; once a round changes nothing, no later one will."""
        for _ in range(low):
            self.spend(1)
            after = self.ends(body, places)
            if after == places:
                break
            places = after
        return places


_STEPS: dict[str, Any] = {
    "ONE": _Matcher.character,
    "GROUP": _Matcher.ends,
    "BRANCH": _Matcher.branch,
    "AT": _Matcher.anchor,
    "REPEAT": _Matcher.repeat,
}
