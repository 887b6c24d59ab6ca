"""Seals that were written anew, or cut, do not come out at the signed heads; two that open a ledger seal it once."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from router.config import load
from router.errors import ProofError, Unreachable
from router.ledger import SqliteLedger
from router.ledger.db.database import Damaged
from router.ledger.db.file_place import FilePlace
from router.ledger.location import Place
from router.ledger.log.table_seals import rows_to_seal, seal
from router.ledger.log.verify import verify_ledger
from router.ledger.schema_version import prepare, version_of
from router.transparency.acknowledgement import Acknowledgement
from router.transparency.audit import Audit, Row
from router.transparency.entry import Entry, digest
from router.transparency.seals import Covered, parse_covered
from router.transparency.tree import leaf_hash
from unit.ledger_samples import begin, fill, tables


def sentences(place: Place) -> str:
    return " ".join(finding.sentence for finding in verify_ledger(place.log).findings)


def test_seals_that_were_cut_are_missed_by_the_heads_that_cover_them(place: Place) -> None:
    begin(place.ledger(), 20)
    with tables(place) as database:
        database.execute("DELETE FROM seals WHERE seq >= 3")
    assert "rows of `seals`, there are 2: the last were removed" in sentences(place)


def test_seals_that_were_written_anew_are_not_those_of_the_heads(place: Place) -> None:
    begin(place.ledger(), 20)
    with tables(place) as database:
        database.execute("UPDATE words SET word = 'forged' WHERE code = 3")
        database.execute("DELETE FROM seals")
        rows = list(rows_to_seal(database))
        seal(database, [*rows, *rows])
    assert "covers other rows of `seals`: what they seal was written anew" in sentences(place)


def test_what_a_head_covers_reads_as_it_was_written() -> None:
    said = Covered(7, bytes(range(32)), bytes(32))
    assert parse_covered(f"origin\n1\nroot\n{said.text}") == said
    assert parse_covered("origin\n1\nroot\n") is None
    assert parse_covered(said.text.replace(" 7 ", " seven ")) is None


def test_without_its_key_a_ledger_gives_the_head_that_it_has(place: Place) -> None:
    with closing(place.ledger()) as ledger:
        fill(ledger, 0, 2)
        signed = ledger.log.head()
        place.key.unlink()
        ledger.log._keys._keys.clear()
        ledger.keep(load())
        assert ledger.log.head() == signed, "all entries are covered"
        fill(ledger, 2, 3)
        with pytest.raises(ProofError, match="does not hold the key"):
            ledger.log.head()


def test_who_opens_second_finds_the_tables_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(SqliteLedger(tmp_path / "ledger.sqlite3")) as ledger:
        seen: list[int] = []

        def first_old(database: Any) -> int:
            seen.append(version_of(database))
            return 1 if len(seen) == 1 else seen[-1]

        monkeypatch.setattr("router.ledger.schema_version.version_of", first_old)
        prepare(ledger.database)
        assert len(seen) == 2
    assert FilePlace(tmp_path / "ledger.sqlite3").refuse_other() is None
    with pytest.raises(Unreachable):
        FilePlace(tmp_path / "none").refuse_other()


def test_an_acknowledgement_of_what_comes_later_acknowledges_nothing() -> None:
    body = Acknowledgement(5, "ann", "in advance").body()
    entry = Entry("acknowledgement", 0, "2026-01-01T00:00:00.000Z", "log", 0, "1", digest(body))
    audit = Audit(4)
    audit.rows([Row(0, entry.leaf(), leaf_hash(entry.leaf()), entry, body)])
    audit.report("clock", "It was set back.", 5)
    audit.end()
    assert [finding.wrong for finding in audit.findings] == ["clock"]


def test_a_receipt_that_is_not_what_its_entry_says_is_not_given_out(place: Place) -> None:
    begin(place.ledger(), 19)
    with tables(place) as database:
        database.execute("UPDATE receipts SET body = ? WHERE entry = 5", (b"{}",))
        database.execute("UPDATE entries SET leaf = ? WHERE seq = 6", (b"{}",))
    with closing(place.ledger()) as ledger:
        assert ledger.receipt(f"{2:032x}") is not None
        assert ledger.damage is None
        for number in (3, 4):
            with pytest.raises(Damaged, match="is not what its entry says"):
                ledger.receipt(f"{number:032x}")
        assert "is not what its entry says" in (ledger.damage or "")


def test_of_two_that_open_a_ledger_one_writes_each_fact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(SqliteLedger(tmp_path / "ledger.sqlite3")) as ledger:
        with monkeypatch.context() as late:
            late.setattr(ledger, "_first_cell", lambda *_: None)
            ledger._fact("salt", b"another")
        assert ledger._fact("salt", b"another") == ledger.salt


def test_a_head_that_cannot_be_read_is_a_finding_and_no_end(place: Place) -> None:
    begin(place.ledger(), 19)
    with tables(place) as database:
        database.execute("UPDATE heads SET note = 'nothing' WHERE id = 1")
    assert "The head 1 of the ledger can't be read" in sentences(place)
