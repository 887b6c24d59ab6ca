"""`fungible ramp log`: every move, the last first."""

from rich.console import Console
from rich.markup import escape

from router.cli.decision_sentences import moved
from router.cli.ledger.open_ledger import opened
from router.cli.output import print_json
from router.ledger.location import Place
from router.ledger.ramp_store import LoggedMove, RampStore


def run(name: str | None, place: Place, *, as_json: bool) -> None:
    """Show the moves."""
    with opened(place) as ledger:
        moves = RampStore(ledger.log).moves(name)[::-1]
    if as_json:
        print_json([{"seq": logged.seq, "time": logged.time, **logged.move} for logged in moves])
        return
    console = Console(highlight=False, soft_wrap=True)
    for logged in moves:
        _show(console, logged)
    if not moves:
        console.print(
            "No ramp has moved yet." if name is None else f"The ramp {name!r} has not moved yet.", markup=False
        )


def _show(console: Console, logged: LoggedMove) -> None:
    move, when = logged.move, logged.time[:19].replace("T", " ")
    author = move["author"]
    who = f" by {author['by']} ({author['via']})" if author["by"] else ""
    forced = " [bold red]without the evidence[/]" if move["forced"] else ""
    what = moved(move["kind"], move["reason"], move["task"])
    console.print(
        f"[dim]{when}[/]  [bold]{escape(move['ramp'])}[/]  {escape(what + who)}{forced}  → {move['stage']}, "
        f"share {move['share']:.0%}"
    )
    if author["because"]:
        console.print(f"                     {escape(author['because'])}")
    for task, verdict in move["verdicts"].items():
        console.print(
            f"                     [dim]{escape(task)}: {verdict['pairs']:,} pairs, {verdict['mean']:+.3f} "
            f"[{verdict['low']:+.3f}, {verdict['high']:+.3f}], {verdict['state']}[/]",
            markup=True,
        )
