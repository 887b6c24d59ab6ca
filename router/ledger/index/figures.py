"""Sums over the index of receipts: what a range of time came to, and its course.

Invariant: a range is made of whole minutes, quarters, six hours or days, by its length; sums are read, never
receipts, so a range with a million of them takes no longer than one with a few.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from router.errors import BadRequest
from router.ledger.index.index_row import LEVELS, duration_of
from router.ledger.index.receipt_index import ReceiptIndex
from router.suggest import nearest

GROUPS = ("owner", "served", "asked", "policy", "task", "reason")
"""What sums can be split by."""
POINTS = 96
"""About so many steps has a course."""
_TOTALS = ("requests", "answered", "fallbacks", "substituted", "cost", "charged", "expected", "quality")
_COUNTS = frozenset(("requests", "answered", "fallbacks", "substituted"))
_SUMS = ", ".join(f"SUM({name})" for name in _TOTALS)
# Up to so long a range is made of the steps of each level but the last.
_LONGEST = (timedelta(hours=3), timedelta(hours=26), timedelta(days=8))


class Span(NamedTuple):
    """A range of time in whole steps of a level; `end` is not in it."""

    level: int
    begin: int
    end: int

    @property
    def step(self) -> int:
        """The seconds of one point of its course: a multiple of the level."""
        rough = max(1, (self.end - self.begin) // POINTS // self.level)
        return self.level * next((round_ for round_ in (1, 2, 5, 10, 15, 30, 60) if round_ >= rough), rough)


def span_of(since: datetime, until: datetime) -> Span:
    """The steps that cover a range; raises BadRequest for one that ends before it begins."""
    if since >= until:
        raise BadRequest("The range ends before it begins: `since` must be earlier than `until`.", param="since")
    length = until - since
    level = LEVELS[sum(length > longest for longest in _LONGEST)]
    begin, end = int(since.timestamp()), int(until.timestamp())
    return Span(level, begin - begin % level, end + -end % level)


def figures(index: ReceiptIndex, span: Span) -> dict[str, Any]:
    """What a range came to: totals, groups, alternatives and durations; money in micro-dollars."""
    values = (span.level, span.begin, span.end)
    with index.reading() as database:
        sums = [_Sum(tuple(row[: len(GROUPS)]), row[len(GROUPS) :]) for row in database.execute(_SUMMED, values)]
        models = [dict(zip(_POSSIBLE, row, strict=True)) for row in database.execute(_MODELS, values)]
        classes = [(int(class_), int(count)) for class_, count in database.execute(_CLASSES, values)]
    return {
        "since": _time(span.begin),
        "until": _time(span.end),
        "total": _added(sums),
        "by": {by: _grouped(sums, by) for by in GROUPS},
        "mix": _mix(sums),
        "alternatives": [{**row, "requests": int(row["requests"]), "able": int(row["able"])} for row in models],
        "duration_ms": {"p50": quantile(classes, 0.5), "p90": quantile(classes, 0.9), "p99": quantile(classes, 0.99)},
    }


def series(index: ReceiptIndex, span: Span, by: str) -> dict[str, Any]:
    """The course of a range, split by one thing; points where nothing was asked are left out."""
    if by not in GROUPS:
        raise BadRequest(f"by: {by!r} is none of {', '.join(GROUPS)}.{nearest(by, GROUPS)}", param="by")
    step = span.step
    question = (
        f"SELECT span - (span - ?) % ?, {by}, SUM(requests), SUM(cost) FROM sums_served "  # noqa: S608 - one of ours
        f"WHERE level = ? AND span >= ? AND span < ? GROUP BY 1, {by} ORDER BY 1, {by}"
    )
    with index.reading() as database:
        rows = database.execute(question, (span.begin, step, span.level, span.begin, span.end)).fetchall()
    points: dict[int, dict[str, dict[str, float]]] = {}
    for at, name, requests, cost in rows:
        points.setdefault(int(at), {})[name] = {"requests": int(requests), "cost": cost}
    return {
        "since": _time(span.begin),
        "until": _time(span.end),
        "step_s": step,
        "by": by,
        "points": [{"time": _time(at), "groups": groups} for at, groups in points.items()],
    }


def quantile(classes: Sequence[tuple[int, int]], part: float) -> float | None:
    """The duration that this part of the requests took no longer than; None where there are none."""
    left = part * sum(count for _, count in classes)
    for class_, count in classes:
        left -= count
        if left <= 0:
            return duration_of(class_)
    return None


_POSSIBLE = ("model", "owner", "requests", "able", "cost", "quality")
_RANGE = "WHERE level = ? AND span >= ? AND span < ?"
_MODELS = (
    "SELECT model, owner, SUM(requests), SUM(able), SUM(cost), SUM(quality) FROM sums_possible "  # noqa: S608
    f"{_RANGE} GROUP BY model, owner ORDER BY model"
)
_SUMMED = f"SELECT {', '.join(GROUPS)}, {_SUMS} FROM sums_served {_RANGE} GROUP BY {', '.join(GROUPS)}"  # noqa: S608
_CLASSES = f"SELECT class, SUM(requests) FROM sums_duration {_RANGE} GROUP BY class ORDER BY class"  # noqa: S608


class _Sum(NamedTuple):
    """What the requests of one kind came to: their group of each sort, and their totals."""

    groups: tuple[str, ...]
    totals: Sequence[Any]


def _grouped(sums: Sequence[_Sum], by: str) -> list[dict[str, Any]]:
    """The sums split by one thing, the most frequent first."""
    place = GROUPS.index(by)
    names: dict[str, list[_Sum]] = {}
    for each in sums:
        names.setdefault(each.groups[place], []).append(each)
    rows = [{"name": name or None, **_added(some)} for name, some in names.items()]
    return sorted(rows, key=lambda row: (-row["requests"], row["name"] or ""))


def _mix(sums: Sequence[_Sum]) -> list[dict[str, Any]]:
    """How many requests of each task each model answered."""
    counts: dict[tuple[str, str, str], int] = {}
    for each in sums:
        named = dict(zip(GROUPS, each.groups, strict=True))
        if named["served"]:
            key = (named["task"], named["owner"], named["served"])
            counts[key] = counts.get(key, 0) + int(each.totals[0])
    return [
        {"task": task, "owner": owner, "model": model, "requests": requests}
        for (task, owner, model), requests in sorted(counts.items())
    ]


def _added(sums: Sequence[_Sum]) -> dict[str, Any]:
    columns = zip(*(each.totals for each in sums), strict=True) if sums else ([] for _ in _TOTALS)
    return {
        what: sum(map(int if what in _COUNTS else float, column)) for what, column in zip(_TOTALS, columns, strict=True)
    }


def _time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
