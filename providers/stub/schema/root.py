"""A schema document, its local references, and the work that may be spent on it.

Invariant: no schema, however it refers to itself, costs more than the budget of steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

MOST_STEPS = 50_000
MOST_DEPTH = 32


class Unsatisfiable(Exception):
    """No instance was found; `pointer` is the place in the schema."""

    def __init__(self, pointer: str, why: str) -> None:
        super().__init__(f"the schema at {pointer}: {why}")
        self.pointer = pointer
        self.why = why

    def under(self, pointer: str) -> "Unsatisfiable":
        """The same problem; where it knows a keyword only, at that keyword of this place."""
        return self if self.pointer.startswith("#") else Unsatisfiable(f"{pointer}/{self.pointer}", self.why)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the schema a value is made: how deep, and inside which references."""

    pointer: str
    depth: int
    active: frozenset[str]

    def inside(self, step: str) -> "Place":
        """The place one step further down."""
        if self.depth >= MOST_DEPTH:
            raise Unsatisfiable(self.pointer, "nested too deeply")
        return Place(f"{self.pointer}/{step}", self.depth + 1, self.active)

    def within(self, references: frozenset[str]) -> "Place":
        """The same place, while these references are expanded too."""
        return Place(self.pointer, self.depth, self.active | references)


TOP = Place("#", 0, frozenset({"#"}))


class Root:
    """The whole schema, in which references are looked up."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self._left = MOST_STEPS

    def spend(self, steps: int = 1, pointer: str = "#") -> None:
        """Count work; raises where the budget is used up."""
        self._left -= steps
        if self._left < 0:
            raise Unsatisfiable(pointer, "too large, or it refers to itself without end")

    def resolve(self, reference: str, pointer: str) -> Any:
        """The schema that a local reference names."""
        if not reference.startswith("#"):
            raise Unsatisfiable(pointer, f"`{reference}` is not a local reference")
        schema = self.schema
        for step in unquote(reference).split("/")[1:]:
            schema = _child(schema, step.replace("~1", "/").replace("~0", "~"))
            if schema is None:
                raise Unsatisfiable(pointer, f"`{reference}` names nothing")
        return schema


def _child(parent: Any, step: str) -> Any:
    """The member or item of that name, or None."""
    if isinstance(parent, Mapping):
        return parent.get(step)
    if isinstance(parent, list | tuple) and step.isdigit() and int(step) < len(parent):
        return parent[int(step)]
    return None
