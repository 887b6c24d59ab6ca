"""Stores API keys as records of the log; the keys in force are those of the log.

Invariant: a change is a record with its entry, written once under the key's name and the number of the change, so that
of two changes made at once the second is refused, and no key is in force that is not in the log.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from router.errors import ConfigError, Conflict
from router.keys.key import Change, Key
from router.ledger.log.merkle_log import Log
from router.ledger.log.records import note, records
from router.transparency.entry import CALLER
from router.types import Author


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a key: by whom, when and why, and the key as it was from then on."""

    change: Change
    time: datetime
    author: Author
    key: Key


class Changes(NamedTuple):
    """The changes after a point in the log, oldest first, and the point up to which they were read."""

    changes: list[Changed]
    seen: int


_CHANGED: TypeAdapter[Changed] = TypeAdapter(Changed)


class KeyStore:
    """The keys of one ledger."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def changes(self, seen: int = 0) -> Changes:
        """What became of keys after a point; raises Unreachable, or ConfigError for what can't be read."""
        with self._log.reading() as database:
            # The last number is found at once, and of the records of ramps' pairs, which are many, none is read twice.
            (last,) = database.execute("SELECT COALESCE(MAX(seq), 0) FROM records").fetchone()
            rows = list(records(database, "caller", seen)) if last > seen else []
        return Changes([_read(seq, body) for seq, _, body in rows], max([last, *(seq for seq, *_ in rows)]))

    def write(self, changed: Changed) -> None:
        """Write what became of a key; raises Conflict where its name is taken, or somebody else was quicker."""
        key = changed.key
        body = orjson.dumps(changed, option=orjson.OPT_UTC_Z)
        with self._log.writing() as database:
            if note(database, self._log, "caller", CALLER, f"{key.name}/{key.changes}", body) is not None:
                return
        if key.changes == 0:
            raise Conflict(f"There is, or was, a key called {key.name!r}: a name is given once.")
        raise Conflict(f"The key {key.name!r} was changed by somebody else at the same time. Look again.")


def _read(seq: int, body: bytes) -> Changed:
    try:
        return _CHANGED.validate_json(body)
    except ValidationError:
        sentence = f"Record {seq} of the ledger, about a key, can't be read: a later version has written it, or nobody."
        raise ConfigError([sentence]) from None


def now() -> datetime:
    """This moment, to the second, which is the resolution of times in keys."""
    return datetime.now(UTC).replace(microsecond=0)
