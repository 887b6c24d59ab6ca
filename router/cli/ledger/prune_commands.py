"""`fungible ledger prune` and `pruned`: bodies of old receipts go, and what they came to stays.

Invariant: nothing goes before it is shown and agreed to, nor while anything still needs it.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import typer

from router.cli.ledger.open_ledger import opened, reading
from router.cli.output import print_json
from router.cli.responsive_table import ResponsiveTable, columns, output_console
from router.config import load
from router.errors import BadRequest, Conflict
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.ledger.ramp_store import RampStore
from router.ledger.retention.prune import Reason, plan, prune, stated, unfinished
from router.ledger.retention.still_needed import needs
from router.money import ZERO, usd
from router.transparency.pruning import Pruning


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: the day, who asks and why, and whether it is only tried, asked about, or told as JSON."""

    before: str
    by: str
    because: str
    dry_run: bool = False
    yes: bool = False
    json: bool = False


def run(place: Place, folder: Any, wanted: Wanted) -> None:
    """Show what would go, ask, and let it go."""
    day = _day(wanted.before)
    with reading(place, quiet=wanted.json) as (ledger, advance):
        _refuse_needed(ledger, folder, day)
        broken_off = unfinished(ledger)
        planned = broken_off or plan(ledger, day, Reason(wanted.by, wanted.because), advance)
    if not wanted.json:
        _show([planned], broken_off=broken_off is not None)
    agreed = not wanted.dry_run and (wanted.yes or _asks(wanted))
    with opened(place) as ledger:
        gone = prune(ledger, planned) if agreed and planned.receipts else 0
        if gone:
            with closing(place.index(ledger)) as index, closing(place.money_sums(ledger)) as sums:
                index.forget(planned.end)
                sums.forget(planned.end)
    if wanted.json:
        print_json({"pruned": gone, "dry_run": not agreed, **planned._asdict()})
    elif gone:
        print(f"pruned: {gone:,} receipts; their entries and hashes stay, and are verified as ever")  # noqa: T201
        print("The room is used again. A smaller file: stop the server, `sqlite3 DATA/ledger.sqlite3 VACUUM`")  # noqa: T201


def list_pruned(place: Place, *, as_json: bool) -> None:
    """Every pruning of the log."""
    with opened(place) as ledger:
        prunings = stated(ledger)
    if as_json:
        print_json([each._asdict() for each in prunings])
    elif not prunings:
        print("Nothing was pruned.")  # noqa: T201
    else:
        _show(prunings, broken_off=False)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"--before: {text!r} is no day: write one such as 2026-01-01.") from None


def _refuse_needed(ledger: DatabaseLedger, folder: Any, before: date) -> None:
    needed = needs(load(folder), RampStore(ledger.log).states(), datetime.now(UTC))
    if needed and before > needed[0].since:
        first = needed[0]
        raise Conflict(
            f"Receipts from {first.since} on are still needed by {first.by}: prune --before {first.since}, or an "
            "earlier day."
        )


def _asks(wanted: Wanted) -> bool:
    if wanted.json:
        raise BadRequest("With --json nobody is asked: say --yes, or --dry-run.")
    return typer.confirm("Their bodies can't be brought back but from a backup. Prune them?")


def _show(prunings: Sequence[Pruning], *, broken_off: bool) -> None:
    console = output_console()
    for each in prunings:
        if broken_off:
            console.print("A pruning was broken off; it is finished first, as the log states it:", highlight=False)
        console.print(f"{each.receipts:,} receipts before {each.before}, by {each.by}: {each.because}", markup=False)
        if each.sums:
            console.print(_table(each.sums))


def _table(sums: Sequence[Any]) -> ResponsiveTable:
    table = ResponsiveTable(
        *columns("day", "model", "requests", "tokens in", "tokens out", "cost", "charged", left=(0, 1))
    )
    for row in sums:
        counts = (f"{row[name]:,}" for name in ("requests", "input_tokens", "output_tokens"))
        amounts = (f"${usd(Decimal(row[name]))}" for name in ("cost", "charged"))
        table.add_row(row["day"], row["model"] or "(no answer)", *counts, *amounts)
    totals = [sum((Decimal(row[name]) for row in sums), ZERO) for name in ("cost", "charged")]
    counts = (f"{sum(row[name] for row in sums):,}" for name in ("requests", "input_tokens", "output_tokens"))
    table.add_row("all", "", *counts, *(f"${usd(total)}" for total in totals))
    return table
