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
        found = RampStore(ledger.log).moves(name)[::-1]
    if as_json:
        print_json([{"seq": one.seq, "time": one.time, **one.move} for one in found])
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in found:
        _show(console, one)
    if not found:
        console.print(
            "No ramp has moved yet." if name is None else f"The ramp {name!r} has not moved yet.", markup=False
        )


def _show(console: Console, told: LoggedMove) -> None:
    move, when = told.move, told.time[:19].replace("T", " ")
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
