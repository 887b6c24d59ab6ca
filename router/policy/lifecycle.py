"""A change of policy, from a proposed text to a revision in force that can be taken back.

Invariant: a text comes into force only if it loads and its own tests pass, whatever stands in its place; the file is
swapped whole; whoever did not see what is in force changes nothing; every change is noted with its text, and only
what could serve is; so none is lost, and whatever is gone back to has served.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from router.config import load
from router.config.files.atomic_write import replace_file
from router.config.load import POLICIES, with_policies
from router.errors import ConfigError, Conflict, NotFound, Problem, Stale
from router.ledger import DatabaseLedger
from router.ledger.policy_events import Event, Kind
from router.policy.diff import differences
from router.policy.last_sound import raw_policies, set_aside
from router.policy.policy_tests import Tried
from router.types import Author, Config

TryPolicies = Callable[[Config], tuple[Tried, ...]]
Replay = Callable[[Config, Config], Mapping[str, Any]]


# Whoever edited a file in place: nobody said who.
BY_HAND = Author("", "file")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that may come into force: what it means, what it changes, and what a replay says of that.

    `try_policies` runs the tests of what else may stand in the folder by then; `approved_by` names the admins who have
    agreed to it already.
    """

    config: Config
    before: Config
    differences: tuple[str, ...]
    tests: int
    replay: Mapping[str, Any]
    try_policies: TryPolicies = lambda _: ()
    approved_by: tuple[str, ...] = ()


def etag(config: Config) -> str:
    """What an editor saw: the revision, and the letters of policies.yaml, comments too."""
    return f"{config.revision}.{sha256(config.texts.get(POLICIES, '').encode()).hexdigest()[:8]}"


def propose(text: bytes, name: str, before: Config, try_policies: TryPolicies, replay: Replay) -> Proposal:
    """Check, test and replay a text; raises ConfigError where it does not load, or where one of its tests fails."""
    config = with_policies(before, text, name)
    tried = try_policies(config)
    refuse_failures(tried, name)
    changed = tuple(difference.label for difference in differences(before, config))
    return Proposal(config, before, changed, len(tried), replay(before, config) if changed else {}, try_policies)


def refuse_failures(tried: tuple[Tried, ...], name: str) -> None:
    """Raise ConfigError with every test that failed."""
    failed = [outcome for outcome in tried if not outcome.passed]
    if failed:
        places = [f"{name}: test {outcome.position + 1} of policy {outcome.policy!r}" for outcome in failed]
        raise ConfigError(
            [
                Problem(place, outcome.sentence, code="test-failed")
                for place, outcome in zip(places, failed, strict=True)
            ]
        )


def put_in_force(
    proposal: Proposal, folder: Path, ledger: DatabaseLedger, author: Author, if_match: str = "", kind: Kind = "applied"
) -> Event:
    """Swap the file and note it; raises Stale where the folder is no longer what the editor saw, or was proposed on.

    A file in its place that could not serve is no obstacle: it is kept aside. Raises Conflict where more admins must
    agree; to go back to what has served needs nobody else.
    """
    if kind == "applied":
        _refuse_alone({author.by, *proposal.approved_by} - {""}, proposal.before.approvals)
    ledger.keep(proposal.before)
    ledger.keep(proposal.config)
    text = proposal.config.texts[POLICIES]
    with ledger.changing() as note:
        refuse_stale(proposal.before, if_match)
        bad = _refuse_changed(folder, proposal)
        if (unnoted := _unnoted(proposal.before, ledger, "found", BY_HAND)) is not None:
            note(unnoted)
        event = _event(kind, proposal.before.revision, proposal.config, author, proposal)
        event = replace(event, aside=None if bad is None else set_aside(folder, bad))
        seq = note(event)
        replace_file(folder / POLICIES, text)
    return _numbered(event, seq)


