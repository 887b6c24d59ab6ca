"""Ledgers for the tests: receipts of two keys and none, a change of policy, and a head that was signed."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from builders import SITUATION, ask, config, ending, exchange, features, model

from router.decision.decide import decide
from router.decision.receipt import settle
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.db.database import Connection
from router.ledger.db.open_store import open_store
from router.ledger.location import Place
from router.ledger.policy_events import Event
from router.transparency.commitments import SALT, seal
from router.types import Caller, Chunk, Message, Receipt

ROWS = config(model("m"))
EVENT = Event(
    kind="applied",
    time="2026-01-01T00:00:00.000+00:00",
    revision="r2",
    previous="r1",
    by="somebody",
    via="command",
    because="why",
    text="policies: {}",
)
START = datetime(2026, 1, 1, tzinfo=UTC)
SALTS = bytes(range(2 * SALT))
PROMPT = (Message("user", "What is written here is not kept."),)
ANSWER = (Chunk(text="Nor is "), Chunk(text="this."))


def receipt(id: str, key: str | None = None) -> Receipt:  # noqa: A002
    about, facts = ask(caller=Caller(key)), features()
    logged = exchange(decide(facts, about, SITUATION, ROWS), facts, about)
    return settle(replace(logged, id=id), ending("m"), ROWS)


def ticking(step_s: float = 1.0, start: datetime = START) -> Callable[[], datetime]:
    """A clock that goes on by a step at each look."""
    moments = iter(range(1_000_000))
    return lambda: start + timedelta(seconds=step_s * next(moments))


@contextmanager
def tables(place: Place) -> Iterator[Connection]:
    """The tables of a ledger that nobody has open, for somebody to tamper with."""
    with closing(open_store(place.log, "tampering", "")) as store, store.writing() as database:
        yield database


def put(ledger: DatabaseLedger, statement: str, *values: object) -> list[Any]:
    """What somebody does to a ledger's tables with SQL."""
    with ledger.database.writing() as database:
        return database.execute(statement, values).fetchall()


def fill(ledger: DatabaseLedger, first: int, last: int) -> None:
    """Receipts first to last, each a group of its own."""
    for number in range(first, last):
        sealed = seal(PROMPT, ANSWER, SALTS)
        ledger.append(receipt(f"{number:032x}", (None, "key_a", "key_b")[number % 3]), sealed)
        ledger.flush()


def sample(path: Path, receipts: int = 38) -> Path:
    """A closed ledger in a file, as `begin` fills it."""
    begin(SqliteLedger(path), receipts)
    return path


def begin(ledger: DatabaseLedger, receipts: int = 38) -> None:
    """Fill and close: entry 0 begins it, 1 is a policy, then come the receipts; heads of 21 and of all entries."""
    with closing(ledger):
        ledger.log.clock = ticking()
        with ledger.changing() as note:
            note(EVENT)
        fill(ledger, 0, 19)
        ledger.log.head()
        fill(ledger, 19, receipts)
