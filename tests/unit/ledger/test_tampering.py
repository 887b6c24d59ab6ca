"""Any single edit or deletion, in any table that a decision or a report rests on, is found and named."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.config import load
from router.errors import ProofError
from router.ledger.location import LEDGER, Place
from router.ledger.log.records import note
from router.ledger.log.verify import verify_ledger
from router.ledger.log.verify_tables import is_of_revision
from router.ledger.log.witness import attest
from router.ledger.ramp_store import _new_units, _put
from router.ramps import Totals
from unit.ledger_samples import begin, fill

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# Of SQLite itself, or nothing that anything rests on.
PASSED_OVER = {"sqlite_sequence"}
# What a deletion or an edit there is called, where that is not the table's own name.
NAMES = {
    "receipts": ("request",),
    "requests": ("`requests`",),
    "events": ("policy",),
    "records": ("caller",),
    "configurations": ("configuration",),
    "words": ("word",),
    "facts": ("fact",),
    "heads": ("head",),
    "ramps": ("ramp house",),
    "ramp_units": ("ramp house",),
    "ramp_sums": ("ramp house",),
    "entries": ("Entry", "Entries"),
    "nodes": ("Entries",),
    "tree": ("`tree`", "log had", "cut off"),
    "keys": ("counts of its keys",),
    "notices": ("no beginning", "Entry"),
    "seals": ("`seals`",),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed ledger with rows in every table."""
    folder = tmp_path_factory.mktemp("whole")
    place = Place(folder)
    begin(place.ledger(), 12)
    with closing(place.ledger()) as ledger:
        ledger.keep(load())
        with ledger.log.writing() as database:
            note(database, ledger.log, "caller", "caller", "app/0", b'{"key": "app"}')
            _put(database, "house", Totals())
            _new_units(database, "house", 1, ["one", "two", "three"])
        fill(ledger, 12, 14)
        ledger.log.rotate()
        attest(ledger.log, folder / "witness", "witness", 1_700_000_000)
    with closing(sqlite3.connect(folder / LEDGER)) as database, database:
        database.execute("PRAGMA journal_mode = DELETE")
    return folder / LEDGER


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: list(database.execute(f"SELECT * FROM {name}")) for name in names if name not in PASSED_OVER}


def test_every_table_has_rows_here(whole: Path) -> None:
    rows = tables(whole)
    assert set(rows) == set(NAMES)
    assert [name for name, there in rows.items() if not there] == []


def other(value: Any, chance: int) -> Any:
    """A value that is not this one."""
    if value is None:
        return b"x"
    if isinstance(value, int):
        return value + 1 + chance
    if isinstance(value, str):
        return value[: chance % (len(value) + 1)] + "x" + value[chance % (len(value) + 1) :]
    place = chance % max(1, len(value))
    return value[:place] + bytes([(value[place] + 1) % 256 if value else 1]) + value[place + 1 :]


def verified(path: Path) -> str:
    try:
        return " ".join(finding.sentence for finding in verify_ledger(path, now=NOW).findings)
    except ProofError as error:
        return error.message


def test_the_sample_is_sound(whole: Path) -> None:
    assert verified(whole) == ""
    assert verify_ledger(whole, now=NOW).warnings == ()


@given(data=st.data())
def test_a_single_edit_or_deletion_is_found_and_its_table_named(
    data: st.DataObject, whole: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = data.draw(st.sampled_from(sorted(NAMES)))
    path = tmp_path_factory.getbasetemp() / "tampered.sqlite3"
    shutil.copyfile(whole, path)
    with closing(sqlite3.connect(path)) as database, database:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        rows = list(database.execute(f"SELECT * FROM {table}"))
        row = data.draw(st.sampled_from(rows))
        where = " AND ".join(f"{column} IS ?" for column in columns)
        if data.draw(st.booleans()):
            changed = database.execute(f"DELETE FROM {table} WHERE {where}", row)
        else:
            place = data.draw(st.integers(0, len(columns) - 1))
            value = other(row[place], data.draw(st.integers(0, 200)))
            try:
                changed = database.execute(f"UPDATE {table} SET {columns[place]} = ? WHERE {where}", (value, *row))
            except sqlite3.IntegrityError:
                return
        assert changed.rowcount == 1
    words = verified(path)
    assert any(name in words for name in NAMES[table]), (table, row, words)


@pytest.mark.parametrize("body", [b"", b"no JSON", b"\xff", b"[]", b'{"a": 1}'])
def test_what_is_no_configuration_is_of_no_revision(body: bytes) -> None:
    assert not is_of_revision(body, "66688bd51734")
