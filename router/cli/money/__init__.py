"""`fungible money`: what every request came to, and who kept the saving."""

import csv
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router.accounting.report_json import plain, plain_preference, rows
from router.cli.ledger.open_ledger import reading
from router.cli.money.money_tables import show
from router.cli.money.preference import show as show_preference
from router.cli.money.waterfall_plot import draw
from router.cli.output import print_json
from router.cli.responsive_table import output_console
from router.config import load
from router.errors import BadRequest
from router.ledger.location import Place
from router.reports import Asked, keep_books, weigh_preference

NONE_LOGGED = (
    "No request was answered in that time: serve some with `fungible serve`, or see docs/money.md for an example."
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is told: as JSON, as CSV, or in tables; with a picture in a file."""

    json: bool
    csv: bool
    plot: Path | None


def run(asked: Asked, folder: Path | None, place: Place, form: Form) -> None:
    """Keep the books and show them."""
    if form.json and form.csv:
        raise BadRequest("--json and --csv are two forms of one report: choose one.")
    with reading(place, quiet=form.json or form.csv) as (ledger, advance):
        report = keep_books(ledger, load(folder), asked, datetime.now(UTC).date(), advance)
    if form.plot is not None:
        draw(report, form.plot)
    if form.json:
        print_json(plain(report))
    elif form.csv:
        _write_csv(list(rows(report)))
    elif not report.total.requests:
        print(NONE_LOGGED)  # noqa: T201
    else:
        show(report, output_console(), str(form.plot) if form.plot else "")


def run_self_preference(asked: Asked, folder: Path | None, place: Place, form: Form) -> None:
    """Decide again with owners hidden, and show what that changes."""
    if form.csv or form.plot:
        raise BadRequest("--self-preference is told in tables or as --json.")
    with reading(place, quiet=form.json) as (ledger, advance):
        found = weigh_preference(ledger, load(folder), asked.since, asked.until, advance)
    if form.json:
        print_json(plain_preference(found))
    elif not found.total.requests:
        print(NONE_LOGGED)  # noqa: T201
    else:
        show_preference(found, output_console())


def _write_csv(found: list[Mapping[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, list(found[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
