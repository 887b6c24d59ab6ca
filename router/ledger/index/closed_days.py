"""Sums by day from the index, from the log's own record of what was pruned, and from nothing else.

Invariant: every receipt that the ledger ever held counts once: of days before a pruning what that states and what it
left, of later days what the index has summed.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

import orjson

from router.ledger.index.daily_sums import DailySums, DaySum, day_sum
from router.ledger.index.receipt_index import ReceiptIndex
from router.ledger.log.records import prunings
from router.ledger.receipt_ledger import DatabaseLedger

_SUMMED = f"SELECT day, model, {', '.join(DaySum._fields)} FROM sums_daily WHERE day >= ?"  # noqa: S608 - our own names
STEP_S = 1.0


def closed_days(
    ledger: DatabaseLedger, index: ReceiptIndex, advance: Callable[[int, int], object] = lambda *_: None
) -> DailySums:
    """The sums of all days; the index is first brought up, of which `advance` is told: entries read, and all."""
    progress = index.catch_up(STEP_S)
    while progress.read < progress.entries:
        advance(progress.read, progress.entries)
        progress = index.catch_up(STEP_S)
    with ledger.database.reading() as database:
        stated = list(prunings(database).values())
    pruned_before = max((each.before for each in stated), default="")
    sums = DailySums()
    for each in stated:
        for row in each.sums:
            sums.put((row["day"], row["model"]), day_sum([row[name] for name in DaySum._fields]))
    if pruned_before:
        end = datetime.combine(date.fromisoformat(pruned_before), time(), UTC)
        for body in ledger.receipts(until=end):
            sums.add(orjson.loads(body))
    with index.reading() as database:
        rows = database.execute(_SUMMED, (pruned_before,)).fetchall()
    for day, model, *columns in rows:
        sums.put((day, model), day_sum(columns))
    return sums
