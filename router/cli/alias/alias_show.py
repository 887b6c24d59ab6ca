"""`fungible alias show`: which version serves on each kind of work, and why no other."""

from dataclasses import asdict
from pathlib import Path

from rich.markup import escape

from router.cli.alias.open_aliases import opened_alias
from router.cli.decision_sentences import moved, points
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.ledger.location import Place
from router.ramps.jaggedness import OnTask, Shown, serving


def run(name: str, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Show it; raises NotFound."""
    alias, lines = opened_alias(name, folder, place)
    if as_json:
        tasks = {task: [asdict(each) for each in line] for task, line in lines.items()}
        print_json({"name": alias.name, "versions": alias.versions, "margin": alias.margin, "tasks": tasks})
        return
    console = output_console()
    console.print(f"[bold]{escape(alias.name)}[/]  {escape(' → '.join(alias.versions))}")
    console.print(f"[dim]{escape(alias.because)}[/]")
    console.print(
        f"never worse by {points(alias.margin)} or more on any kind of work, but for {alias.alpha:.3g} of cases\n"
    )
    table = ResponsiveTable(Column("kind of work"), Column("serves"), Column("the others", prose=True), edge=0)
    for task, line in lines.items():
        others = [sentence(each) for each in line if each.place in ("tried", "out") or each.shown]
        table.add_row(task, serving(line), "; ".join(others))
    console.print(table)


def sentence(each: OnTask) -> str:
    """What is known of a version, in a few words."""
    shown = f": {difference(each.shown)}" if each.shown else ""
    if each.place == "out":
        why = moved("rolled_back", each.reason, None).removeprefix("was rolled back").strip(" ,:")
        return f"{each.version} stays out{f' ({why})' if why else ''}{shown}"
    if each.place == "tried":
        how = "is tried in pairs" if not each.share else f"moves, {each.share:.0%}"
        return f"{each.version} {how}{shown}"
    return f"{each.version} was let in{shown}"


def difference(shown: Shown) -> str:
    """A measured difference with its interval, in points."""
    low, high = (100 * end for end in (shown.low, shown.high))
    return f"{100 * shown.mean:+.1f} points [{low:+.1f}, {high:+.1f}] beside {shown.against}, {shown.pairs:,} pairs"
