"""Joins a LiteLLM configuration with the files that it includes, as LiteLLM does."""

from collections.abc import Iterable
from pathlib import Path

from router.cli.importing.foreign_yaml import Reader
from router.errors import ConfigError, Problem
from router.migration.source_node import Doubled, Node

MOST_INCLUDED = 100


def read_config(file: Path) -> tuple[Node, tuple[Doubled, ...]]:
    """The file with what it includes; raises ConfigError with all faults of includes."""
    reader = Reader()
    config = reader.read(file, file.name)
    if not isinstance(config.value, dict):
        raise ConfigError([Problem(f"{file.name}:1:1", "is no mapping: `model_list:` is expected", code="syntax")])
    listed = config.get("include")
    nodes = listed.listed if listed else ()
    faults: list[Problem] = []
    joined = dict(config.mapping)
    for place, node in enumerate(nodes[:MOST_INCLUDED], 1):
        if (path := _inside(file, node, faults)) is not None:
            joined = _joined(joined, reader.read(path, node.text, place))
    if faults:
        raise ConfigError(faults)
    return Node(joined, config.where), tuple(reader.doubled)


def _inside(file: Path, node: Node, faults: list[Problem]) -> Path | None:
    folder = file.resolve().parent
    path = (folder / node.text).resolve()
    where = f"{file.name}:{node.where.line}:1"
    if not path.is_relative_to(folder):
        faults.append(Problem(where, "an include may not lead out of the folder of the file", code="include"))
    elif not path.is_file():
        faults.append(Problem(where, f"the included file {node.text!r} is not there", code="include"))
    else:
        return path
    return None


def _joined(config: dict[str, Node], other: Node) -> dict[str, Node]:
    """Lists are joined; of anything else the included file goes before."""
    for key, node in other.mapping.items():
        here = config.get(key)
        if here is not None and isinstance(here.value, list) and isinstance(node.value, list):
            config[key] = Node([*_items(here), *_items(node)], here.where)
        else:
            config[key] = node
    return config


def _items(node: Node) -> Iterable[Node]:
    return node.listed