def note_found(
    config: Config, ledger: DatabaseLedger, kind: Kind, author: Author, before: Config | None = None
) -> None:
    """Note a configuration that came into force by itself, unless it is the one that was noted last."""
    ledger.keep(config)
    with ledger.changing() as note:
        if (event := _unnoted(config, ledger, kind, author, before)) is not None:
            note(event)


def text_of(revision: str, ledger: DatabaseLedger, *, broken: bool = False) -> str:
    """The policies.yaml of a revision, or of a number in the log; with neither, of the one before.

    Where the last change was itself taken back, that goes further back. Where the file in the folder is `broken`, the
    one before it is the one in force. Raises NotFound.
    """
    events = ledger.events()
    if broken and events and not revision:
        return events[-1].text
    if not revision:
        if len(events) < 2:
            raise NotFound("There is nothing to roll back to: the log has fewer than two revisions.")
        return _one_before(events)
    for event in reversed(events):
        if revision in (event.revision, str(event.seq)):
            return event.text
    raise NotFound(f"No revision {revision!r} stands in the log; `fungible policy log` lists them.")


def _one_before(events: Sequence[Event]) -> str:
    """The text before the one in force, where what was rolled back counts no more; raises NotFound."""
    texts: list[str] = []
    for event in events:
        if event.kind == "rolled_back" and event.text in texts:
            while texts[-1] != event.text:
                texts.pop()
        elif texts[-1:] != [event.text]:
            texts.append(event.text)
    if len(texts) < 2:
        raise NotFound(
            "There is nothing further back: the first text of the log is in force. To go forward again, name a "
            "revision: `fungible policy log` lists them."
        )
    return texts[-2]


def _refuse_alone(people: Collection[str], needed: int) -> None:
    if len(people) < needed:
        raise Conflict(
            f"A change here needs {needed} named admins, and so far {len(people)} agreed: put it up with `fungible "
            "policy candidate FILE`, let others approve it, then promote it."
        )


def refuse_stale(before: Config, if_match: str) -> None:
    """Raise Stale where an editor saw something else than what is in force; `*` and nothing match anything."""
    if if_match not in ("", "*") and if_match not in (before.revision, etag(before)):
        raise Stale(f"What you saw was {if_match}; in force is {etag(before)}. Nothing was changed: look again.")


def _unnoted(
    config: Config, ledger: DatabaseLedger, kind: Kind, author: Author, before: Config | None = None
) -> Event | None:
    """The event of a configuration that came into force by itself, or None where it was noted last."""
    last = ledger.events()[-1:]
    if last and (last[0].revision, last[0].text) == (config.revision, config.texts.get(POLICIES, "")):
        return None
    changed = tuple(difference.label for difference in differences(before, config)) if before else ()
    previous = before.revision if before else last[0].revision if last else ""
    return _event(kind, previous, config, author, Proposal(config, config, changed, 0, {}))


def _refuse_changed(folder: Path, proposal: Proposal) -> bytes | None:
    """Raise Stale where the folder has changed since; gives a text there that could not serve."""
    before = proposal.before
    try:
        now = load(folder)
        if etag(now) == etag(before):
            return None
        refuse_failures(proposal.try_policies(now), POLICIES)
    except ConfigError:
        raw = raw_policies(folder)
        return None if raw == before.texts.get(POLICIES, "").encode() else raw
    raise Stale(f"{folder} was changed by somebody else to {etag(now)}. Nothing was changed: look again.")


def _event(kind: Kind, previous: str, config: Config, author: Author, proposal: Proposal) -> Event:
    return Event(
        kind=kind,
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        revision=config.revision,
        previous=previous,
        by=author.by,
        via=author.via,
        because=author.because,
        text=config.texts.get(POLICIES, ""),
        differences=proposal.differences,
        tests=proposal.tests,
        replay=proposal.replay,
    )


def _numbered(event: Event, seq: int) -> Event:
    return replace(event, seq=seq)
