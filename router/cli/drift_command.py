"""`fungible drift`: whether what is asked of the router has changed."""

import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson

from router.bench.loop.drift import LEAST, Change, Requests, changes
from router.bench.loop.logged_outcomes import logged_outcomes
from router.cli.ledger.open_ledger import reading
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.ledger import DatabaseLedger
from router.ledger.location import Place

DRIFTED = 4
SHOWN = 4


def run(recent: int, before: int, place: Place, *, fail: bool, as_json: bool) -> None:
    """Compare and show; exit code 4 where something drifted and that is to fail."""
    with reading(place, quiet=as_json) as (ledger, _):
        requests = _requests(ledger, recent, before)
    found = changes(requests)
    sizes = int(requests.late.sum()), int((~requests.late).sum())
    if as_json:
        print_json({"recent": sizes[0], "before": sizes[1], "changes": [change.plain() for change in found]})
    else:
        _show(found, sizes, recent, before)
    sys.exit(DRIFTED if fail and any(change.drifted for change in found) else 0)


def _requests(ledger: DatabaseLedger, recent: int, before: int) -> Requests:
    """The requests of both times, counted back from the last one."""
    rows = []
    for body in ledger.receipts():
        plain = orjson.loads(body)
        features = plain["features"]
        rows.append((plain["id"], plain["time"], plain["ask"]["unit"], features))
    last = max((datetime.fromisoformat(row[1]) for row in rows), default=datetime.now(UTC))
    starts = [last - timedelta(days=days) for days in (recent, recent + before)]
    kept = [(row, when) for row in rows if (when := datetime.fromisoformat(row[1])) > starts[1]]
    gaps = _gaps(ledger)
    units = {unit: place for place, unit in enumerate(dict.fromkeys(row[2] for row, _ in kept))}
    return Requests(
        late=np.array([when > starts[0] for _, when in kept], np.bool_),
        unit=np.array([units[row[2]] for row, _ in kept], np.int64),
        task=[row[3]["task"] for row, _ in kept],
        language=[row[3]["language"] for row, _ in kept],
        difficulty=np.array([float(row[3]["difficulty"]) for row, _ in kept]),
        gap=np.array([gaps.get(row[0], np.nan) for row, _ in kept]),
    )


def _gaps(ledger: DatabaseLedger) -> dict[str, float]:
    """By receipt, how far the outcomes lie from what was predicted of the same models."""
    gaps = {}
    for request in logged_outcomes(ledger):
        quality = {candidate.model: candidate.quality for candidate in request.receipt.decision.candidates}
        apart = [each.score - quality[each.model] for each in request.outcomes if each.model in quality]
        if apart:
            gaps[request.receipt.id] = sum(apart) / len(apart)
    return gaps


def _show(found: tuple[Change, ...], sizes: tuple[int, int], recent: int, before: int) -> None:
    console = output_console()
    console.print(f"\n{sizes[0]:,} requests of the last {recent} days, {sizes[1]:,} of the {before} days before\n")
    if not found:
        console.print(f"Too few to compare: {LEAST} are needed in each.")
        return
    table = ResponsiveTable(
        Column("what"), Column("distance", right=True), Column("p", right=True), Column(""), Column("", prose=True)
    )
    for change in found:
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
