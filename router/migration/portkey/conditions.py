"""The conditions of a Portkey config as rules on tags; what has no tag is left out.

Invariant: a rule applies to no request that its condition did not select.
"""

from typing import Any

from router.migration.import_report import Notes
from router.migration.source_node import Node

_METADATA = "metadata."


def tags_of(query: Node, notes: Notes) -> dict[str, Any] | None:
    """What is under `tags` of a rule that selects what a query does, or None, with a sentence."""
    equal: list[str] = []
    for key, node in _parts(query):
        if not key.startswith(_METADATA):
            return _left_out(node, notes, f"a condition on {key!r}: rules look at metadata alone")
        name = key.removeprefix(_METADATA)
        asked = node.mapping or {"$eq": node}
        if set(asked) == {"$eq"}:
            equal.append(f"{name}={asked['$eq'].text}")
        elif set(asked) == {"$in"} and len(_parts(query)) == 1:
            return {"tags": [f"{name}={each.text}" for each in asked["$in"].listed]}
        else:
            return _left_out(node, notes, f"a condition on {name!r} by {', '.join(asked)}: rules know what is equal")
    if not equal:
        return _left_out(query, notes, "a condition without a query")
    return {"tags": equal if len(equal) == 1 else {"all": equal}}


def keys_of(query: Node) -> list[str]:
    """The keys of metadata that a query looks at."""
    return [key.removeprefix(_METADATA) for key, _ in _parts(query) if key.startswith(_METADATA)]


def _parts(query: Node) -> list[tuple[str, Node]]:
    """What must hold together, `$and` taken apart."""
    parts = []
    for key, node in query.mapping.items():
        parts += [part for each in node.listed for part in _parts(each)] if key == "$and" else [(key, node)]
    return parts


def _left_out(node: Node, notes: Notes, sentence: str) -> dict[str, Any] | None:
    notes.add("protection", node.where, f"{sentence}; such requests go where the others do")
    return None
