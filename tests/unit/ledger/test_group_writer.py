"""The thread that writes receipts: its failures and its end are seen, and how far it lags is known."""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from router.errors import Overloaded, Unreachable
from router.ledger import SqliteLedger, group_writer
from router.ledger.db.database import Damaged
from router.ledger.db.file_place import FilePlace
from router.ledger.db.sqlite import SqliteFile
from router.ledger.group_writer import GroupWriter, Pending
from unit.ledger.test_receipt_ledger import eventually, ids, receipt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteLedger]:
    monkeypatch.setattr(group_writer, "RETRY_S", 0.01)
    monkeypatch.setattr(group_writer, "LOOK_S", 0.01)
    with closing(SqliteLedger(path)) as made:
        yield made


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_end_of_the_writer_is_seen_and_nobody_waits_for_it(ledger: SqliteLedger) -> None:
    def ends() -> None:
        raise SystemExit

    async def waiting() -> None:
        ledger._writer._rest = ends
        for name in ("one", "two"):
            ledger.append(receipt(name))
            await ledger.written(name)
            ledger._writer._thread.join()

    with pytest.raises(Overloaded):
        asyncio.run(waiting())
    assert eventually(lambda: ledger.failure) == group_writer.STOPPED
    with pytest.raises(Overloaded):
        asyncio.run(waiting())


def test_how_long_the_oldest_has_waited_is_known(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (ledger.oldest_s, ledger.waiting) == (0, 0)
    monkeypatch.setattr(group_writer, "GATHER_S", 0.2)
    with ledger.database.writing():
        ledger.append(receipt("one"))
        ledger._writer._pending["one"] = ledger._writer._pending["one"]._replace(since=time.monotonic() - 7)
        ledger.append(receipt("two"))
        assert (7 <= ledger.oldest_s < 70, ledger.waiting) == (True, 2)
    ledger.flush()
    assert (ledger.oldest_s, ledger.waiting) == (0, 0)
    monkeypatch.setattr(group_writer, "GATHER_S", 0.0)


def test_what_cannot_be_written_at_the_end_is_counted(
    ledger: SqliteLedger, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.append(receipt("one"))
    assert eventually(lambda: ids(ledger))
    path.unlink()
    ledger.append(receipt("two"))
    ledger.close()
    assert ledger.lost == 1
    assert "1 receipt(s) lost" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
def test_files_are_their_owner_s_alone(ledger: SqliteLedger, path: Path) -> None:
    ledger.append(receipt("one"))
    ledger.flush()
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert set(modes) >= {path.name, f"{path.name}-wal", f"{path.name}-shm", "ledger.key"}
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_file_that_is_gone_is_noticed_with_nothing_to_write(ledger: SqliteLedger, path: Path, suffix: str) -> None:
    file = Path(f"{path}{suffix}")
    ledger.append(receipt("one"))
    assert eventually(lambda: ids(ledger))
    aside = file.rename(path.parent / "aside")
    assert "was deleted while it was open" in eventually(lambda: ledger.failure)
    file.touch()
    assert eventually(lambda: "was replaced while it was open" in (ledger.failure or ""))
    aside.replace(file)
    assert eventually(lambda: ledger.failure is None)


def test_what_went_to_a_file_that_was_put_back_is_written_once(ledger: SqliteLedger, path: Path) -> None:
    ledger.append(receipt("one"))
    ledger.flush()
    looks = iter([None, Unreachable("moved between the commit and the look after it")])

    def refuse_other_file() -> None:
        if fault := next(looks, None):
            raise fault

    ledger.database.refuse_other_file = refuse_other_file  # type: ignore[method-assign]
    ledger.append(receipt("two"))
    assert eventually(lambda: ids(ledger) == ["one", "two"] and not ledger.waiting)


def test_what_cannot_even_be_looked_at_is_no_place(ledger: SqliteLedger, path: Path) -> None:
    place = FilePlace(path.parent / "x" / "y")
    (path.parent / "x").touch()
    with pytest.raises(Unreachable, match="can't be looked at"):
        place.refuse_other()


def test_a_page_that_is_no_page_is_remembered(ledger: SqliteLedger, path: Path) -> None:
    for number in range(20):
        ledger.append(receipt(f"{number:04}"))
    ledger.close()
    with closing(sqlite3.connect(path)) as database:
        (root,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'receipts'").fetchone()
        (page,) = database.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * page)
        file.write(b"\xff" * 200)
    with closing(SqliteLedger(path)) as again:
        assert again.damage is None
        with pytest.raises(Damaged):
            again.receipt("0007")
        assert "malformed" in (again.damage or "")


def test_a_slow_disk_can_be_had_for_benches(ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(SqliteFile, "commit_delay_s", 0.25)
    monkeypatch.setattr("router.ledger.db.sqlite.time.sleep", slept.append)
    with ledger.database.writing():
        pass
    assert 0.25 in slept


@pytest.mark.parametrize(("arrivals", "sleeps"), [([0], 1), ([3, 0], 2), ([1] * 9, group_writer.MOST_STEPS)])
def test_a_group_is_gathered_on_as_long_as_it_grows_and_no_longer_than_its_bound(
    arrivals: list[int], sleeps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = GroupWriter(lambda _: None, lambda: None, lambda: None, 0.002)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        for number in range(arrivals[len(slept)]):
            writer.add(Pending(b"", receipt(f"{len(slept)}-{number}"), None, 0.0))
        slept.append(seconds)

    monkeypatch.setattr(group_writer.time, "sleep", sleep)
    writer._gather()
    assert slept == [0.002] * sleeps


@pytest.mark.parametrize(("waiting", "in_flight", "sleeps"), [(1, 1, 0), (1, 2, 1), (2, 1, 0), (0, 0, 0)])
def test_a_group_that_nobody_can_join_is_not_gathered(
    waiting: int, in_flight: int, sleeps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = GroupWriter(lambda _: None, lambda: None, lambda: None, 0.002)
    writer.in_flight = lambda: in_flight
    for number in range(waiting):
        writer.add(Pending(b"", receipt(str(number)), None, 0.0))
    slept: list[float] = []
    monkeypatch.setattr(group_writer.time, "sleep", slept.append)
    writer._gather()
    assert slept == [0.002] * sleeps


def test_a_group_is_gathered_no_longer_than_until_all_in_flight_have_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = GroupWriter(lambda _: None, lambda: None, lambda: None, 0.002)
    writer.in_flight = lambda: 3
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        writer.add(Pending(b"", receipt(str(len(slept))), None, 0.0))

    monkeypatch.setattr(group_writer.time, "sleep", sleep)
    writer._gather()
    assert (slept, writer.waiting) == ([0.002] * 3, 3)


def test_without_a_step_it_gathers_for_one_while(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(group_writer.time, "sleep", slept.append)
    GroupWriter(lambda _: None, lambda: None, lambda: None)._gather()
    assert slept == [group_writer.GATHER_S]


def test_it_looks_where_the_files_are_only_when_there_is_nothing_to_write() -> None:
    looks: list[None] = []
    writer = GroupWriter(lambda _: None, lambda: None, lambda: looks.append(None))
    writer.add(Pending(b"", receipt("one"), None, 0.0))
    writer._turn()
    assert looks == []
    writer._turn()
    assert looks == [None]
