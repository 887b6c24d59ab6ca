"""`fungible policy apply` and `rollback`: a text comes into force in a folder, and is noted in the ledger."""

import getpass
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from router.api.assembly import reader_of
from router.api.live_config import try_with
from router.api.routes.policies import event_row
from router.cli.policy.policy_log import summary
from router.config import load
from router.errors import BadRequest, ConfigError, Problem
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.ledger.policy_events import Event, Kind
from router.policy.lifecycle import propose, put_in_force, text_of
from router.policy.replay.report.summary import summarise_ledger
from router.types import Author, Config


def run(
    file: Path,
    folder: Path | None,
    place: Place,
    reader: Path | None,
    if_match: str | None,
    because: str,
    *,
    as_json: bool,
) -> None:
    """Apply a file."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(f"{file}:1:1", f"cannot be read: {error.strerror}")]) from None
    with closing(place.ledger()) as ledger:
        event = _apply(text, str(file), folder, ledger, reader, if_match or "", because, "applied")
    _tell(event, folder, as_json=as_json)


def roll_back(
    revision: str, folder: Path | None, place: Place, reader: Path | None, because: str, *, as_json: bool
) -> None:
    """Apply the text of an earlier revision."""
    with closing(place.ledger()) as ledger:
        text = text_of(revision, ledger)
        event = _apply(text.encode(), f"revision {revision}", folder, ledger, reader, "", because, "rolled_back")
    _tell(event, folder, as_json=as_json)


def _apply(
    text: bytes,
    name: str,
    folder: Path | None,
    ledger: DatabaseLedger,
    reader: Path | None,
    if_match: str,
    because: str,
    kind: Kind,
) -> Event:
    if folder is None:
        raise BadRequest(
            "The shipped configuration is not changed: `fungible init my-config`, then --config my-config."
        )
    before, words = load(folder), reader_of(reader)

    def replay(old: Config, new: Config) -> Mapping[str, Any]:
        return summarise_ledger(ledger, old, new)

    proposal = propose(text, name, before, lambda config: try_with(config, words), replay)
    author = Author(getpass.getuser(), "command", because)
    return put_in_force(proposal, folder, ledger, author, if_match, kind)


def _tell(event: Event, folder: Path | None, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(event_row(event), option=orjson.OPT_INDENT_2) + b"\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    tests = f"{event.tests} {'test' if event.tests == 1 else 'tests'} passed"
    console.print(
        f"[bold]revision {event.revision}[/] is in force in {folder} (number {event.seq} of the log; {tests})"
    )
    for line in event.differences or ("no difference in meaning",):
        console.print(f"  {line}", markup=False)
    for line in summary(event.replay):
        console.print(line)
    console.print(f"[dim]take it back: fungible policy rollback {event.previous} --config {folder}[/]")
