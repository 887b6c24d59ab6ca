"""A database on a PostgreSQL server, which several servers on different machines may share.

Invariant: whoever writes a store holds its lock from the beginning of the transaction to its end, on whichever machine
it runs; a connection that was lost, or whose server may no longer be written to, is made anew for the next question,
never in the middle of a transaction.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg

from router.errors import Unreachable
from router.ledger.db.database import ANSWER_S, Damaged, RowRefused, TableMissing, noting_damage
from router.ledger.db.postgres_dialect import restored, sendable, spelled

SCHEMA = "fungible"
"""Where tables are unless the URL says `?search_path=`: not among those of other programs."""

CONNECT_S = 5.0
# So long nobody tries again where nobody was: who asks meanwhile need not wait for the same.
AGAIN_S = 0.5
# Whoever verifies counts every row in one question.
LOOK_S = 600.0
LOCK_S = 10
# Of a machine that is cut off in the middle of a transaction: the others wait no longer than this for its lock.
IDLE_S = 15

_LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(coalesce(current_schema()::text, '') || '.' || $1::text, 0)),
    clock_timestamp()
"""
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
T = TypeVar("T")
Begin = Callable[[Any], Coroutine[Any, Any, None]]


class Postgres:
    """A store on the server that the URL names; `name` is that of its lock.

    Without `synced` a crash of the server may lose the last commits; nothing else does.
    """

    remote = True

    def __init__(self, url: str, name: str, tables: str, *, synced: bool = True, answer_s: float = ANSWER_S) -> None:
        self._name = name
        self._reads = _Line(url, answer_s)
        self._writes = _Line(url, synced=synced, demoted=self._reads.leave)
        self._turn, self._reading = threading.RLock(), threading.RLock()
        self._now = datetime.now(UTC)
        self.damage: str | None = None
        if tables:
            self._make(tables)

    @contextmanager
    def writing(self) -> Iterator["PostgresConnection"]:
        """A transaction that begins by taking the store's lock."""
        with self._turn, noting_damage(self), self._writes.transaction(self._begin) as database:
            yield database

    @contextmanager
    def reading(self) -> Iterator["PostgresConnection"]:
        """The connection for reads."""
        with self._reading, noting_damage(self):
            yield self._reads.connected()

    def refuse_other_file(self) -> None:
        """Do nothing: the files are the server's, which answers for them."""

    def now(self) -> datetime:
        """The server's clock, read when this transaction had its lock: who write one log need one clock."""
        return self._now

    def close(self) -> None:
        """Let go of the server."""
        with self._turn, self._reading:
            self._writes.close()
            self._reads.close()

    def _make(self, tables: str) -> None:
        try:
            with self.writing() as database:
                if database.execute("SELECT current_schema()").fetchone()[0] is None:
                    database.script(f"CREATE SCHEMA {SCHEMA}")
                database.script(tables)
        except BaseException:
            self.close()
            raise

    async def _begin(self, raw: Any) -> None:
        await raw.execute("BEGIN")
        self._now = (await raw.fetchrow(_LOCK, self._name))[1]


@contextmanager
def looking(url: str) -> Iterator["PostgresConnection"]:
    """One state of a database from beginning to end, in which nothing can be written."""

    async def begin(raw: Any) -> None:
        await raw.execute(_SNAPSHOT)

    line = _Line(url, LOOK_S)
    try:
        with line.transaction(begin) as database:
            yield database
    finally:
        line.close()


