"""The tables of a ledger have a version: older ones are brought up to date once, newer ones are refused."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from router.errors import ConfigError
from router.ledger import SqliteLedger
from router.ledger.location import LEDGER, Place
from router.ledger.log.verify import verify_ledger
from router.ledger.schema_version import VERSION, version_of
from unit.ledger_samples import begin, fill, put, tables

WRITTEN = Path(__file__).parent / "written_by_0_1_0" / "ledger.sqlite3.gz"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The file of a ledger that 0.1.0 wrote."""
    (tmp_path / LEDGER).write_bytes(gzip.decompress(WRITTEN.read_bytes()))
    return tmp_path / LEDGER


def test_a_new_ledger_has_the_version_of_today(place: Place) -> None:
    with closing(place.ledger()) as ledger, ledger.database.reading() as database:
        assert version_of(database) == VERSION


def test_a_ledger_of_a_later_version_is_refused_and_not_touched(place: Place) -> None:
    begin(place.ledger(), 3)
    with tables(place) as database:
        database.execute("UPDATE facts SET value = ? WHERE name = 'schema'", (b"99",))
    with pytest.raises(ConfigError, match="later version: its tables are of version 99, and this one knows 3"):
        place.ledger()


def test_what_older_heads_do_not_cover_is_told(older: Path) -> None:
    found = verify_ledger(older)
    assert found.findings == ()
    assert any("tables of an earlier version have no seals" in warning for warning in found.warnings)
    with closing(sqlite3.connect(older)) as database, database:
        database.execute("UPDATE configurations SET body = CAST(replace(body, '0.02', '0.03') AS BLOB)")
    (finding,) = verify_ledger(older).findings
    assert "its revision is another" in finding.sentence


def test_an_older_ledger_is_sealed_once_and_goes_on(older: Path) -> None:
    for _ in range(2):
        with closing(SqliteLedger(older)) as ledger:
            assert put(ledger, "SELECT COUNT(*) FROM seals WHERE name = 'schema'") == [(1,)]
            before = put(ledger, "SELECT COUNT(*) FROM requests")[0][0]
    with closing(SqliteLedger(older)) as ledger:
        fill(ledger, 1, 4)
        rows, _ = ledger.requests()
        assert len(rows) == before + 3
    found = verify_ledger(older)
    assert found.findings == ()
    assert any("are of an earlier version" in warning for warning in found.warnings)
    with closing(sqlite3.connect(older)) as database, database:
        database.execute("UPDATE words SET word = 'another' WHERE code = 3")
    assert "The word 3, in `words`," in verify_ledger(older).findings[0].sentence


def test_requests_that_stand_in_the_way_are_numbered_below_nought(older: Path) -> None:
    with closing(sqlite3.connect(older)) as database, database:
        database.execute("UPDATE requests SET seq = seq + 1000")
        order = [row for (row,) in database.execute("SELECT row FROM requests ORDER BY seq")]
    with closing(SqliteLedger(older)) as ledger:
        fill(ledger, 1, 2)
        assert ledger.requests()[0][:-1] == order
        assert put(ledger, "SELECT MIN(seq), MAX(seq) > 0 FROM requests")[0] == (-len(order), 1)
    assert verify_ledger(older).findings == ()


def test_the_state_of_ramps_of_an_older_ledger_is_summed_up(older: Path) -> None:
    with closing(sqlite3.connect(older)) as database, database:
        database.execute("INSERT INTO ramps VALUES ('to-phi', ?)", (b"{}",))
        database.executemany("INSERT INTO ramp_units VALUES ('to-phi', ?, ?)", [(1, "old"), (2, "one"), (2, "two")])
    SqliteLedger(older).close()
    assert verify_ledger(older).findings == ()
    with closing(sqlite3.connect(older)) as database, database:
        database.execute("DELETE FROM ramp_units WHERE unit = 'two'")
    (finding,) = verify_ledger(older).findings
    assert "The units that the ramp to-phi has seen" in finding.sentence


def test_seals_that_were_dropped_are_missed(tmp_path: Path) -> None:
    place = Place(tmp_path)
    begin(place.ledger(), 3)
    with tables(place) as database:
        database.execute("DROP TABLE seals")
    assert "The table `seals` was removed" in verify_ledger(place.log).findings[-1].sentence
