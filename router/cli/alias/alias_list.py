"""`fungible alias list`: every alias in a line."""

from pathlib import Path

from rich.text import Text

from router.cli.alias.open_aliases import Opened, opened_aliases
from router.cli.decision_sentences import points
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.ledger.location import Place
from router.ramps.jaggedness import serving


def run(folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Show the aliases."""
    aliases = opened_aliases(folder, place)
    if as_json:
        print_json([_plain(each) for each in aliases])
        return
    console = output_console()
    if not aliases:
        console.print("There are no aliases over versions: docs/aliases.md shows how to write one in aliases.yaml.")
        return
    table = ResponsiveTable(
        Column("alias"), Column("serves", prose=True), Column("tries"), Column("never worse by"), edge=0
    )
    for each in aliases:
        tried = sum(version.place == "tried" for line in each.lines.values() for version in line)
        name = Text.assemble((each.alias.name, "bold"), (f"\n{' → '.join(each.alias.versions)}", "dim"))
        promise = f"{points(each.alias.margin)}, alpha {each.alias.alpha:g}"
        table.add_row(name, _serves(each), f"{tried} of {len(each.lines)}", promise)
    console.print(table)


def counts(each: Opened) -> dict[str, int]:
    """On how many kinds of work each version serves."""
    serves = [serving(line) for line in each.lines.values()]
    return {version: serves.count(version) for version in each.alias.versions if version in serves}


def _serves(each: Opened) -> str:
    return ", ".join(f"{version} on {count}" for version, count in counts(each).items())


def _plain(each: Opened) -> dict[str, object]:
    alias = each.alias
    return {
        "name": alias.name,
        "because": alias.because,
        "versions": alias.versions,
        "margin": alias.margin,
        "alpha": alias.alpha,
        "serves": {task: serving(line) for task, line in each.lines.items()},
    }
