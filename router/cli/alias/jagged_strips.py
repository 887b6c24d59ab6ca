"""`fungible alias jaggedness`: every version on a line from worse to better, one line for each kind of work."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from router.cli.alias.alias_show import difference
from router.cli.alias.open_aliases import Lines, opened_alias
from router.cli.output import print_json
from router.cli.responsive_table import output_console
from router.ledger.location import Place
from router.ramps.jaggedness import OnTask
from router.types import VersionAlias

STRIP = 40
_STYLES = {"serves": "bold reverse", "served": "", "tried": "yellow", "out": "red", "waits": "dim"}


def run(name: str, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Draw it; raises NotFound."""
    alias, lines = opened_alias(name, folder, place)
    if as_json:
        print_json(
            {"name": alias.name, "tasks": {task: [asdict(each) for each in line] for task, line in lines.items()}}
        )
        return
    _draw(output_console(), alias, lines)


def _draw(console: Console, alias: VersionAlias, lines: Lines) -> None:
    numbers = {version: number for number, version in enumerate(alias.versions, 1)}
    console.print(f"[bold]{escape(alias.name)}[/]")
    for version, number in numbers.items():
        status = next(each.status for line in lines.values() for each in line if each.version == version)
        console.print(f"  [bold]{number}[/] {escape(version)} [dim]abilities {status}[/]")
    low, high = extent(lines)
    head = f"{'':<17}{f'{low:.0%}':<{STRIP - 4}}{f'{high:.0%}':>4}"
    console.print(f"\n[dim]{head}  serves[/]")
    for task, line in lines.items():
        serves = next(each for each in line if each.place == "serves")
        console.print(
            Text.assemble(
                f"{task:<17}", strip(line, numbers, low, high), f"  {numbers[serves.version]}", _worse(line, numbers)
            )
        )
    console.print(
        "\n[dim]chance to be right on a request of middling difficulty, as the catalog's abilities predict it; "
        "\nthe version in reverse serves, ▼ is worse than the one before it[/]"
    )
    measured = [(task, each) for task, line in lines.items() for each in line if each.shown]
    if measured:
        console.print("\n[bold]Measured by pairs[/]")
    for task, each in measured:
        assert each.shown is not None  # noqa: S101 - chosen above
        mark = " ▼" if each.regresses else ""
        console.print(f"  {task}: {escape(each.version)}{mark}\n    {difference(each.shown)}", style=None)


def extent(lines: Lines) -> tuple[float, float]:
    """From where to where the strips reach."""
    known = [each.quality for line in lines.values() for each in line if each.quality is not None]
    return (int(10 * min(known)) / 10, 1.0) if known else (0.0, 1.0)


def strip(line: Sequence[OnTask], numbers: dict[str, int], low: float, high: float) -> Text:
    """The versions of one kind of work by their numbers; who comes to the place of another stands beside it."""
    cells: list[tuple[str, str]] = [("·", "dim")] * STRIP
    taken: set[int] = set()
    for each in line:
        if each.quality is not None:
            wanted = round((each.quality - low) / (high - low) * (STRIP - 1))
            at = min((place for place in range(STRIP) if place not in taken), key=lambda place: abs(place - wanted))
            taken.add(at)
            cells[at] = (str(numbers[each.version]), _STYLES[each.place])
    return Text.assemble(*cells)


def _worse(line: Sequence[OnTask], numbers: dict[str, int]) -> str:
    marks = [f"▼{numbers[each.version]}{' out' if each.place == 'out' else ''}" for each in line if each.regresses]
    return "  " + " ".join(marks) if marks else ""
