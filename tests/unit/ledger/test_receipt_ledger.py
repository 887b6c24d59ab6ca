"""The ledger: what is appended can be read at once, and is there after a stop, a crash, or a failure to write."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from builders import SITUATION, ask, config, ending, exchange, features, model

from router.config import load
from router.decision.decide import decide
from router.decision.receipt import settle
from router.errors import NotFound, Overloaded
from router.ledger import DatabaseLedger, SqliteLedger, receipt_ledger
from router.ledger import group_writer as module
from router.ledger.commit_waiters import Waiters
from router.ledger.db.database import RowRefused
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from router.ledger.receipt_json import encode
from router.policy.replay.request_columns import unpack
from router.types import Caller, Receipt
from unit.ledger_samples import EVENT, begin, put, tables

ROWS = config(model("m"))
PATIENCE_S = 10.0


def receipt(id: str) -> Receipt:  # noqa: A002
    about, facts = ask(), features()
    logged = exchange(decide(facts, about, SITUATION, ROWS), facts, about)
    return settle(replace(logged, id=id), ending("m"), ROWS)


def eventually(holds: Callable[[], Any]) -> Any:
    """What comes true before patience ends."""
    until = time.monotonic() + PATIENCE_S
    while not (held := holds()) and time.monotonic() < until:
        threading.Event().wait(0.005)
    return held


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a new folder" / "ledger.sqlite"


@pytest.fixture
def ledger(place: Place) -> Iterator[DatabaseLedger]:
    with closing(place.ledger()) as ledger:
        yield ledger


def ids(ledger: DatabaseLedger) -> list[str]:
    return [orjson.loads(body)["id"] for body in ledger.receipts()]


def test_a_receipt_can_be_read_before_it_is_written(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(module, "GATHER_S", 0.2)
    ledger = SqliteLedger(path)
    ledger.append(receipt("one"))
    written, read = ids(ledger), ledger.receipt("one")
    ledger.close()
    assert written == []
    assert orjson.loads(read or b"{}")["id"] == "one"


def test_a_written_receipt_reads_the_same(ledger: DatabaseLedger) -> None:
    ledger.append(receipt("one"))
    before = ledger.receipt("one")
    ledger.flush()
    assert ledger.receipt("one") == before == encode(receipt("one"))
    assert ledger.receipt("none") is None


def test_the_writer_writes_by_itself(ledger: DatabaseLedger) -> None:
    ledger.append(receipt("one"))
    assert eventually(lambda: ids(ledger)) == ["one"]


def test_receipts_come_in_order_and_survive_a_clean_stop(place: Place) -> None:
    ledger = place.ledger()
    expected = [f"{place:04}" for place in range(500)]
    for name in expected[::2] + expected[1::2]:
        ledger.append(receipt(name))
    ledger.close()
    again = place.ledger()
    assert ids(again) == expected
    again.close()


def test_a_receipt_that_comes_twice_is_kept_once(ledger: DatabaseLedger) -> None:
    for _ in range(2):
        ledger.append(receipt("one"))
        ledger.flush()
    assert ids(ledger) == ["one"]


def test_a_group_is_written_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, ledger: DatabaseLedger, place: Place
) -> None:
    monkeypatch.setattr(module, "GATHER_S", 0.3)
    for name in ("one", "two"):
        ledger.append(receipt(name))
    ledger._writer._pending["two"] = ledger._writer._pending["two"]._replace(body=None)  # type: ignore[arg-type]
    with pytest.raises(RowRefused):
        ledger.flush()
    assert ids(ledger) == []
    del ledger._writer._pending["two"]
    ledger.append(receipt("three"))
    ledger.flush()
    assert ids(ledger) == ["one", "three"]
    assert verify_ledger(place.log).findings == ()


def test_a_configuration_is_kept_once_and_builds_the_same(ledger: DatabaseLedger) -> None:
    shipped = load()
    ledger.keep(shipped)
    ledger.keep(replace(shipped, documents={}))
    assert ledger.configuration(shipped.revision) == shipped.documents
    assert ledger.configuration("unknown") is None


def test_one_at_a_time_changes_policies(place: Place) -> None:
    with closing(place.ledger()) as first, closing(place.ledger()) as other:
        entered = threading.Event()

        def change() -> None:
            with other.changing() as note:
                note(EVENT)
                entered.set()

        waiting = threading.Thread(target=change)
        with first.changing() as note:
            waiting.start()
            assert not entered.wait(0.1)
            note(EVENT)
        waiting.join()
        with pytest.raises(ZeroDivisionError), first.changing() as note:
            note(EVENT)
            raise ZeroDivisionError
        with first.changing() as note:
            assert note(EVENT) == 3, "nothing is noted where the block raises, and its number is free"
        assert [event.seq for event in other.events()] == [1, 2, 3]
    assert verify_ledger(place.log).findings == ()


def test_the_salt_is_stable_and_its_own(place: Place, tmp_path: Path) -> None:
    salts = []
    for where in (place, place, Place(tmp_path / "other")):
        ledger = where.ledger()
        salts.append(ledger.salt)
        ledger.close()
    assert len(salts[0]) == 16
    assert salts[0] == salts[1] != salts[2]


def test_without_a_file_everything_stays_in_memory() -> None:
    ledger = SqliteLedger()
    ledger.append(receipt("one"))
    ledger.flush()
    assert ids(ledger) == ["one"]
    ledger.close()


def test_a_failure_to_write_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **terms: connect(*args, **(terms | {"timeout": 0.01})))
    ledger, other = SqliteLedger(path), connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ledger.append(receipt("one"))
    assert "locked" in eventually(lambda: ledger.failure)
    assert ledger.receipt("one") is not None
    other.execute("ROLLBACK")
    assert eventually(lambda: ids(ledger)) == ["one"]
    assert eventually(lambda: ledger.failure is None)
    other.close()
    ledger.close()


CRASH = """
import sys, time
from pathlib import Path
from unit.ledger.test_receipt_ledger import receipt
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.group_writer import GATHER_S
ledger = SqliteLedger(Path(sys.argv[1]))
for place in range(1000):
    ledger.append(receipt(f"{place:04}"))
