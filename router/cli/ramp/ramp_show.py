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
        (found,) = statuses((plan,), governor.store)
        moves = governor.store.moves(name)
        if plot:
            from router.cli.ramp.ramp_plot import draw_ramp

            draw_ramp(plan, governor.store.pairs(name), moves, plot)
    if as_json:
        print_json({**{key: getattr(found, key) for key in found.__slots__}, "moves": [_plain(one) for one in moves]})
        return
    _show(output_console(), found, moves)


def _plain(one: LoggedMove) -> dict[str, Any]:
    return {"seq": one.seq, "time": one.time, **one.move}


def _show(console: Console, one: Status, moves: list[LoggedMove]) -> None:
    console.print(f"[bold]{escape(one.name)}[/]  {one.original} → {one.substitute}   [dim]{escape(one.because)}[/]")
    reason = f" ({one.reason})" if one.reason else ""
    at = f"step {one.step} of {one.steps}" if one.step else "before the first step"
    console.print(f"{one.stage}{reason}, {at}, for {seconds(one.elapsed_s)}")
    held = f"   {one.holdback:.0%} never move" if one.holdback else ""
    console.print(f"share  {bar(one.share, WIDTH)}  {one.share:.0%}{held}")
    if words := waiting(one):
        console.print(f"waits for {escape(words)}" + (f"; the next step is {one.next:.0%}" if one.next else ""))
    if one.cap:
        console.print(f"[bold red]the cap {one.cap} is reached[/]")
    console.print(
        f"today  {dollars_of(one.shifted_today_usd)} of list value moved, "
        f"{dollars_of(one.pairs_cost_today_usd)} spent on pairs\n"
    )
    console.print(_tasks(one) if one.tasks else "[dim]no answer has been observed yet[/]")
    if moves:
        console.print("\n[dim]the last moves[/]")
    for each in moves[-MOST_MOVES:]:
        move, when = each.move, each.time[:19].replace("T", " ")
        what = moved(move["kind"], move["reason"], move["task"])
        console.print(f"  [dim]{when}[/]  {bar(move['share'])} {move['share']:>4.0%}  {escape(what)}")


def _tasks(one: Status) -> ResponsiveTable:
    heads = "task", "requests", "pairs", "difference", "interval", "not worse", "worse", "verdict"
    table = ResponsiveTable(*columns(*heads, left=(0, 7)), edge=0)
    for name, task in one.tasks.items():
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
