"""Searches the index of receipts: the newest first, a page at a time.

Invariant: a search looks at `MOST_SCANNED` rows at most and says how far it came, so that no combination of words makes
anybody wait; its cursor is the id of the last row that was looked at.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from router.errors import BadRequest
from router.ids import first_id
from router.ledger.index.index_row import Row
from router.ledger.index.receipt_index import SEARCHED, ReceiptIndex
from router.money import usd
from router.suggest import nearest

MOST_SCANNED, MOST_ROWS = 25_000, 200
_FIELDS = ", ".join(Row._fields)
# The narrowest first: which of the words that are given leads the search.
_NARROW = ("key_name", "outcome", "reason", "asked", "served", "task", "policy")
_WORDS = (*SEARCHED, "chosen", "owner", "team", "ramp", "arm")
_LEAST = {"min_cost": "cost >= ?", "min_ms": "duration_ms >= ?", "max_quality": "quality <= ?"}
_MONEY = ("cost", "baseline_cost", "charged")
NAMES = {"key_name": "key"}
"""Columns that have another name outside, since it is a word of SQL."""
FILTERS = (*(NAMES.get(name, name) for name in _WORDS), "substituted", "fallback", *_LEAST)
"""Everything that a search may be narrowed by."""


class Filters(NamedTuple):
    """Conditions of a search with their values; `lead` is the one that an index answers."""

    lead: tuple[str, object] | None
    conditions: tuple[str, ...]
    values: tuple[object, ...]


class Page(NamedTuple):
    """Some rows, the newest first; `cursor` leads on where there may be more, `until` is how far this one looked."""

    rows: list[Row]
    cursor: str | None


def parse_filters(said: Mapping[str, str]) -> Filters:
    """The conditions that a query names; raises BadRequest for a word that none is called by, or no number."""
    words: dict[str, object] = {}
    conditions: list[str] = []
    values: list[object] = []
    for name, value in said.items():
        column = next((inner for inner, outer in NAMES.items() if outer == name), name)
        if column in _WORDS:
            words[column] = value
        elif name in _LEAST:
            conditions.append(_LEAST[name])
            values.append(_number(name, value))
        elif name in ("substituted", "fallback"):
            conditions.append(_truth(name, value))
        else:
            raise BadRequest(f"Receipts are not searched by {name!r}.{nearest(name, FILTERS)}", param=name)
    lead = next((name for name in _NARROW if name in words), None)
    rest = {name: value for name, value in words.items() if name != lead}
    return Filters(
        (lead, words[lead]) if lead else None,
        (*(f"{name} = ?" for name in rest), *conditions),
        (*rest.values(), *values),
    )


def search(
    index: ReceiptIndex,
    filters: Filters,
    limit: int,
    cursor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page:
    """A page of what was asked for; raises BadRequest for a limit that is out of bounds."""
    if not 1 <= limit <= MOST_ROWS:
        raise BadRequest(f"limit: from 1 to {MOST_ROWS}.", param="limit")
    bounds, ends = _bounds(filters, cursor, since, until)
    with index.reading() as database:
        last = None
        if filters.conditions:
            # The index alone answers this: no row is read for it.
            furthest = f"SELECT id FROM found_receipts{bounds} ORDER BY id DESC LIMIT 1 OFFSET {MOST_SCANNED - 1}"  # noqa: S608
            last = database.execute(furthest, ends).fetchone()
        parts = [*filters.conditions, *(["id >= ?"] if last else [])]
        more = f"{' AND ' if bounds else ' WHERE '}{' AND '.join(parts)}" if parts else ""
        question = f"SELECT {_FIELDS} FROM found_receipts{bounds}{more} ORDER BY id DESC LIMIT {limit + 1}"  # noqa: S608
        found = database.execute(question, (*ends, *filters.values, *(last or ())))
        rows = [Row(*row) for row in found]
    if len(rows) > limit:
        return Page(rows[:limit], rows[limit - 1].id)
    # Fewer than asked for: either there are no more, or as many were looked at as may be.
    return Page(rows, last[0] if last else None)


def _bounds(
    filters: Filters, cursor: str | None, since: datetime | None, until: datetime | None
) -> tuple[str, tuple[object, ...]]:
    parts: list[tuple[str, object]] = []
    if filters.lead:
        parts.append((f"{filters.lead[0]} = ?", filters.lead[1]))
    if cursor:
        parts.append(("id < ?", cursor))
    if since:
        parts.append(("id >= ?", first_id(since)))
    if until:
        parts.append(("id < ?", first_id(until)))
    where = f" WHERE {' AND '.join(part for part, _ in parts)}" if parts else ""
    return where, tuple(value for _, value in parts)


def row_json(row: Row) -> dict[str, Any]:
    """A row as programs see it: money in USD as decimal text, nothing as null."""
    shown: dict[str, Any] = {}
    for name, value in row._asdict().items():
        if name in _MONEY:
            # A float of the index: past nine digits it says nothing.
            shown[f"{name}_usd"] = usd(Decimal(f"{value:.3f}"))
        elif name != "second":
            shown[NAMES.get(name, name)] = None if value == "" else value
    return {**shown, "substituted": bool(row.substituted), "quality": row.quality or None}


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise BadRequest(f"{name}: {value[:40]!r} is no number.", param=name) from None
    if number != number or abs(number) > 1e15:
        raise BadRequest(f"{name}: {value[:40]!r} is out of bounds.", param=name)
    return number


def _truth(name: str, value: str) -> str:
    if value not in ("true", "false"):
        raise BadRequest(f"{name}: write true or false.", param=name)
    if name == "substituted":
        return "substituted = 1" if value == "true" else "substituted = 0"
    return "(served <> chosen AND served <> '')" if value == "true" else "served = chosen"
