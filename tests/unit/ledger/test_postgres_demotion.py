"""A server that was the one to write to, and no longer is: reads still work there, writes fail with SQLSTATE 25006."""

from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from router.errors import Unreachable
from router.ledger.location import Place
from unit.ledger_samples import receipt


def test_a_demoted_server_is_left_by_both_connections(postgres: str, tmp_path: Path) -> None:
    with closing(Place(tmp_path, postgres).ledger()) as ledger:
        ledger.append(receipt("one"))
        ledger.flush()
        database: Any = ledger.database

        def reader() -> int:
            with database.reading() as connection:
                return int(connection.execute("SELECT pg_backend_pid()").fetchone()[0])

        before = reader()
        # What a demotion looks like to whoever is still connected.
        line = database._writes
        line.ask(line.connected().raw.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        with pytest.raises(Unreachable, match="read-only"), database.writing() as connection:
            connection.execute("DELETE FROM receipts")
        ledger.append(receipt("two"))
        ledger.flush()
        assert [orjson.loads(body)["id"] for body in ledger.receipts()] == ["one", "two"]
        assert reader() != before
