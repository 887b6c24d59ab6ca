"""Stores candidates as records of the log: who put one up, who approved it, and what became of it.

Invariant: what is known of a candidate is what the log says; of two changes made at once the second is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from router.errors import Conflict, NotFound
from router.keys.change_store import ChangeStore
from router.ledger.log.merkle_log import Log
from router.types import Author

State = Literal["open", "promoted", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A policies.yaml that is tried beside the one in force, from a time on. It is known by its revision.

    `approved_by` names the admins who agreed; whoever put it up is the first of them.
    """

    revision: str
    text: str
    since: datetime
    author: Author
    state: State = "open"
    approved_by: tuple[str, ...] = ()
    ended: datetime | None = None
    changes: int = 0

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self.revision

    def plain(self) -> dict[str, Any]:
        """As plain data, without its text."""
        names = ("state", "since", "author", "approved_by", "ended")
        return {"candidate": self.revision} | {name: getattr(self, name) for name in names}


class CandidateStore(ChangeStore[Candidate]):
    """The candidates of one ledger."""

    kind, called, shape = "candidate", "a candidate", TypeAdapter(Candidate)

    def holder(self, changed: Candidate) -> Candidate:
        """The candidate as it was from then on."""
        return changed


def candidates(log: Log) -> Mapping[str, Candidate]:
    """Every candidate as it is now, by its revision, the last that was put up last."""
    known = {candidate.revision: candidate for candidate in CandidateStore(log).changes().changes}
    return dict(sorted(known.items(), key=lambda item: item[1].since))


def candidate_of(log: Log, revision: str = "") -> Candidate:
    """An open candidate by its revision or the beginning of it, or the last one; raises NotFound."""
    tried = [each for each in candidates(log).values() if each.state == "open"]
    chosen = [each for each in tried if each.revision.startswith(revision)]
    if chosen:
        return chosen[-1]
    if not tried:
        raise NotFound("No candidate is being tried: `fungible policy candidate put FILE` begins one.")
    raise NotFound(
        f"No candidate {revision!r} is being tried; there are: {', '.join(each.revision for each in tried)}."
    )


def put_up(log: Log, revision: str, text: str, author: Author, now: datetime) -> Candidate:
    """Begin to try a text; raises Conflict where that is being tried already."""
    before = candidates(log).get(revision)
    if before is not None and before.state == "open":
        raise Conflict(f"The candidate {revision} is being tried already, since {before.since:%Y-%m-%d %H:%M} UTC.")
    changes = 0 if before is None else before.changes + 1
    made = Candidate(revision=revision, text=text, since=now, author=author, approved_by=(author.by,), changes=changes)
    CandidateStore(log).write(made)
    return made


def agree(log: Log, candidate: Candidate, author: Author) -> Candidate:
    """Another admin agrees; raises Conflict where that one did."""
    if author.by in candidate.approved_by:
        raise Conflict(f"{author.by!r} agreed to the candidate {candidate.revision} already: another admin must.")
    return _changed(log, replace(candidate, approved_by=(*candidate.approved_by, author.by)))


def end(log: Log, candidate: Candidate, state: State, now: datetime) -> Candidate:
    """What became of it."""
    return _changed(log, replace(candidate, state=state, ended=now))


def _changed(log: Log, candidate: Candidate) -> Candidate:
    changed = replace(candidate, changes=candidate.changes + 1)
    CandidateStore(log).write(changed)
    return changed
