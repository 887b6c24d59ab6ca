"""`fungible ramp show`: one ramp, its evidence, and how it came here."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from router.api.routes.ramps import statuses
from router.cli.decision_sentences import dollars_of, moved, seconds
from router.cli.output import print_json
from router.cli.ramp.open_ramps import governed
from router.cli.ramp.ramp_list import bar, waiting
from router.cli.responsive_table import ResponsiveTable, columns, output_console
from router.ledger.location import Place
from router.ledger.ramp_store import LoggedMove
from router.ramps.status import Status

WIDTH, MOST_MOVES = 30, 8


def run(name: str, folder: Path | None, place: Place, plot: Path | None, *, as_json: bool) -> None:
    """Show it, and draw it where a file is named; raises NotFound."""
    with governed(folder, place) as governor:
        plan = governor.plan(name)
        (status,) = statuses((plan,), governor.store)
        moves = governor.store.moves(name)
        if plot:
            from router.cli.ramp.ramp_plot import draw_ramp

            draw_ramp(plan, governor.store.pairs(name), moves, plot)
    if as_json:
        print_json(
            {**{key: getattr(status, key) for key in status.__slots__}, "moves": [_plain(logged) for logged in moves]}
        )
        return
    _show(output_console(), status, moves)


def _plain(logged: LoggedMove) -> dict[str, Any]:
    return {"seq": logged.seq, "time": logged.time, **logged.move}


def _show(console: Console, status: Status, moves: list[LoggedMove]) -> None:
    console.print(
        f"[bold]{escape(status.name)}[/]  {status.original} → {status.substitute}   [dim]{escape(status.because)}[/]"
    )
    reason = f" ({status.reason})" if status.reason else ""
    at = f"step {status.step} of {status.steps}" if status.step else "before the first step"
    console.print(f"{status.stage}{reason}, {at}, for {seconds(status.elapsed_s)}")
    held = f"   {status.holdback:.0%} never move" if status.holdback else ""
    console.print(f"share  {bar(status.share, WIDTH)}  {status.share:.0%}{held}")
    if words := waiting(status):
        console.print(f"waits for {escape(words)}" + (f"; the next step is {status.next:.0%}" if status.next else ""))
    if status.cap:
        console.print(f"[bold red]the cap {status.cap} is reached[/]")
    console.print(
        f"today  {dollars_of(status.shifted_today_usd)} of list value moved, "
        f"{dollars_of(status.pairs_cost_today_usd)} spent on pairs\n"
    )
    console.print(_tasks(status) if status.tasks else "[dim]no answer has been observed yet[/]")
    if moves:
        console.print("\n[dim]the last moves[/]")
    for each in moves[-MOST_MOVES:]:
        move, when = each.move, each.time[:19].replace("T", " ")
        what = moved(move["kind"], move["reason"], move["task"])
        console.print(f"  [dim]{when}[/]  {bar(move['share'])} {move['share']:>4.0%}  {escape(what)}")


def _tasks(status: Status) -> ResponsiveTable:
    heads = "task", "requests", "pairs", "difference", "interval", "not worse", "worse", "verdict"
    table = ResponsiveTable(*columns(*heads, left=(0, 7)), edge=0)
    for name, task in status.tasks.items():
        known = task["pairs"] > 0
        table.add_row(
            name,
            f"{task['requests']:,}",
            f"{task['pairs']:,}",
            f"{task['mean']:+.3f}" if known else "",
            f"{task['low']:+.3f} to {task['high']:+.3f}" if known else "",
            _wealth(task["promote_wealth"], task["threshold"]),
            _wealth(task["harm_wealth"], task["threshold"]),
            task["state"].replace("_", " "),
            style="red" if task["state"] in ("harm", "rolled_back") else "",
        )
    return table


def _wealth(wealth: float, threshold: float) -> str:
    """How much of the wealth that decides there is: beside it, what it takes."""
    return f"{min(wealth, 9999):,.1f} / {threshold:g}"
