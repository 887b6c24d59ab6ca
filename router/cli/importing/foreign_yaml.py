"""Reads YAML as PyYAML's programs do: 1.1, with anchors and merges; every value with its line.

Invariant: what is read is bounded in bytes, depth and in what anchors expand to.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from router.errors import ConfigError, Problem
from router.migration.source_node import Doubled, Node, Where

MOST_BYTES = 4_000_000
MOST_VALUES = 200_000
MOST_DEPTH = 40
_WHOLE = re.compile(r"[-+]?[0-9][0-9_]*")
_DECIMAL = re.compile(r"[-+]?([0-9][0-9_]*)?\.?[0-9_]+([eE][-+]?[0-9]+)?")
_TRUE, _FALSE, _NOTHING = ("yes", "true", "on"), ("no", "false", "off"), ("", "~", "null")
_MERGE = "<<"
# PyYAML takes these words in three spellings: all small, all large, or with a large first letter.
_SPELLINGS = (str.lower, str.upper, str.capitalize)


class Reader:
    """Reads one file, and those that it includes; `doubled` are keys that stand twice."""

    def __init__(self) -> None:
        self.doubled: list[Doubled] = []
        self.values = 0

    def read(self, path: Path, shown: str, included: int = 0) -> Node:
        """The file as nodes; raises ConfigError. `shown` is its name in sentences."""
        if path.stat().st_size > MOST_BYTES:
            raise _fault(f"{shown}:1:1", f"is larger than the limit of {MOST_BYTES:,} bytes")
        try:
            text = path.read_bytes().decode("utf-8-sig")
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except UnicodeDecodeError:
            raise _fault(f"{shown}:1:1", "is not UTF-8 text") from None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"{shown}:{mark.line + 1}:{mark.column + 1}" if mark else f"{shown}:1:1"
            raise _fault(where, _sentence(error)) from None
        except RecursionError:
            # PyYAML descends by calls, before there are nodes whose depth could be looked at.
            raise _fault(f"{shown}:1:1", "is nested too deep") from None
        if root is None:
            return Node({}, Where(included, 1, shown))
        return _Nodes(self, shown, included).node(root, 0)


class _Nodes:
    """Turns the composed graph of one file into nodes."""

    def __init__(self, reader: Reader, shown: str, included: int) -> None:
        self.reader, self.shown, self.included = reader, shown, included

    def where(self, node: yaml.Node) -> Where:
        return Where(self.included, node.start_mark.line + 1, self.shown)

    def node(self, node: yaml.Node, depth: int) -> Node:
        self.reader.values += 1
        if depth > MOST_DEPTH or self.reader.values > MOST_VALUES:
            line = node.start_mark.line + 1
            raise _fault(f"{self.shown}:{line}:1", "is nested too deep, or its anchors expand to too much")
        if isinstance(node, yaml.MappingNode):
            return Node(self.mapping(node, depth), self.where(node))
        if isinstance(node, yaml.SequenceNode):
            return Node([self.node(item, depth + 1) for item in node.value], self.where(node))
        return Node(_scalar(node), self.where(node))

    def mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Node]:
        merged: dict[str, Node] = {}
        own: dict[str, Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name == _MERGE and isinstance(key, yaml.ScalarNode) and key.style is None:
                for source in self.merged(value):
                    merged = {**self.mapping(source, depth + 1), **merged}
                continue
            if name in own:
                self.reader.doubled.append(Doubled(name, own[name].where, self.where(key)))
            # At the line of its key: what stands under it may begin lines later.
            own[name] = Node(self.node(value, depth + 1).value, self.where(key))
        return {**merged, **own}

    def merged(self, node: yaml.Node) -> Iterator[yaml.MappingNode]:
        sources: list[Any] = node.value if isinstance(node, yaml.SequenceNode) else [node]
        yield from (source for source in sources if isinstance(source, yaml.MappingNode))


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    if any(text == spell(text) for spell in _SPELLINGS):
        word = text.lower()
        if word in _NOTHING:
            return None
        if word in _TRUE + _FALSE:
            return word in _TRUE
    if _WHOLE.fullmatch(text) and len(text) < 40:
        return int(text.replace("_", ""))
    if _DECIMAL.fullmatch(text) and len(text) < 40 and any(digit.isdigit() for digit in text):
        return Decimal(text.replace("_", ""))
    return text


def _sentence(error: yaml.YAMLError) -> str:
    problem = str(getattr(error, "problem", None) or "is not YAML")
    if "expected a single document" in str(error):
        problem = "a second document: one is read"
    if "undefined alias" in problem or "duplicate anchor" in problem or len(problem) > 80:
        # These repeat words of the file.
        problem = "an anchor that is not there, or is there twice"
    return problem


def _fault(where: str, sentence: str) -> ConfigError:
    return ConfigError([Problem(where, sentence, code="syntax")])
