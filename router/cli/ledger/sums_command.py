"""`fungible ledger sums`: requests, tokens and money of each day, from sums that the index of receipts keeps."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import date
from typing import Any

from rich.console import Console
from rich.progress import Progress

from router.accounting.exact_decimal import exactly
from router.cli.ledger.open_ledger import opened
from router.cli.output import print_json
from router.cli.responsive_table import ResponsiveTable, columns, output_console
from router.errors import BadRequest
from router.ledger.index.closed_days import closed_days
from router.ledger.index.daily_sums import DailySums, DaySum
from router.ledger.location import Place
from router.money import usd

NO_ANSWER = "(no answer)"


def run(place: Place, by: str, since: str | None, until: str | None, *, as_json: bool) -> None:
    """Show them."""
    first, last = (_day(text) for text in (since, until))
    with (
        opened(place) as ledger,
        closing(place.index(ledger)) as index,
        Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress,
    ):
        task = progress.add_task("summing new receipts", total=None)
        sums = closed_days(ledger, index, lambda read, all_: progress.update(task, completed=read, total=all_))
    rows = grouped(sums, by, first, last)
    if as_json:
        print_json([{by: name, **_plain(found)} for name, found in rows.items()])
    elif not rows:
        print("No request was logged in that time.")  # noqa: T201
    else:
        output_console().print(_table(by, rows))


def grouped(sums: DailySums, by: str, first: str, last: str) -> Mapping[str, DaySum]:
    """The sums of each day, or of each model over the days from the first to the last, both included."""
    rows: dict[str, DaySum] = {}
    with exactly():
        for (day, model), found in sorted(sums.sums.items()):
            if (not first or day >= first) and (not last or day <= last):
                name = day if by == "day" else model or NO_ANSWER
                rows[name] = rows.get(name, DaySum()).plus(found)
    return rows


def _day(text: str | None) -> str:
    try:
        return "" if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadRequest(f"{text!r} is no day: write one such as 2026-11-01.") from None


def _plain(found: DaySum) -> dict[str, Any]:
    counts = {name: value for name, value in found._asdict().items() if name not in ("cost", "charged")}
    with exactly():
        return {**counts, "cost_usd": usd(found.cost), "charged_usd": usd(found.charged)}


def _table(by: str, rows: Mapping[str, DaySum]) -> ResponsiveTable:
    table = ResponsiveTable(*columns(by, "requests", "answered", "tokens in", "tokens out", "list cost", "charged"))
    with exactly():
        for name, found in [*rows.items(), ("all", _all(rows.values()))]:
            counts = (f"{number:,}" for number in found[:4])
            table.add_row(name, *counts, f"${usd(found.cost)}", f"${usd(found.charged)}")
    return table


def _all(sums: Iterable[DaySum]) -> DaySum:
    total = DaySum()
    for each in sums:
        total = total.plus(each)
    return total
