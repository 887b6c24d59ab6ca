"""What a ledger on a PostgreSQL server has beside what every ledger has: other machines, and a network between."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from shutil import copyfile
from typing import Any

import orjson
import pytest
from builders import SITUATION, ask
from postgres_server import PASSWORD, Server

from router.decision.budgets import Account, Draw
from router.errors import ProofError, Unreachable
from router.ledger import DatabaseLedger
from router.ledger.budget_store import Held
from router.ledger.db.open_store import look_at, open_store
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from router.policy.replay.request_columns import unpack
from router.types import Caller
from unit.ledger_samples import fill, receipt

DROP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fungible'"


@pytest.fixture
def there(postgres: str, tmp_path: Path) -> Place:
    return Place(tmp_path, postgres)


@pytest.fixture
def ledger(there: Place) -> Iterator[DatabaseLedger]:
    with closing(there.ledger()) as ledger:
        yield ledger


def ids(ledger: DatabaseLedger) -> list[str]:
    return [orjson.loads(body)["id"] for body in ledger.receipts()]


def test_two_processes_write_one_log_and_the_kill_of_one_leaves_it_sound(there: Place) -> None:
    tests = Path(__file__).parents[2]
    path = os.pathsep.join([str(tests), str(tests.parent)])
    terms = {**os.environ, "PYTHONPATH": path, "FUNGIBLE_LEDGER": there.url or ""}
    command = [sys.executable, "-m", "unit.ledger_pair", str(there.folder), "4"]
    done = subprocess.run(command, env=terms, stdout=subprocess.PIPE, check=True)
    body = orjson.loads(done.stdout)
    assert (body["lost"], body["findings"]) == ([], [])
    assert body["acknowledged"] > body["by_the_killed"] > 4
    # Entry 0 begins the log; each receipt has one entry, whoever wrote it, and was written once.
    assert body["size"] == body["receipts"] + 1


def test_a_connection_that_was_lost_is_made_again(ledger: DatabaseLedger, postgres_server: Server) -> None:
    ledger.append(receipt("one"))
    ledger.flush()
    postgres_server.run(DROP)
    with pytest.raises(Unreachable), ledger.database.writing() as database:
        database.execute("DELETE FROM receipts")
        postgres_server.run(DROP)
        database.execute("SELECT 1")
    ledger.append(receipt("two"))
    ledger.flush()
    assert ids(ledger) == ["one", "two"]
    assert ledger.receipt("two") is not None


def test_a_connection_that_was_lost_while_nobody_looked_costs_nothing(
    ledger: DatabaseLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    database: Any = ledger.database
    begin, failures = database._begin, [OSError("broken pipe")]

    async def lost_once(raw: Any) -> None:
        if failures:
            raise failures.pop()
        await begin(raw)

    monkeypatch.setattr(database, "_begin", lost_once)
    ledger.append(receipt("one"))
    ledger.flush()
    assert (ids(ledger), failures) == (["one"], [])


def test_who_asks_where_nobody_was_just_now_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from router.ledger.db import postgres

    tried: list[str] = []

    async def nobody(url: str, **_: Any) -> None:
        tried.append(url)
        raise OSError("nobody is there")

    monkeypatch.setattr(postgres.asyncpg, "connect", nobody)
    monkeypatch.setattr(postgres, "AGAIN_S", 60.0)
    line = postgres._Line("postgresql://nowhere/db")
    for expected in (1, 1, 2):
        line._again *= expected == 1
        with pytest.raises(Unreachable, match="nobody is there"):
            line.connected()
        assert len(tried) == expected


def test_tables_are_in_a_schema_of_their_own(there: Place, postgres_server: Server) -> None:
    bare = replace(there, url=postgres_server.url)
    assert not bare.has_ledger()
    try:
        bare.ledger().close()
        assert bare.has_ledger()
        with look_at(bare.log) as database:
            schemas = database.execute(
                "SELECT table_schema FROM information_schema.tables WHERE table_name = 'receipts'"
            )
            assert ("fungible",) in [tuple(row) for row in schemas]
    finally:
        postgres_server.run("DROP SCHEMA fungible CASCADE")


def test_a_commit_that_was_not_heard_of_is_not_repeated(
    ledger: DatabaseLedger, there: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from router.ledger.db.postgres import PostgresConnection

    commit = PostgresConnection.commit

    async def unheard(connection: PostgresConnection) -> None:
        await commit(connection)
        raise TimeoutError

    for name in ("one", "two"):
        ledger.append(receipt(name))
    with monkeypatch.context() as broken:
        broken.setattr(PostgresConnection, "commit", unheard)
        with pytest.raises(Unreachable, match="it does not answer"):
            ledger.flush()
    assert ledger.waiting == 2
    ledger.append(receipt("three"))
    ledger.flush()
    assert (ids(ledger), ledger.waiting) == (["one", "three", "two"], 0)
    verified = verify_ledger(there.log)
    assert (verified.findings, verified.size) == ((), 4)


def test_the_writer_outlives_a_server_that_is_away(
    ledger: DatabaseLedger, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from router.ledger import group_writer as module
    from unit.ledger.test_receipt_ledger import eventually

    monkeypatch.setattr(module, "RETRY_S", 0.01)
    with monkeypatch.context() as broken:
        broken.setattr(ledger.database, "_begin", _nobody)
        ledger.append(receipt("one"))
        assert eventually(lambda: ledger.failure) == "nobody is there"
        assert ledger.receipt("one") is not None
    assert eventually(lambda: ids(ledger)) == ["one"]
    assert eventually(lambda: ledger.failure is None)


async def _nobody(_: Any) -> None:
    raise OSError("nobody is there")


def test_servers_of_one_log_need_one_key(there: Place, tmp_path: Path) -> None:
    second = replace(there, folder=tmp_path / "second")
    second.folder.mkdir()
    with closing(there.ledger()) as first, closing(second.ledger()) as other:
        fill(first, 0, 2)
        fill(other, 2, 4)
        with pytest.raises(ProofError, match=r"second/ledger.key does not hold .*no such file.*--ledger-key"):
            other.log.head()
        second.key.write_text(_stranger(tmp_path), encoding="ascii")
        with pytest.raises(ProofError, match=r"it holds another\. Copy the key"):
            other.log.head()
        copyfile(there.key, second.key)
        assert other.log.head().signed_by(first.log.identity().first)
    assert verify_ledger(there.log).findings == ()


def _stranger(folder: Path) -> str:
    with closing(Place(folder / "stranger").ledger()) as other:
        fill(other, 0, 1)
    return (folder / "stranger" / "ledger.key").read_text(encoding="ascii")


def test_stores_of_one_database_do_not_wait_for_each_other(there: Place, ledger: DatabaseLedger) -> None:
    account = Account("*/all", "*", "2026-11")
    with closing(there.accounts()) as accounts, ledger.database.writing():
        assert isinstance(accounts.hold([Draw(account, Decimal(1), Decimal(1))], 60), Held)


def test_a_letter_that_postgres_has_not_is_no_failure(there: Place, ledger: DatabaseLedger) -> None:
    ledger.append(replace(receipt("one"), ask=ask(caller=Caller(team="a\0b"))))
    ledger.flush()
    assert unpack(*ledger.requests()).at(0)[1:] == (ask(caller=Caller(team="a\u2400b")), SITUATION)
    with closing(there.accounts()) as accounts:
        account = Account("*/team", "a\0b", "2026-11")
        accounts.settle(None, {account: Decimal(3)})
        assert accounts.spent([account]) == {account: Decimal(3)}


def test_looking_for_a_ledger_makes_nothing(there: Place) -> None:
    assert not there.has_ledger()
    with pytest.raises(ProofError, match="There is no log yet"):
        verify_ledger(there.log)
    with look_at(there.log) as database:
        tables = database.execute("SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema()")
        assert tables.fetchall() == []


def test_who_verifies_needs_to_read_and_no_more(there: Place, postgres_server: Server, postgres: str) -> None:
    with closing(there.ledger()) as ledger:
        fill(ledger, 0, 3)
    name = postgres.rpartition("=")[2]
    postgres_server.run(f"CREATE ROLE auditor; GRANT USAGE ON SCHEMA {name} TO auditor")
    postgres_server.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO auditor")
    try:
        auditor = f"{postgres}&role=auditor"
        assert verify_ledger(auditor).size == 4
        with pytest.raises(Unreachable, match="permission denied"):
            replace(there, url=auditor).ledger()
    finally:
        postgres_server.run("DROP OWNED BY auditor; DROP ROLE auditor")


def test_nothing_can_be_written_by_looking(there: Place, ledger: DatabaseLedger) -> None:
    with pytest.raises(Unreachable, match="read-only"), look_at(there.log) as database:
        database.execute("DELETE FROM receipts")


def test_a_store_of_ones_own(postgres: str) -> None:
    tables = "CREATE TABLE IF NOT EXISTS ramps (ramp TEXT PRIMARY KEY, share REAL NOT NULL, state BLOB);"
    change = "INSERT INTO ramps VALUES (?, ?, ?) ON CONFLICT (ramp) DO UPDATE SET share = excluded.share"
    for _ in range(2):
        with closing(open_store(postgres, "ramps", tables)) as store:
            with store.writing() as database:
                database.executemany(change, [("one", 0.5, b"state"), ("two", 0.25, None)])
            with pytest.raises(ZeroDivisionError), store.writing() as database:
                database.execute("DELETE FROM ramps")
                raise ZeroDivisionError
            with store.reading() as database:
                rows = [tuple(row) for row in database.execute("SELECT * FROM ramps ORDER BY ramp")]
            assert rows == [("one", 0.5, b"state"), ("two", 0.25, None)]


def test_the_password_is_taken_from_the_environment_and_shown_nowhere(
    there: Place, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    if f":{PASSWORD}@" not in (there.url or ""):
        pytest.skip("the server that was named has a password of its own")
    without = replace(there, url=(there.url or "").replace(f":{PASSWORD}@", "@"))
    wrong = replace(there, url=(there.url or "").replace(PASSWORD, "a-wrong-one"))
    with pytest.raises(Unreachable) as refused:
        wrong.ledger()
    assert "a-wrong-one" not in f"{refused.value}{wrong}{wrong!r}"
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    without.ledger().close()
    assert without.has_ledger()
    assert PASSWORD not in f"{there}{there!r}"


def test_sums_for_the_books_are_kept_there(there: Place, ledger: DatabaseLedger) -> None:
    from unit.ledger.test_money_sums import CONFIG, append, read

    ledger.keep(CONFIG)
    append(ledger, 1, 25, 90)
    with closing(there.money_sums(ledger)) as sums:
        assert (read(ledger, sums), read(ledger, sums)) == ([3], [])
    append(ledger, 91)
    with closing(there.money_sums(ledger)) as sums:
        assert read(ledger, sums) == [1]
        sums.forget("0" * 32)
