"""`fungible money`: what every request came to, and who kept the saving."""

import csv
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router.accounting.group_names import user_row
from router.accounting.report import Report
from router.accounting.report_json import plain, plain_preference, rows
from router.cli.ledger.open_ledger import reading
from router.cli.money.money_tables import show
from router.cli.money.preference import show as show_preference
from router.cli.money.waterfall_plot import draw
from router.cli.output import print_json
from router.cli.responsive_table import output_console
from router.config import load
from router.errors import BadRequest
from router.ids import salted_user
from router.ledger.location import Place
from router.reports import Asked, keep_books, weigh_preference

NONE_LOGGED = (
    "No request was answered in that time: serve some with `fungible serve`, or see docs/money.md for an example."
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is told: as JSON, as CSV, or in tables; with a picture in a file.

    `users` is a file of users, whose names then stand in the place of the hashes by which the ledger knows them.
    """

    json: bool
    csv: bool
    plot: Path | None
    users: Path | None = None


def run(asked: Asked, folder: Path | None, place: Place, form: Form) -> None:
    """Keep the books and show them."""
    if form.json and form.csv:
        raise BadRequest("--json and --csv are two forms of one report: choose one.")
    with reading(place, quiet=form.json or form.csv) as (ledger, advance):
        if not (form.json or form.csv or form.plot) and next(ledger.receipts(asked.since, asked.until), None) is None:
            # A report on caps and commitments would read all that counts towards them, and none of it is in the tables.
            print(NONE_LOGGED)  # noqa: T201
            return
        with closing(place.money_sums(ledger)) as sums:
            report = keep_books(ledger, load(folder), asked, datetime.now(UTC).date(), advance, sums)
        if form.users is not None:
            report = _named(report, form.users, ledger.salt)
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
        raise BadRequest("--self-preference is shown in tables or as --json.")
    with reading(place, quiet=form.json) as (ledger, advance):
        preference = weigh_preference(ledger, load(folder), asked.since, asked.until, advance)
    if form.json:
        print_json(plain_preference(preference))
    elif not preference.total.requests:
        print(NONE_LOGGED)  # noqa: T201
    else:
        show_preference(preference, output_console())


def _named(report: Report, file: Path, salt: bytes) -> Report:
    """The report with the rows of known users under their names; raises BadRequest."""
    if report.by != "user":
        raise BadRequest("--users gives names to the rows of --by user.")
    try:
        users = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadRequest(f"--users: {file} can't be read as text, a user a line.") from None
    names = {user_row(salted_user(user, salt)): user for line in users if (user := line.strip())}
    return replace(report, groups=tuple(replace(g, name=names.get(g.name, g.name)) for g in report.groups))


def _write_csv(lines: list[Mapping[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