time.sleep(GATHER_S + 1)
for place in range(1000, 1010):
    ledger.append(receipt(f"{place:04}"))
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_kill_9_loses_nothing_that_is_older_than_the_window(path: Path) -> None:
    tests = Path(__file__).parents[2]
    terms = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    with subprocess.Popen([sys.executable, "-c", CRASH, str(path)], stdout=subprocess.PIPE, env=terms) as crashing:
        assert crashing.stdout is not None
        assert crashing.stdout.readline() == b"ready\n"
        crashing.send_signal(signal.SIGKILL)
    ledger = SqliteLedger(path)
    kept = ids(ledger)
    ledger.close()
    assert kept[:1000] == [f"{place:04}" for place in range(1000)]
    assert len(kept) <= 1010
    assert verify_ledger(path).findings == ()


def test_what_was_decided_on_is_logged_without_words_of_the_prompt(place: Place) -> None:
    """Two servers of one ledger give every word one number; what a failed group brought is numbered again."""
    first, second = place.ledger(), place.ledger()
    for number in range(3):
        first.append(receipt(f"a{number}"))
        first.flush()
        second.append(replace(receipt(f"b{number}"), ask=ask(caller=Caller(team=f"team {number}"))))
        second.flush()
    rows, words = first.requests()
    assert (len(rows), len(first.requests(2)[0])) == (6, 2)
    assert len(set(words)) == len(words)
    again = unpack(rows, words)
    assert [again.at(row)[1:] for row in (0, 5)] == [
        (ask(), SITUATION),
        (ask(caller=Caller(team="team 2")), SITUATION),
    ]
    assert [again.id.at(row) for row in range(6)] == ["a0", "b0", "a1", "b1", "a2", "b2"]
    first.close()
    second.close()
    assert verify_ledger(place.log).findings == ()


def test_many_threads_and_two_servers_grow_one_tree(place: Place) -> None:
    """Whoever flushes, each receipt gets one entry, and nobody forks the log."""
    ledgers = [place.ledger(0.001), place.ledger(0.001)]

    def work(worker: int) -> None:
        for number in range(60):
            ledgers[worker % 2].append(receipt(f"{worker}-{number:03}"))
            if number % 7 == worker:
                ledgers[worker % 2].flush()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    verified = verify_ledger(place.log)
    assert (verified.findings, verified.size) == ((), 241)


