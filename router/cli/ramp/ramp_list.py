"""`fungible ramp list`: every ramp in a line."""

from pathlib import Path

from rich.text import Text

from router.api.routes.ramps import shown, statuses
from router.cli.decision_sentences import dollars_of
from router.cli.output import print_json
from router.cli.ramp.open_ramps import governed
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.ledger.location import Place
from router.ramps.status import Status
from router.types import Ramp

BAR = 12


def run(folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Show the ramps."""
    with governed(folder, place) as governor:
        planned, by_hand = statuses(shown(governor.plans, governor.store), governor.store), governor.files.ramps
    if as_json:
        print_json(planned)
        return
    console = output_console()
    if not planned and not by_hand:
        console.print("There are no ramps: docs/ramps.md shows how to write one in ramps.yaml.")
        return
    console.print(_table(planned, by_hand))


def _table(planned: list[Status], by_hand: tuple[Ramp, ...]) -> ResponsiveTable:
    heads = Column("stage"), Column("share"), Column("waits for", prose=True), Column("moved today", right=True)
    table = ResponsiveTable(Column("ramp"), *heads, edge=0)
    for status in planned:
        table.add_row(
            _named(status.name, status.original, status.substitute),
            Text.assemble(
                status.stage.replace("_", " "), (f"\n{status.reason.replace('_', ' ')}" if status.reason else "", "dim")
            ),
            f"{bar(status.share)} {status.share:.0%}",
            waiting(status),
            dollars_of(status.shifted_today_usd),
        )
    for ramp in by_hand:
        name = _named(ramp.name, ramp.original, ramp.substitute)
        table.add_row(name, "by hand", f"{bar(ramp.share)} {ramp.share:.0%}", "", "")
    return table


def _named(name: str, original: str, substitute: str) -> Text:
    return Text.assemble((name, "bold"), (f"\n{original} → {substitute}", "dim"))


def bar(share: float, width: int = BAR) -> str:
    """A share as a bar."""
    full = round(share * width)
    return "█" * full + "·" * (width - full)


def waiting(status: Status) -> str:
    """What a ramp waits for, in words."""
    if status.stage == "draft":
        return f"approval ({len(status.approved_by)} of {status.approvals})"
    if status.stage == "approved":
        return "its start"
    words = list(status.waits_for)
    if "evidence" in words and status.waiting_tasks:
        words[words.index("evidence")] = f"evidence on {', '.join(status.waiting_tasks)}"
    return ", ".join(words)
