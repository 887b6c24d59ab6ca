"""The list of models in the shape of Anthropic's API, for clients that send its version header."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from router.errors import BadRequest
from router.suggest import nearest

MOST_ROWS = 1000


def anthropic_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of OpenAI's list in Anthropic's words, with ours beside them; a policy was made at the epoch."""
    return {
        "type": "model",
        "id": row["id"],
        "display_name": row["fungible"].get("name", row["id"]),
        "created_at": datetime.fromtimestamp(row["created"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "line": None,
        "capabilities": None,
        "max_input_tokens": row["fungible"].get("context"),
        "max_tokens": row["fungible"].get("max_output"),
        "fungible": row["fungible"],
    }


def page(rows: Sequence[Mapping[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    """A page of the list: all of it, unless `limit`, `after_id` or `before_id` say less; raises BadRequest."""
    limit = _limit(query.get("limit"))
    ids = [row["id"] for row in rows]
    start = _place(query, "after_id", ids, -1) + 1
    end = _place(query, "before_id", ids, len(ids))
    backwards = "before_id" in query and "after_id" not in query
    inside = rows[start:end]
    taken = inside[-limit:] if backwards else inside[:limit]
    return {
        "data": [anthropic_row(row) for row in taken],
        "has_more": len(taken) < len(inside),
        "first_id": taken[0]["id"] if taken else None,
        "last_id": taken[-1]["id"] if taken else None,
    }


def _limit(said: str | None) -> int:
    if said is None:
        return MOST_ROWS
    if not (said.isascii() and said.isdigit() and len(said) <= 4 and 1 <= int(said) <= MOST_ROWS):
        raise BadRequest(f"limit must be a whole number from 1 to {MOST_ROWS}, not {said[:40]!r}.", param="limit")
    return int(said)


def _place(query: Mapping[str, str], param: str, ids: list[str], otherwise: int) -> int:
    if (name := query.get(param)) is None:
        return otherwise
    if name not in ids:
        raise BadRequest(f"{param}: no model or policy is called {name!r}.{nearest(name, ids)}", param=param)
    return ids.index(name)
