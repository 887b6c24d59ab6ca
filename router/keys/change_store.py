"""Stores what became of keys or of admins as records of the log; those in force are those of the log.

Invariant: a change is a record with its entry, written once under the holder's name and the number of the change, so
that of two changes made at once the second is refused, and nobody is in force who is not in the log.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from router.errors import ConfigError, Conflict
from router.ledger.log.merkle_log import Log
from router.ledger.log.records import note, records
from router.transparency.entry import CALLER, Kind


class Holder(Protocol):
    """Who is known by a name, and how often what is known of them was changed."""

    @property
    def name(self) -> str:
        """What they are called."""

    @property
    def changes(self) -> int:
        """How often; 0 for one who is new."""


Changed = TypeVar("Changed")


class Changes(NamedTuple, Generic[Changed]):
    """The changes after a point in the log, oldest first, and the point up to which they were read."""

    changes: list[Changed]
    seen: int


class ChangeStore(ABC, Generic[Changed]):
    """The changes of one kind in one ledger."""

    kind: ClassVar[Kind]
    """Of the records."""
    called: ClassVar[str]
    """What a person calls whom they are about, with its article."""
    shape: ClassVar[TypeAdapter]  # type: ignore[type-arg]

    def __init__(self, log: Log) -> None:
        self._log = log

    @abstractmethod
    def holder(self, changed: Changed) -> Holder:
        """Whom a change is about."""

    def changes(self, seen: int = 0) -> Changes[Changed]:
        """What was changed after a point; raises Unreachable, or ConfigError for what can't be read."""
        with self._log.reading() as database:
            # The last number is found at once, and of the records of ramps' pairs, which are many, none is read twice.
            (last,) = database.execute("SELECT COALESCE(MAX(seq), 0) FROM records").fetchone()
            rows = list(records(database, self.kind, seen)) if last > seen else []
        return Changes([self._read(seq, body) for seq, _, body in rows], max([last, *(seq for seq, *_ in rows)]))

    def write(self, changed: Changed) -> None:
        """Write a change; raises Conflict where the name is taken, or somebody else was quicker."""
        holder = self.holder(changed)
        body = orjson.dumps(changed, option=orjson.OPT_UTC_Z)
        with self._log.writing() as database:
            if note(database, self._log, self.kind, CALLER, f"{holder.name}/{holder.changes}", body) is not None:
                return
        if holder.changes == 0:
            raise Conflict(f"There is, or was, {self.called} called {holder.name!r}: a name is given once.")
        noun = self.called.partition(" ")[2]
        raise Conflict(f"The {noun} {holder.name!r} was changed by somebody else at the same time. Look again.")

    def _read(self, seq: int, body: bytes) -> Changed:
        try:
            changed: Changed = self.shape.validate_json(body)
        except ValidationError:
            problem = f"about {self.called}, can't be read: a later version has written it, or nobody"
            raise ConfigError([f"Record {seq} of the ledger, {problem}."]) from None
        return changed
