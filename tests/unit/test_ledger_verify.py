"""Whoever tampers with a ledger's file is found out, and told of with the entry that it concerns."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from router.errors import ProofError
from router.ledger import SqliteLedger
from router.ledger.growing import Record, append
from router.ledger.keyfile import read_key
from router.ledger.verify import Verified, verify_ledger
from router.proving.checkpoint import Checkpoint
from router.proving.entry import Entry
from router.proving.heads import parse_head
from router.proving.note import signed
from router.proving.tree import leaf_hash
from unit.ledger_samples import fill, put, receipt, sample, ticking

Tamper = Callable[[sqlite3.Connection], object]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return sample(tmp_path / "ledger.sqlite3")


def tampered(path: Path, *statements: str) -> Verified:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)
    return verify_ledger(path)


def told(found: Verified) -> list[tuple[str, int | None]]:
    return [(one.wrong, one.sequence) for one in found.findings]


def sentences(found: Verified) -> str:
    return " ".join(one.sentence for one in found.findings)


def test_a_sound_ledger_is_found_sound(path: Path) -> None:
    steps: list[int] = []
    found = verify_ledger(path, advance=steps.append)
    assert (found.findings, found.size, found.heads) == ((), 40, 2)
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
        (["INSERT INTO events (body) VALUES ('{}')"], "inserted", None, "The event 2 was inserted"),
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
    path: Path, statements: list[str], wrong: str, sequence: int | None, words: str
) -> None:
    found = tampered(path, *statements)
    assert (wrong, sequence) in told(found)
    assert words in sentences(found)
    assert len(found.findings) < 50


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
def test_one_fault_is_told_once(path: Path, statement: str) -> None:
    assert len(tampered(path, statement).findings) == 1


def cut(path: Path, size: int) -> None:
    """Truncate as somebody does who knows the format: nothing in the file speaks of the tail any more."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        kept = list(database.execute("SELECT leaf FROM entries WHERE seq < ? ORDER BY seq", (size,)))
        rewrite(database, [leaf for (leaf,) in kept])
        database.execute("DELETE FROM receipts WHERE entry >= ?", (size,))


def rewrite(database: sqlite3.Connection, leaves: list[bytes]) -> None:
    """The log with other leaves, and everything over them made anew, but for what was signed."""
    for table in ("entries", "nodes", "tree", "keys"):
        database.execute(f"DELETE FROM {table}")
    database.execute("DELETE FROM heads WHERE size > ?", (len(leaves),))
    for leaf in leaves:
        entry = Entry(**orjson.loads(leaf))
        record = Record(entry.kind, entry.key, entry.subject, entry.body, entry.prompt, entry.answer)
        append(database, [record], entry.time)


