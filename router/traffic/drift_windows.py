"""The requests of two times, side by side, as a test of drift wants them.

Invariant: of each day at most so many requests are read, its last, so that a look takes no longer on a busy ledger; a
gap is known only of those whose outcome is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import orjson

from router.evidence.drift import Requests
from router.ledger import DatabaseLedger
from router.policy.replay.request_columns import unpack
from router.traffic.scored_receipts import Scored, ScoredReceipts

MOST_OUTCOMES = 5_000
"""Outcomes that are looked at, the last."""


class Windows(NamedTuple):
    """The last days, and the days before them that they are compared with; `a_day` requests of each at most."""

    recent: int
    before: int
    a_day: int


def requests_of(ledger: DatabaseLedger, scored: ScoredReceipts, windows: Windows, end: datetime) -> Requests:
    """The requests of both times, counted back from an end."""
    rows: list[bytes] = []
    words: list[str] = []
    sizes: list[int] = []
    for day in range(windows.recent + windows.before):
        until = end - timedelta(days=day)
        some, words = ledger.requests_between(until - timedelta(days=1), until, windows.a_day)
        rows += some
        sizes.append(len(some))
    columns = unpack(rows, words)
    gaps = _gaps(ledger, scored.since(end - timedelta(days=windows.recent + windows.before)))
    numbers: dict[str, int] = {}
    units = [numbers.setdefault(columns.unit.at(row), len(numbers)) for row in range(len(rows))]
    return Requests(
        late=np.arange(len(rows)) < sum(sizes[: windows.recent]),
        unit=np.array(units, np.int64),
        task=[columns.task.at(row) for row in range(len(rows))],
        language=[columns.language.at(row) for row in range(len(rows))],
        difficulty=columns.difficulty,
        gap=np.array([gaps.get(columns.id.at(row), np.nan) if gaps else np.nan for row in range(len(rows))]),
    )


def _gaps(ledger: DatabaseLedger, scored: Mapping[str, Sequence[Scored]]) -> dict[str, float]:
    """By receipt, how far its outcomes lie from what was predicted of the same models."""
    gaps = {}
    for name in sorted(scored)[-MOST_OUTCOMES:]:
        if (body := ledger.receipt(name)) is None:
            continue
        receipt = orjson.loads(body)
        quality = {each["model"]: each["quality"] for each in receipt["decision"]["candidates"]}
        apart = [
            score - quality[model or receipt["served"]]
            for model, score in scored[name]
            if (model or receipt["served"]) in quality
        ]
        if apart:
            gaps[name] = sum(apart) / len(apart)
    return gaps