def test_a_file_of_an_earlier_version_opens_and_its_log_begins_at_its_end(path: Path) -> None:
    path.parent.mkdir()
    old = sqlite3.connect(path)
    old.executescript(
        "CREATE TABLE receipts (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);"
    )
    old.execute("INSERT INTO receipts VALUES ('old', ?)", (encode(receipt("old")),))
    old.execute("INSERT INTO events (body) VALUES (?)", (b"{}",))
    old.commit()
    old.close()
    for name in ("one", "two"):
        ledger = SqliteLedger(path)
        ledger.append(receipt(name))
        ledger.close()
    assert verify_ledger(path).findings == ()
    ledger = SqliteLedger(path)
    assert ids(ledger) == ["old", "one", "two"]
    earlier = ledger.log.identity().earlier
    assert (earlier["receipts"], earlier["last_event"]) == (1, 1)
    assert ledger.prove("one").index == 1
    with pytest.raises(NotFound, match="before the log began"):
        ledger.prove("old")
    ledger.close()


def test_rows_as_an_earlier_version_laid_them_go_on_as_they_are(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as old:
        old.executescript(
            "CREATE TABLE receipts (id TEXT PRIMARY KEY, body BLOB NOT NULL, entry INTEGER, salts BLOB) WITHOUT ROWID;"
        )
    begin(place.ledger())
    with closing(place.ledger()) as ledger:
        assert ledger.prove(f"{7:032x}").index == 9
        (laid,) = put(ledger, "SELECT sql FROM sqlite_master WHERE name = 'receipts'")[0]
    assert "WITHOUT ROWID" in laid
    assert (verify_ledger(place.log).findings, verify_ledger(place.log).size) == ((), 40)
    with tables(place) as database:
        database.execute("INSERT INTO receipts VALUES ('zz', '{}', 12, NULL)")
        database.execute("DELETE FROM receipts WHERE entry = 20")
    assert [(finding.wrong, finding.sequence) for finding in verify_ledger(place.log).findings] == [
        ("removed", 20),
        ("inserted", 12),
    ]


def test_a_head_is_signed_now_and_then(monkeypatch: pytest.MonkeyPatch, ledger: DatabaseLedger) -> None:
    monkeypatch.setattr(receipt_ledger, "HEAD_S", 0.0)
    ledger.append(receipt("one"))
    assert eventually(lambda: put(ledger, "SELECT 1 FROM heads"))
    assert ledger.waiting == 0


def test_who_waits_is_told_when_the_receipt_is_on_disk(place: Place) -> None:
    ledger = place.ledger(0.001)

    async def asking() -> None:
        async def append(name: str) -> None:
            ledger.append(receipt(name))
            await ledger.written(name)
            assert name in ids(ledger)

        await asyncio.gather(*(append(f"{number:03}") for number in range(50)))
        await ledger.written("000")

    asyncio.run(asking())
    ledger.close()


def test_a_group_that_nobody_else_can_join_is_written_however_long_it_would_wait_for_company(path: Path) -> None:
    async def waited(ledger: SqliteLedger) -> None:
        ledger.append(receipt("one"))
        await asyncio.wait_for(ledger.written("one"), PATIENCE_S)

    with closing(SqliteLedger(path, gather_s=10 * PATIENCE_S)) as ledger:
        ledger.expect(lambda: 1)
        asyncio.run(waited(ledger))
        assert ledger.waiting == 0


def test_who_waits_is_told_that_nothing_can_be_written(
    monkeypatch: pytest.MonkeyPatch, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = SqliteLedger(path, 0.001)

    async def asking() -> None:
        ledger.append(receipt("one"))
        await ledger.written("one")

    monkeypatch.setattr(module, "RETRY_S", 0.01)
    ledger.database._writes.execute("PRAGMA query_only = 1")
    for _ in range(2):
        with pytest.raises(Overloaded, match="nothing is served unrecorded"):
            asyncio.run(asking())
    assert ledger.failure
    assert caplog.text.count("wait in memory") == 1
    ledger.database._writes.execute("PRAGMA query_only = 0")
    assert eventually(lambda: ids(ledger)) == ["one"]
    ledger.close()


def test_those_who_wait_no_longer_are_not_told(path: Path) -> None:
    """A waiter that was cancelled, and one whose loop has ended, do not disturb the others."""
    waiters = Waiters()
    pending = {"one"}

    async def leaves() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(waiters.wait("one", pending.__contains__), 0.01)
        waiters.wake(pending.__contains__, failed=False)
        waiters.wake(set().__contains__, failed=False)
        await asyncio.sleep(0.01)

    asyncio.run(leaves())

    async def gone() -> None:
        task = asyncio.ensure_future(waiters.wait("one", pending.__contains__))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(gone())
    waiters.wake(pending.__contains__, failed=True)
    assert waiters._waiters == []