class _Line:
    """One connection, made when it is first needed and again after it was lost; for one thread at a time."""

    def __init__(
        self,
        url: str,
        answer_s: float = ANSWER_S,
        *,
        synced: bool = True,
        demoted: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._answer_s = answer_s
        self._demoted = demoted
        self._stale = False
        self._settings = {
            "application_name": "fungible",
            "lock_timeout": f"{LOCK_S}s",
            "idle_in_transaction_session_timeout": f"{IDLE_S}s",
            "synchronous_commit": "on" if synced else "off",
        }
        if "search_path" not in urlsplit(url).query:
            self._settings["search_path"] = SCHEMA
        self._raw: Any = None
        self._why, self._again = "", 0.0

    def connected(self) -> "PostgresConnection":
        """The connection, which is there; raises Unreachable."""
        if self._stale:
            self._stale = False
            self._drop()
        if self._raw is None or self._raw.is_closed():
            self._connect()
        return PostgresConnection(self, self._raw)

    def leave(self) -> None:
        """Let the next question be asked on a new connection; any thread may say so."""
        self._stale = True

    def _connect(self) -> None:
        if time.monotonic() < self._again:
            raise Unreachable(self._why)
        terms = {"timeout": CONNECT_S, "command_timeout": self._answer_s, "server_settings": self._settings}
        try:
            self._raw = self.ask(asyncpg.connect(self._url, **terms))
        except Unreachable as error:
            self._why, self._again = error.why, time.monotonic() + AGAIN_S
            raise

    @contextmanager
    def transaction(self, begin: Begin) -> Iterator["PostgresConnection"]:
        """A transaction, all of it on one connection."""
        try:
            database = self._begun(begin)
            yield database
            self.ask(database.commit())
        except BaseException:
            self._roll_back()
            raise

    def _begun(self, begin: Begin) -> "PostgresConnection":
        database = self.connected()
        try:
            self.ask(begin(database.raw))
        except Unreachable:
            if self._raw is not None and not self._raw.is_closed():
                raise
            # Lost while nobody looked, and nothing has been done yet.
            database = self.connected()
            self.ask(begin(database.raw))
        return database

    def ask(self, question: Coroutine[Any, Any, T]) -> T:
        """Wait for an answer; errors are raised as ours, and a connection that did not answer is let go."""
        try:
            return _wait(question)
        except asyncpg.UndefinedTableError as error:
            raise TableMissing(str(error)) from error
        except asyncpg.IntegrityConstraintViolationError as error:
            raise RowRefused(str(error)) from error
        except (asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError) as error:
            raise Damaged(str(error)) from error
        except asyncpg.ReadOnlySQLTransactionError as error:
            # SQLSTATE 25006: this server is no longer the one to write to, and the address leads elsewhere by now.
            self._drop()
            self._demoted()
            raise Unreachable(str(error)) from error
        except asyncpg.PostgresError as error:
            raise Unreachable(str(error)) from error
        except Exception as error:
            # Lost, or in a state that nobody knows.
            self._drop()
            raise Unreachable(str(error) or "it does not answer") from error

    def close(self) -> None:
        """Say goodbye, if anybody is there."""
        raw, self._raw = self._raw, None
        if raw is not None:
            with suppress(Exception):
                _wait(raw.close(timeout=CONNECT_S))

    def _roll_back(self) -> None:
        if self._raw is None:
            return
        try:
            _wait(self._raw.execute("ROLLBACK"))
        except Exception:  # noqa: BLE001 - lost, or busy: the server rolls back what it gets no more statements for
            self._drop()

    def _drop(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            _LOOP.call_soon_threadsafe(raw.terminate)


class PostgresConnection:
    """What statements are put to; each that gives rows waits for its answer.

    The others are sent with the next one, or with the commit: each time that two threads take turns costs time.
    """

    def __init__(self, line: _Line, raw: Any) -> None:
        self.raw = raw
        self._line = line
        self._unsent: list[tuple[str, list[tuple[object, ...]]]] = []

    def execute(self, statement: str, values: Sequence[Any] = ()) -> "_Rows":
        """Run a statement."""
        sent = [*map(sendable, values)]
        rows = self._line.ask(self._fetch(spelled(statement), sent))
        # Who asks by a name that can't be sent as it is gets it back as it was.
        changed = any(sent_value is not value for sent_value, value in zip(sent, values, strict=True))
        return _Rows(tuple(map(restored, row)) for row in rows) if changed else _Rows(rows)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row, all of them together."""
        if some := [tuple(map(sendable, row)) for row in rows]:
            self._unsent.append((spelled(statement), some))

    def script(self, statements: str) -> None:
        """Run statements without values."""
        self._line.ask(self.raw.execute(spelled(statements)))

    async def commit(self) -> None:
        """End the transaction."""
        await self._send()
        await self.raw.execute("COMMIT")

    async def _fetch(self, statement: str, values: Sequence[object]) -> Any:
        await self._send()
        return await self.raw.fetch(statement, *values)

    async def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        for statement, rows in unsent:
            await self.raw.executemany(statement, rows)


class _Rows(list[Any]):
    """The rows of an answer, with sqlite3's words for taking them."""

    def fetchone(self) -> Any:
        return self.pop(0) if self else None

    def fetchall(self) -> list[Any]:
        return self


def _wait(question: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(question, _LOOP).result()


def _started() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="postgres", daemon=True).start()
    return loop


# In a thread of its own, so that whoever asks may wait, on whichever thread.
_LOOP = _started()
