"""`fungible policy apply` and `rollback`: a text comes into force in a folder, and is noted in the ledger."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape

from router.api.assembly import reader_of
from router.api.live_config import try_with
from router.api.routes.policies import event_row
from router.cli.admin.acting_admin import acting, opened
from router.cli.policy.policy_log import summary
from router.config.load import POLICIES
from router.errors import BadRequest, ConfigError, Problem
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.ledger.policy_events import Event, Kind
from router.policy.last_sound import standing
from router.policy.lifecycle import Proposal, propose, put_in_force, refuse_failures, text_of
from router.policy.policy_tests import Tried
from router.policy.replay.report.summary import summarise_ledger
from router.types import Author, Config


def run(
    file: Path,
    folder: Path | None,
    place: Place,
    reader: Path | None,
    if_match: str | None,
    because: str,
    by: Path | None,
    *,
    as_json: bool,
    dry_run: bool = False,
) -> None:
    """Apply a file, or only say what that would do."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(f"{file}:1:1", f"cannot be read: {error.strerror}")]) from None
    with editing(place, by, because) as (ledger, author):
        edit = Edit(folder, ledger, reader)
        if dry_run:
            _show_proposal(edit.proposal(text, str(file)), folder, as_json=as_json)
            return
        event = edit.apply(text, str(file), if_match or "", author, "applied")
    tell_applied(event, folder, place, as_json=as_json)


def roll_back(
    revision: str,
    folder: Path | None,
    place: Place,
    reader: Path | None,
    because: str,
    by: Path | None,
    *,
    as_json: bool,
) -> None:
    """Apply the text of an earlier revision."""
    with editing(place, by, because) as (ledger, author):
        edit = Edit(folder, ledger, reader)
        text = text_of(revision, ledger, broken=edit.before.broken)
        event = edit.apply(text.encode(), f"revision {revision}", "", author, "rolled_back")
    tell_applied(event, folder, place, as_json=as_json)


@contextmanager
def editing(place: Place, key_file: Path | None, because: str) -> Iterator[tuple[DatabaseLedger, Author]]:
    """The ledger, for an editor who changes a policy; raises Unauthorized or Forbidden."""
    with opened(place) as ledger:
        yield ledger, acting(ledger, place, key_file, because, "editor")


class Edit:
    """A change of one folder, whose own files may be unsound."""

    def __init__(self, folder: Path | None, ledger: DatabaseLedger, reader: Path | None) -> None:
        if folder is None:
            raise BadRequest(
                "The shipped configuration is not changed: `fungible init my-config`, then --config my-config."
            )
        self.folder, self.ledger, self.words = folder, ledger, reader_of(reader)
        self.before = standing(folder, ledger, lambda config: refuse_failures(self._try(config), POLICIES))

    def apply(self, text: bytes, name: str, if_match: str, author: Author, kind: Kind) -> Event:
        """Put a text in force."""
        return put_in_force(self.proposal(text, name), self.folder, self.ledger, author, if_match, kind)

    def promote(
        self, text: bytes, name: str, author: Author, approved_by: tuple[str, ...], figures: Mapping[str, Any]
    ) -> Event:
        """Put a text in force that was tried beside what is, with what came of that as its promise."""
        proposal = replace(self.proposal(text, name), approved_by=approved_by)
        proposal = replace(proposal, replay=figures) if figures else proposal
        return put_in_force(proposal, self.folder, self.ledger, author)

    def proposal(self, text: bytes, name: str) -> Proposal:
        """What a text would be and do, checked, tested and replayed."""
        return propose(text, name, self.before.config, self._try, self._replay)

    def _try(self, config: Config) -> tuple[Tried, ...]:
        return try_with(config, self.words)

    def _replay(self, old: Config, new: Config) -> Mapping[str, Any]:
        return summarise_ledger(self.ledger, old, new)


def _show_proposal(proposal: Proposal, folder: Path | None, *, as_json: bool) -> None:
    """What would come into force; nothing is changed and nothing is noted."""
    revision = proposal.config.revision
    if as_json:
        shown: dict[str, Any] = {
            "revision": revision,
            "previous": proposal.before.revision,
            "differences": proposal.differences,
        }
        shown |= {"tests": proposal.tests, "replay": proposal.replay, "applied": False}
        sys.stdout.buffer.write(orjson.dumps(shown, default=str, option=orjson.OPT_INDENT_2) + b"\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    tests = f"{proposal.tests} {'test' if proposal.tests == 1 else 'tests'} passed"
    console.print(f"[bold]revision {revision}[/] would be in force in {folder} ({tests}); nothing was changed")
    for line in proposal.differences or ("no difference in meaning",):
        console.print(f"  {line}", markup=False)
    for line in summary(proposal.replay):
        console.print(line)


def tell_applied(event: Event, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """What came into force, and how to take it back."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(event_row(event), option=orjson.OPT_INDENT_2) + b"\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    tests = f"{event.tests} {'test' if event.tests == 1 else 'tests'} passed"
    console.print(
        f"[bold]revision {event.revision}[/] is in force in {folder} (number {event.seq} of the log; {tests})"
    )
    if event.aside is not None:
        console.print(f"what stood there was not sound and never served: it is kept in {folder}/{event.aside}")
    for line in event.differences or ("no difference in meaning",):
        console.print(f"  {line}", markup=False)
    for line in summary(event.replay):
        console.print(line)
    console.print(f"[dim]take it back: fungible policy rollback {event.previous} --config {folder}[/]")
    console.print(
        f"[dim]noted in {escape(str(place))}; a server that keeps its receipts elsewhere takes the file up, but notes "
        "it there as edited by hand: give both the same --data[/]"
    )
