"""A body that somebody turned into text in the file is read as the bytes that it is."""

import sqlite3
from contextlib import closing
from pathlib import Path

from router.ledger.location import Place
from unit.ledger_samples import receipt


def test_it_is_read_and_listed(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with closing(place.ledger()) as ledger:
        ledger.append(receipt("req_1"))
        ledger.flush()
        before = ledger.receipt("req_1")
        with closing(sqlite3.connect(place.log)) as database, database:
            database.execute("UPDATE receipts SET body = CAST(body AS TEXT)")
        assert ledger.receipt("req_1") == before
        assert list(ledger.receipts()) == [before]
