"""The commands of `fungible policy candidate`, on a folder and the ledger of its server."""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from router.cli.output import print_json
from router.cli.policy.policy_apply import Edit, editing, tell_applied
from router.cli.policy.policy_replay import Gate
from router.cli.policy.replay_tables import show as show_replay
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.config import load
from router.errors import ConfigError, Conflict, NotFound, Problem
from router.ledger.location import Place
from router.policy.candidates.beside_traffic import compare
from router.policy.candidates.candidate_store import (
    Candidate,
    agree,
    candidate_of,
    candidates,
    end,
    put_up,
)
from router.policy.replay.report.summary import summarise
from router.policy.replay.result import Replay


@dataclass(frozen=True, slots=True)
class Bar:
    """What a candidate must have shown before it is promoted."""

    min_requests: int
    gate: Gate

    def check(self, tried: Candidate, replayed: Replay | None) -> None:
        """Raise Conflict with all that is lacking; nothing has changed then."""
        count = replayed.total.requests if replayed else 0
        lacking = self.gate.broken(replayed) if replayed else []
        if count < self.min_requests:
            lacking.append(f"{count:,} requests have been compared, and {self.min_requests:,} are asked for")
        if lacking:
            raise Conflict(f"The candidate {tried.revision} is not promoted: {'; '.join(lacking)}.")


def put(
    file: Path, folder: Path | None, place: Place, reader: Path | None, because: str, by: Path | None, *, as_json: bool
) -> None:
    """Put a file up, if it loads and its tests pass."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(f"{file}:1:1", f"cannot be read: {error.strerror}")]) from None
    with editing(place, by, because) as (ledger, author):
        proposal = Edit(folder, ledger, reader).proposal(text, str(file))
        ledger.keep(proposal.config)
        made = put_up(ledger.log, proposal.config.revision, text.decode(), author, _now())
    if as_json:
        print_json(made.plain() | {"differences": proposal.differences, "tests": proposal.tests})
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]candidate {made.revision}[/] is put up beside {proposal.before.revision}; it answers nothing")
    for line in proposal.differences or ("no difference in meaning",):
        console.print(f"  {line}", markup=False)
    console.print(f"[dim]after an hour or a day: fungible policy candidate show --config {folder}[/]")


def list_(place: Place, *, as_json: bool) -> None:
    """Every candidate, the last first."""
    known: list[Candidate] = []
    if place.has_ledger():
        with closing(place.ledger()) as ledger:
            known = list(candidates(ledger.log).values())[::-1]
    if as_json:
        print_json([each.plain() for each in known])
        return
    console = output_console()
    if not known:
        console.print("No candidate was ever put up.")
        return
    table = ResponsiveTable(Column("candidate"), Column("state"), Column("since"), Column("by"), Column("agreed"))
    for each in known:
        since = f"{each.since:%Y-%m-%d %H:%M}"
        table.add_row(each.revision, each.state, since, each.author.by, ", ".join(each.approved_by))
    console.print(table)


def show(revision: str, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """A candidate beside what is in force."""
    if not place.has_ledger():
        raise NotFound(f"There is no ledger at {place}, and so no candidate.")
    with closing(place.ledger()) as ledger:
        tried = candidate_of(ledger.log, revision)
        compared = compare(ledger, tried, load(folder))
    replayed = compared.replay
    if as_json:
        print_json(tried.plain() | {"replay": replayed.plain() if replayed else {}})
        return
    console = output_console()
    console.print(
        f"[bold]candidate {tried.revision}[/] since {tried.since:%Y-%m-%d %H:%M} UTC, by {escape(_who(tried))}"
    )
    if replayed is None:
        console.print("No request has been served since: serve some, and look again.")
    else:
        show_replay(replayed, console)


def approve(revision: str, place: Place, because: str, by: Path | None) -> None:
    """Agree to a candidate."""
    with editing(place, by, because) as (ledger, author):
        agreed = agree(ledger.log, candidate_of(ledger.log, revision), author)
    print(f"candidate {agreed.revision}: {_who(agreed)} agreed")  # noqa: T201


def promote(
    revision: str,
    folder: Path | None,
    place: Place,
    reader: Path | None,
    because: str,
    by: Path | None,
    bar: Bar,
    *,
    as_json: bool,
) -> None:
    """Put a candidate in force; raises Conflict where it has not passed the bar."""
    with editing(place, by, because) as (ledger, author):
        edit, tried = Edit(folder, ledger, reader), candidate_of(ledger.log, revision)
        replayed = compare(ledger, tried, edit.before.config).replay
        bar.check(tried, replayed)
        figures = summarise(replayed) if replayed else {}
        name = f"candidate {tried.revision}"
        event = edit.promote(tried.text.encode(), name, author, tried.approved_by, figures)
        end(ledger.log, tried, "promoted", _now())
    tell_applied(event, folder, place, as_json=as_json)


def drop(revision: str, place: Place, because: str, by: Path | None) -> None:
    """End a candidate."""
    with editing(place, by, because) as (ledger, _):
        dropped = end(ledger.log, candidate_of(ledger.log, revision), "dropped", _now())
    print(f"candidate {dropped.revision} is dropped; what is in force stays")  # noqa: T201


def _who(candidate: Candidate) -> str:
    return ", ".join(candidate.approved_by) or "nobody"


def _now() -> datetime:
    return datetime.now(UTC)