def test_a_tail_that_was_cut_with_care_is_found_by_a_saved_head(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        saved = parse_head("saved.checkpoint", str(ledger.log.head()))
    cut(path, 30)
    assert verify_ledger(path).findings == ()
    (finding,) = verify_ledger(path, [saved]).findings
    assert (finding.wrong, finding.sequence) == ("truncated", 30)
    assert "saved.checkpoint has 40 entries, the log has 30" in finding.sentence


def test_a_log_that_was_rewritten_whole_does_not_come_out_at_its_signed_heads(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        leaves = [leaf for (leaf,) in database.execute("SELECT leaf FROM entries ORDER BY seq")]
        changed = Entry(**(orjson.loads(leaves[30]) | {"prompt": "0" * 64}))
        rewrite(database, [*leaves[:30], changed.leaf(), *leaves[31:]])
    (finding,) = verify_ledger(path).findings
    assert (finding.wrong, finding.sequence) == ("changed", 21)
    assert "rewritten somewhere in entries 21 to 39" in finding.sentence


def test_two_heads_of_one_size_are_a_fork(path: Path) -> None:
    key = read_key(path.with_suffix(".key"))
    other = str(signed(Checkpoint(key.name, 21, leaf_hash(b"another past")).text, key))
    (finding,) = verify_ledger(path, [parse_head("other.checkpoint", other)]).findings
    assert (finding.wrong, finding.sequence) == ("forked", 20)
    assert "Two heads of 21 entries have different roots, in the ledger and in other.checkpoint" in finding.sentence
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO heads (size, note) VALUES (21, ?)", (other,))
    assert told(verify_ledger(path)) == [("forked", 20)]


def test_a_clock_that_was_set_back_is_told(tmp_path: Path) -> None:
    path = sample(tmp_path / "ledger.sqlite3", 20)
    with closing(SqliteLedger(path)) as ledger:
        ledger.log.clock = ticking(start=datetime(2025, 12, 31, 23, tzinfo=UTC))
        fill(ledger, 20, 25)
    (finding,) = verify_ledger(path).findings
    assert (finding.wrong, finding.sequence) == ("clock", 22)
    assert "the clock was set back by 3,6" in finding.sentence


def test_a_small_step_of_the_clock_is_no_finding(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(SqliteLedger(path)) as ledger:
        ledger.log.clock = ticking(-0.5)
        fill(ledger, 0, 5)
    assert verify_ledger(path).findings == ()


def test_an_entry_left_out_of_a_key_shows_even_where_all_was_hashed_anew(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        leaves = [orjson.loads(leaf) for (leaf,) in database.execute("SELECT leaf FROM entries ORDER BY seq")]
        database.execute("DELETE FROM heads")
        rows = [Entry(**told | {"sequence": place}) for place, told in enumerate(leaves[:12] + leaves[13:])]
        rewrite(database, [row.leaf() for row in rows])
        # Their numbers within the key stay what they were.
        database.execute("DELETE FROM nodes")
        for place, row in enumerate(rows):
            database.execute(
                "UPDATE entries SET leaf = ?, hash = ? WHERE seq = ?", (row.leaf(), leaf_hash(row.leaf()), place)
            )
    assert "omitted" in {wrong for wrong, _ in told(verify_ledger(path))}


def test_a_key_from_outside_is_believed_before_the_log_itself(path: Path) -> None:
    other = read_key(sample(path.parent / "other.sqlite3").with_suffix(".key")).public
    assert verify_ledger(path, trusted=read_key(path.with_suffix(".key")).public).findings == ()
    assert {one.wrong for one in verify_ledger(path, trusted=other).findings} == {"head"}


def test_what_came_before_the_log_is_held_together_by_one_hash(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    with closing(SqliteLedger(path)) as ledger:
        body = b"an old receipt"
        put(ledger, "INSERT INTO receipts (id, body) VALUES ('old', ?)", body)
        put(ledger, "INSERT INTO events (body) VALUES ('{}')")
        fill(ledger, 0, 3)
        assert ledger.receipt("old") == body
    assert verify_ledger(path).findings == ()
    assert told(tampered(path, "UPDATE receipts SET body = 'new' WHERE id = 'old'")) == [("changed", 0)]
    path = sample(tmp_path / "other.sqlite3")
    assert told(tampered(path, "UPDATE notices SET body = replace(body, ':0,', ':1,')"))[0][0] == "changed"


@pytest.mark.parametrize(
    "statement", ["DELETE FROM notices", "UPDATE notices SET body = 'nothing'", "UPDATE notices SET body = '[1]'"]
)
def test_a_log_without_its_beginning_is_refused(path: Path, statement: str) -> None:
    with pytest.raises(ProofError, match="no beginning"):
        tampered(path, statement)


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


def test_an_entry_that_another_hand_appended_is_told(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        before = database.execute("SELECT size, peaks FROM tree").fetchone()
        append(database, [Record("request", "key_a", "forged", "0" * 64)], "2026-01-02T00:00:00.000Z")
        database.execute("UPDATE tree SET size = ?, peaks = ?", before)
    found = verify_ledger(path)
    assert ("inserted", 40) in told(found)
    assert "Entry 40 is inserted: the log had only 40 entries." in sentences(found)


def test_an_entry_without_a_time_is_a_clock_set_back(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        leaves = [orjson.loads(leaf) for (leaf,) in database.execute("SELECT leaf FROM entries ORDER BY seq")]
        database.execute("DELETE FROM heads")
        leaves[30]["time"] = "never"
        rewrite(database, [Entry(**leaf).leaf() for leaf in leaves])
    assert told(verify_ledger(path)) == [("clock", 30)]


def test_appending_goes_on_beside_a_verification(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.append(receipt("a" * 32))
        ledger.flush()
        assert verify_ledger(path).size == 41
        assert ledger.log.identity().origin == verify_ledger(path).origin
