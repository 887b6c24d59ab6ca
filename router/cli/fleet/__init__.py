"""`fungible fleet`: what each deployment was offered, took and waived, and what an hour of its GPUs gives."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from router.accounting.fleet.fleet_report import plain_fleet
from router.cli.fleet.fleet_tables import show
from router.cli.ledger.open_ledger import reading
from router.cli.output import print_json
from router.cli.responsive_table import output_console
from router.config import load
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.location import Place
from router.reports import survey


def run(since: datetime | None, until: datetime | None, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Count what was logged and show it; where there is no ledger yet, the GPUs all the same."""
    config = load(folder)
    with _reading(place, quiet=as_json) as (ledger, advance):
        report = survey(ledger, config, since, until, datetime.now(UTC).date(), advance)
    if as_json:
        print_json(plain_fleet(report))
    else:
        show(report, output_console(), str(place))


@contextmanager
def _reading(place: Place, *, quiet: bool) -> Iterator[tuple[DatabaseLedger, Callable[[int], object]]]:
    """The ledger of a place, or an empty one."""
    if place.has_ledger():
        with reading(place, quiet=quiet) as opened:
            yield opened
    else:
        with closing(SqliteLedger()) as ledger:
            yield ledger, int
