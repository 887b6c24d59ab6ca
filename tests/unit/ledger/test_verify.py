"""Whoever tampers with a ledger, in a file or on a server, is found out; the entry that it concerns is told."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from postgres_server import Server

from router.errors import ProofError
from router.ledger.db.database import Connection
from router.ledger.location import Place
from router.ledger.log.append import Record, append
from router.ledger.log.signing_key_file import new_key, read_key
from router.ledger.log.verify import Verified, verify_ledger
from router.transparency.checkpoint import Checkpoint
from router.transparency.entry import Entry
from router.transparency.note import signed
from router.transparency.signed_heads import parse_head
from router.transparency.tree import leaf_hash
from unit.ledger_samples import begin, fill, put, receipt, tables, ticking


@pytest.fixture(scope="session")
def samples_on_server(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Place, Place]]:
    """A sample that nobody touches, and one for tampering that is made like it each time: faster than from nothing."""
    folder = tmp_path_factory.mktemp("sample")
    with postgres_server.schema() as first, postgres_server.schema() as other:
        begin(Place(folder, first).ledger())
        yield [Place(folder, first), Place(folder, other)]


@pytest.fixture(params=["sqlite", "postgres"])
def sampled(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        begin(Place(tmp_path).ledger())
        return Place(tmp_path)
    made, sampled = request.getfixturevalue("samples_on_server")
    request.getfixturevalue("postgres_server").restore(made.url, sampled.url)
    return sampled


def tampered(place: Place, *statements: str) -> Verified:
    with tables(place) as database:
        for statement in statements:
            database.execute(statement)
    return verify_ledger(place.log)


def told(verified: Verified) -> list[tuple[str, int | None]]:
    return [(finding.wrong, finding.sequence) for finding in verified.findings]


def sentences(verified: Verified) -> str:
    return " ".join(finding.sentence for finding in verified.findings)


def test_a_sound_ledger_is_found_sound(sampled: Place) -> None:
    steps: list[int] = []
    verified = verify_ledger(sampled.log, advance=steps.append)
    assert (verified.findings, verified.size, verified.heads) == ((), 40, 2)
    assert sum(steps) == 40


@pytest.mark.parametrize(
    ("statements", "wrong", "sequence", "words"),
    [
        (["UPDATE receipts SET body = replace(body, 'ok', 'no') WHERE entry = 12"], "changed", 12, "its record"),
        (["UPDATE events SET body = '{}'"], "changed", 1, "the policy 1"),
        (["UPDATE entries SET leaf = replace(leaf, 'key_a', 'key_b') WHERE seq = 9"], "changed", 9, "hash"),
        (["UPDATE entries SET leaf = 'nothing' WHERE seq = 9"], "changed", 9, "can't be read"),
        (["UPDATE entries SET leaf = '{}' WHERE seq = 9"], "changed", 9, "can't be read"),
        (["UPDATE nodes SET hash = zeroblob(32) WHERE level = 4 AND position = 1"], "changed", 16, "Entries 16 to 31"),
        (["UPDATE tree SET peaks = zeroblob(64)"], "changed", None, "grow"),
        (["UPDATE keys SET count = 99 WHERE key = 'key_a'"], "changed", None, "counts of its keys"),
        (["DELETE FROM receipts WHERE entry = 12"], "removed", 12, "was removed"),
        (["DELETE FROM events"], "removed", 1, "the policy 1"),
        (["DELETE FROM entries WHERE seq = 12"], "removed", 12, "Entry 12 is missing"),
        (["DELETE FROM entries WHERE seq BETWEEN 12 AND 14"], "removed", 12, "Entries 12 to 14 are missing"),
        (
            ["DELETE FROM entries WHERE seq = 12", "UPDATE entries SET seq = seq - 1 WHERE seq > 12"],
            "removed",
            12,
            "entry 13 stands there",
        ),
        (["INSERT INTO receipts VALUES ('zz', '{}', 12, NULL)"], "inserted", 12, "The receipt zz was inserted"),
        (["INSERT INTO receipts VALUES ('zz', '{}', 99, NULL)"], "inserted", 99, "The receipt zz was inserted"),
        (["INSERT INTO receipts VALUES ('zz', '{}', NULL, NULL)"], "changed", 0, "before the log began"),
        (["INSERT INTO events VALUES (2, '{}')"], "inserted", None, "The event 2 was inserted"),
        (
            ["INSERT INTO entries SELECT 40, leaf, hash FROM entries WHERE seq = 39"],
            "inserted",
            40,
            "inserted at entry 40",
        ),
        (
            [
                "UPDATE entries SET seq = -seq - 1 WHERE seq >= 12",
                "UPDATE entries SET seq = -seq WHERE seq < 0",
                "INSERT INTO entries SELECT 12, leaf, hash FROM entries WHERE seq = 11",
                "UPDATE tree SET size = size + 1",
            ],
            "inserted",
            12,
            "A row was inserted at entry 12",
        ),
        (
            [
                "UPDATE entries SET seq = -1 WHERE seq = 5",
                "UPDATE entries SET seq = 5 WHERE seq = 9",
                "UPDATE entries SET seq = 9 WHERE seq = -1",
            ],
            "reordered",
            5,
            "entry 9 stands at 5",
        ),
        (["DELETE FROM entries WHERE seq >= 30"], "truncated", 30, "Entries 30 to 39 are missing at the end"),
        (["DELETE FROM entries WHERE seq = 39"], "truncated", 39, "Entry 39 is missing at the end"),
        (
            ["UPDATE heads SET note = replace(note, 'fungible/', 'fungibel/') WHERE size = 21"],
            "head",
            None,
            "not signed",
        ),
    ],
)
def test_tampering_is_told_with_its_entry(
    sampled: Place, statements: list[str], wrong: str, sequence: int | None, words: str
) -> None:
    verified = tampered(sampled, *statements)
    assert (wrong, sequence) in told(verified)
    assert words in sentences(verified)
    assert len(verified.findings) < 50


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE receipts SET body = replace(body, 'ok', 'no') WHERE entry = 12",
        "UPDATE entries SET leaf = replace(leaf, 'key_a', 'key_b') WHERE seq = 9",
        "DELETE FROM receipts WHERE entry = 12",
        "UPDATE nodes SET hash = zeroblob(32) WHERE level = 4 AND position = 1",
        "INSERT INTO receipts VALUES ('zz', '{}', 12, NULL)",
    ],
)
def test_one_fault_is_told_once(sampled: Place, statement: str) -> None:
    assert len(tampered(sampled, statement).findings) == 1


def cut(sampled: Place, size: int) -> None:
    """Truncate as somebody does who knows the format: nothing in the file speaks of the tail any more."""
    with tables(sampled) as database:
        kept = list(database.execute("SELECT leaf FROM entries WHERE seq < ? ORDER BY seq", (size,)))
        rewrite(database, [leaf for (leaf,) in kept])
        for table, column in (("receipts", "entry"), ("requests", "seq")):
            database.execute(f"DELETE FROM {table} WHERE {column} >= ?", (size,))


def rewrite(database: Connection, leaves: list[bytes]) -> None:
    """The log with other leaves, and everything over them made anew, but for what was signed."""
    for table in ("entries", "nodes", "tree", "keys"):
        database.execute(f"DELETE FROM {table}")
    for id in list(database.execute("SELECT id FROM heads WHERE size > ?", (len(leaves),))):  # noqa: A001
        # The seal of the newest head is the last of all, so the chain does not show that it is gone.
        database.execute("DELETE FROM seals WHERE kind = 'head' AND name = ?", (str(id[0]),))
    database.execute("DELETE FROM heads WHERE size > ?", (len(leaves),))
    for leaf in leaves:
        entry = Entry(**orjson.loads(leaf))
        record = Record(entry.kind, entry.key, entry.subject, entry.body, entry.prompt, entry.answer, entry.beside)
        append(database, [record], entry.time)


def test_a_tail_that_was_cut_with_care_is_found_by_a_saved_head(sampled: Place) -> None:
    with closing(sampled.ledger()) as ledger:
        saved = parse_head("saved.checkpoint", str(ledger.log.head()))
    cut(sampled, 30)
    assert verify_ledger(sampled.log).findings == ()
    (finding,) = verify_ledger(sampled.log, [saved]).findings
    assert (finding.wrong, finding.sequence) == ("truncated", 30)
    assert "saved.checkpoint has 40 entries, the log has 30" in finding.sentence


def test_a_log_that_was_rewritten_whole_does_not_come_out_at_its_signed_heads(sampled: Place) -> None:
    with tables(sampled) as database:
        leaves = [leaf for (leaf,) in database.execute("SELECT leaf FROM entries ORDER BY seq")]
        changed = Entry(**(orjson.loads(leaves[30]) | {"prompt": "0" * 64}))
        rewrite(database, [*leaves[:30], changed.leaf(), *leaves[31:]])
    (finding,) = verify_ledger(sampled.log).findings
    assert (finding.wrong, finding.sequence) == ("changed", 21)
    assert "rewritten somewhere in entries 21 to 39" in finding.sentence


def test_two_heads_of_one_size_are_a_fork(sampled: Place) -> None:
    key = read_key(sampled.key)
    other = str(signed(Checkpoint(key.name, 21, leaf_hash(b"another past")).text, key))
    (finding,) = verify_ledger(sampled.log, [parse_head("other.checkpoint", other)]).findings
    assert (finding.wrong, finding.sequence) == ("forked", 20)
    assert "Two heads of 21 entries have different roots, in the ledger and in other.checkpoint" in finding.sentence
    with tables(sampled) as database:
        database.execute("INSERT INTO heads (size, note) VALUES (21, ?)", (other,))
    assert told(verify_ledger(sampled.log)) == [("forked", 20), ("inserted", None)]


def test_a_clock_that_was_set_back_is_told(place: Place) -> None:
    begin(place.ledger(), 20)
    with closing(place.ledger()) as ledger:
        ledger.log.clock = ticking(start=datetime(2025, 12, 31, 23, tzinfo=UTC))
        fill(ledger, 20, 25)
    (finding,) = verify_ledger(place.log).findings
    assert (finding.wrong, finding.sequence) == ("clock", 22)
    assert "the clock was set back by 3,6" in finding.sentence


def test_a_small_step_of_the_clock_is_no_finding(place: Place) -> None:
    with closing(place.ledger()) as ledger:
        ledger.log.clock = ticking(-0.5)
        fill(ledger, 0, 5)
    assert verify_ledger(place.log).findings == ()


def test_an_entry_left_out_of_a_key_shows_even_where_all_was_hashed_anew(sampled: Place) -> None:
    with tables(sampled) as database:
        leaves = [orjson.loads(leaf) for (leaf,) in database.execute("SELECT leaf FROM entries ORDER BY seq")]
        database.execute("DELETE FROM heads")
        rows = [Entry(**leaf | {"sequence": place}) for place, leaf in enumerate(leaves[:12] + leaves[13:])]
        rewrite(database, [row.leaf() for row in rows])
        # Their numbers within the key stay what they were.
        database.execute("DELETE FROM nodes")
        for place, row in enumerate(rows):
            database.execute(
                "UPDATE entries SET leaf = ?, hash = ? WHERE seq = ?", (row.leaf(), leaf_hash(row.leaf()), place)
            )
    assert "omitted" in {wrong for wrong, _ in told(verify_ledger(sampled.log))}


def test_a_key_from_outside_is_believed_before_the_log_itself(sampled: Place) -> None:
    other = new_key(read_key(sampled.key).name).public
    assert verify_ledger(sampled.log, trusted=read_key(sampled.key).public).findings == ()
    assert {finding.wrong for finding in verify_ledger(sampled.log, trusted=other).findings} == {"head"}


def test_what_came_before_the_log_is_held_together_by_one_hash(place: Place) -> None:
    with closing(place.ledger()) as ledger:
        body = b"an old receipt"
        put(ledger, "INSERT INTO receipts (id, body) VALUES ('old', ?)", body)
        put(ledger, "INSERT INTO events (body) VALUES ('{}')")
        fill(ledger, 0, 3)
        assert ledger.receipt("old") == body
    assert verify_ledger(place.log).findings == ()
    assert told(tampered(place, "UPDATE receipts SET body = 'new' WHERE id = 'old'")) == [("changed", 0)]


def test_what_there_was_before_the_log_can_not_be_said_otherwise(sampled: Place) -> None:
    assert told(tampered(sampled, "UPDATE notices SET body = replace(body, ':0,', ':1,')"))[0][0] == "changed"


@pytest.mark.parametrize(
    "statement", ["DELETE FROM notices", "UPDATE notices SET body = 'nothing'", "UPDATE notices SET body = '[1]'"]
)
def test_a_log_without_its_beginning_is_refused(sampled: Place, statement: str) -> None:
    with pytest.raises(ProofError, match="no beginning"):
        tampered(sampled, statement)


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"SQLite format 3\0" + bytes(2000))
    with pytest.raises(ProofError, match="damaged, or no ledger"):
        verify_ledger(path)
    older = tmp_path / "older.sqlite3"
    with closing(sqlite3.connect(older)) as database, database:
        database.execute("CREATE TABLE receipts (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID")
    with pytest.raises(ProofError, match="There is no log yet"):
        verify_ledger(older)


def test_an_entry_that_another_hand_appended_is_told(sampled: Place) -> None:
    with tables(sampled) as database:
        before = database.execute("SELECT size, peaks FROM tree").fetchone()
        append(database, [Record("request", "key_a", "forged", "0" * 64)], "2026-01-02T00:00:00.000Z")
        database.execute("UPDATE tree SET size = ?, peaks = ?", before)
    verified = verify_ledger(sampled.log)
    assert ("inserted", 40) in told(verified)
    assert "Entry 40 is inserted: the log had only 40 entries." in sentences(verified)


def test_an_entry_without_a_time_is_a_clock_set_back(sampled: Place) -> None:
    with tables(sampled) as database:
        leaves = [orjson.loads(leaf) for (leaf,) in database.execute("SELECT leaf FROM entries ORDER BY seq")]
        database.execute("DELETE FROM heads")
        leaves[30]["time"] = "never"
        rewrite(database, [Entry(**leaf).leaf() for leaf in leaves])
    assert ("clock", 30) in told(verify_ledger(sampled.log))


def test_appending_goes_on_beside_a_verification(sampled: Place) -> None:
    with closing(sampled.ledger()) as ledger:
        ledger.append(receipt("a" * 32))
        ledger.flush()
        assert verify_ledger(sampled.log).size == 41
        assert ledger.log.identity().origin == verify_ledger(sampled.log).origin
