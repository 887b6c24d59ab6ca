"""`fungible drift`: whether what is asked of the router has changed."""

import sys
from datetime import UTC, datetime, timedelta

import orjson

from router.cli.ledger.open_ledger import opened
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.evidence.drift import LEAST, Change
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.traffic.drift_watch import DriftFinding, look
from router.traffic.drift_windows import Windows
from router.traffic.scored_receipts import ScoredReceipts

DRIFTED = 4
SHOWN = 4
A_DAY = 100_000


def run(recent: int, before: int, place: Place, *, fail: bool, as_json: bool) -> None:
    """Compare and show; exit code 4 where something drifted and that is to fail."""
    with opened(place) as ledger:
        finding = look(ledger, ScoredReceipts(ledger), Windows(recent, before, A_DAY), _end(ledger))
    if as_json:
        print_json(finding.plain())
    else:
        _show(finding)
    sys.exit(DRIFTED if fail and any(change.drifted for change in finding.changes) else 0)


def _end(ledger: DatabaseLedger) -> datetime:
    """Just after the last request."""
    body = ledger.newest()
    return datetime.fromisoformat(orjson.loads(body)["time"]) + timedelta(seconds=1) if body else datetime.now(UTC)


def _show(finding: DriftFinding) -> None:
    console, windows = output_console(), finding.windows
    sizes = f"{finding.recent:,} requests of the last {windows.recent} days, {finding.before:,} of the {windows.before}"
    console.print(f"\n{sizes} days before\n")
    if not finding.changes:
        console.print(f"Too few to compare: {LEAST} are needed in each.")
        return
    table = ResponsiveTable(
        Column("what"), Column("distance", right=True), Column("p", right=True), Column(""), Column("", prose=True)
    )
    for change in finding.changes:
        verdict = "drifted" if change.drifted else "no drift shown"
        table.add_row(change.what, f"{change.distance:.3f}", f"{change.p:.3f}", verdict, _most(change))
    console.print(table)
    console.print(
        "\nDistance: of shares the total variation, of difficulty the largest gap between the two distributions, of "
        "calibration the change of (outcome less prediction). p is corrected for all that were looked at.",
        style="dim",
    )


def _most(change: Change) -> str:
    """What changed most, from what to what."""
    apart = sorted(change.after, key=lambda name: -abs(change.after[name] - change.before.get(name, 0.0)))
    if list(change.after) == ["mean"]:
        return f"mean {change.before['mean']:+.2f} to {change.after['mean']:+.2f}"
    return ", ".join(f"{name} {change.before[name]:.0%} to {change.after[name]:.0%}" for name in apart[:SHOWN])
