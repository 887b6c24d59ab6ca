"""An order to a ramp, and what came of it."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from router.cli.decision_sentences import moved
from router.cli.output import print_json
from router.cli.ramp.open_ramps import ordering
from router.ledger.location import Place
from router.ramps import Move, Order
from router.ramps.commands import Word


def run(
    name: str,
    word: Word,
    because: str,
    by: Path | None,
    folder: Path | None,
    place: Place,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Give one order; raises Conflict where it does not fit."""
    with ordering(folder, place, by, because) as (governor, author):
        move = governor.obey(name, Order(word, author, force))
    _tell([move], as_json=as_json)


def kill_all(because: str, by: Path | None, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Kill every governed ramp."""
    with ordering(folder, place, by, because) as (governor, author):
        moves = [governor.obey(plan.name, Order("kill", author)) for plan in governor.plans]
    _tell(moves, as_json=as_json)


def _tell(moves: list[Move], *, as_json: bool) -> None:
    if as_json:
        print_json(moves)
        return
    console = Console(highlight=False, soft_wrap=True)
    for move in moves:
        what = moved(move.kind, move.reason, move.task)
        console.print(f"[bold]{escape(move.ramp)}[/] {what}: {move.stage}, share {move.share:.0%}")
    if not moves:
        console.print("There are no governed ramps.")
