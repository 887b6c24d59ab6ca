"""A value of a foreign file with the line on which it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A line of a file; `included` counts up with every file that another includes."""

    included: int
    line: int
    file: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Doubled:
    """A key that stands twice in one mapping: the first of the two is lost."""

    key: str
    first: Where
    second: Where


@dataclass(frozen=True, slots=True)
class Node:
    """A mapping of names to nodes, a list of nodes, or a scalar: text, whole number, `Decimal`, truth or nothing."""

    value: Any
    where: Where

    @property
    def mapping(self) -> Mapping[str, "Node"]:
        """Its keys, where it is a mapping; else none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def listed(self) -> tuple["Node", ...]:
        """Its items; a scalar is a list of one, nothing is none."""
        if isinstance(self.value, list):
            return tuple(self.value)
        return () if self.value is None or isinstance(self.value, dict) else (self,)

    @property
    def text(self) -> str:
        """A scalar as it would be written; empty for nothing, mappings and lists."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return str(self.value) if isinstance(self.value, str | int | Decimal) else ""

    @property
    def on(self) -> bool:
        """Whether it says yes, as a truth or in words."""
        return self.text.lower() in ("true", "yes", "on", "1")

    @property
    def number(self) -> Decimal | None:
        """The number that it is, or that its text is."""
        if isinstance(self.value, bool):
            return None
        try:
            number = Decimal(self.text.strip().replace("_", ""))
        except InvalidOperation:
            return None
        return number if number.is_finite() else None

    def get(self, *path: str) -> "Node | None":
        """What stands under these keys, where it is something."""
        node = self
        for key in path:
            inner = node.mapping.get(key)
            if inner is None:
                return None
            node = inner
        return None if node.value is None else node

    def whole(self, key: str) -> int | None:
        """The whole number of at least 1 under a key."""
        node = self.get(key)
        number = None if node is None else node.number
        return int(number) if number is not None and number >= 1 else None

    def walk(self) -> Iterator[tuple[str, "Node"]]:
        """Every scalar below, with the key that it stands under."""
        for key, node in self.mapping.items():
            yield from ((inner or key, leaf) for inner, leaf in node.walk())
        for node in self.listed if isinstance(self.value, list) else ():
            yield from node.walk()
        if not isinstance(self.value, dict | list):
            yield "", self
