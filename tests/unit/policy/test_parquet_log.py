"""A ledger's requests in Parquet: exported by day, read again, replayed alike, and brought into another ledger."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
from builders import ask, config, ending, exchange, features, model
from pyarrow import parquet

from router.config.revision import revision
from router.decision.decide import decide
from router.decision.receipt import settle
from router.errors import BadRequest, ConfigError, NotFound
from router.ids import first_id
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from router.policy.parquet import parquet_export, pyarrow_extra
from router.policy.parquet.batch_requests import requests_of
from router.policy.parquet.log_columns import rounded
from router.policy.parquet.parquet_export import CONFIGURATIONS, export_parquet
from router.policy.parquet.parquet_files import find_pieces, is_parquet, read_requests
from router.policy.parquet.parquet_import import import_parquet
from router.policy.replay.flip_causes import Versions
from router.policy.replay.replay import replay
from router.policy.replay.request_columns import unpack
from router.policy.replay.streamed.stream_replay import Here, count_keys, replay_files
from router.types import Caller, Receipt, Situation
from unit.replay_samples import versions

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
ROWS = replace(config(model("m")), revision=revision({}))


def receipt(number: int, **asked: object) -> Receipt:
    """The receipt of an hour: ten hours make it three days."""
    moment = START + timedelta(hours=5 * number)
    about = ask(unit=f"{number % 7:024x}", caller=Caller(f"key_{number % 3}", tags=("a", "b")[: number % 3]))
    facts = features(difficulty=number / 10, says=("x",) * (number % 2))
    situation = Situation(moment.date(), minute=moment.hour * 60)
    logged = exchange(decide(facts, about, situation, ROWS), facts, about, situation)
    return settle(replace(logged, id=f"{first_id(moment)}{number:020x}", time=moment), ending("m"), ROWS)


@pytest.fixture
def ledger(place: Place) -> Iterator[DatabaseLedger]:
    with closing(place.ledger()) as ledger:
        ledger.keep(ROWS)
        for number in range(12):
            ledger.append(receipt(number))
        ledger.flush()
        yield ledger


def test_each_day_has_a_folder_and_what_is_read_decides_alike(ledger: DatabaseLedger, tmp_path: Path) -> None:
    counts: list[int] = []
    exported = export_parquet(ledger, tmp_path / "log", advance=counts.append)
    assert (exported.requests, exported.days, exported.files, exported.unpackable) == (12, 3, 3, 0)
    assert sum(counts) == 12
    names = sorted(each.name for each in (tmp_path / "log").iterdir())
    assert names == ["day=2026-11-01", "day=2026-11-02", "day=2026-11-03"]
    streamed = replay_files(f"{tmp_path}/log/*.parquet", versions(), ("a", "b"), Here())
    assert streamed.replay.plain() == replay(unpack(*ledger.requests()), versions(), ("a", "b")).plain()
    assert streamed.replay.total.requests == 12


def test_columns_are_typed_and_hold_what_came_of_the_request(ledger: DatabaseLedger, tmp_path: Path) -> None:
    export_parquet(ledger, tmp_path)
    table = parquet.read_table(tmp_path / "day=2026-11-01" / "requests-0.parquet")
    row = table.to_pylist()[0]
    assert row["time"] == START
    assert (row["served"], row["outcome"], row["used_output_tokens"], row["key"]) == ("m", "ok", 60, "key_0")
    assert row["cost"] == receipt(0).cost
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["charged"] == "decimal128(38, 18)"
    assert kinds["tags"].startswith("list<")
    assert kinds["difficulty"] == "double"


def test_a_day_is_replaced_whole_and_others_stay(ledger: DatabaseLedger, tmp_path: Path) -> None:
    export_parquet(ledger, tmp_path)
    ledger.append(replace(receipt(11), id=f"{receipt(11).id[:-1]}f"))
    day = START.replace(hour=0) + timedelta(days=2)
    assert export_parquet(ledger, tmp_path, since=day, until=day + timedelta(days=1)).days == 1
    assert sum(piece.rows for piece in find_pieces(str(tmp_path))) == 13
    with pytest.raises(BadRequest, match="Whole days"):
        export_parquet(ledger, tmp_path, since=START)


def test_what_breaks_an_export_leaves_no_half_day(
    ledger: DatabaseLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_export, "ROWS_A_GROUP", 3)

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(parquet.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        export_parquet(ledger, tmp_path / "log")
    assert list((tmp_path / "log").iterdir()) == []


def test_large_days_have_several_files_and_pieces(
    ledger: DatabaseLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_export, "ROWS_A_GROUP", 1)
    monkeypatch.setattr(parquet_export, "ROWS_A_FILE", 3)
    monkeypatch.setattr("router.policy.parquet.parquet_files.ROWS_A_PIECE", 1)
    monkeypatch.setattr("router.ledger.kept_requests.AT_ONCE", 1)
    assert export_parquet(ledger, tmp_path).requests == 12
    pieces = find_pieces(str(tmp_path))
    assert sum(piece.rows for piece in pieces) == sum(len(each) for piece in pieces for each in read_requests(piece))


def test_receipts_of_an_earlier_version_are_packed_anew(ledger: DatabaseLedger, tmp_path: Path) -> None:
    before = unpack(*ledger.requests())
    with ledger.database.writing() as database:
        database.execute("DELETE FROM requests WHERE seq > ?", (6,))
        database.execute("UPDATE receipts SET id = 'of elsewhere' WHERE entry = ?", (1,))
    assert export_parquet(ledger, tmp_path).requests == 12
    again = [
        each.at(row)
        for piece in find_pieces(str(tmp_path))
        for each in read_requests(piece)
        for row in range(len(each))
    ]
    assert sorted(map(str, again)) == sorted(str(before.at(row)) for row in range(12))


def test_what_fits_in_no_row_is_counted(tmp_path: Path) -> None:
    with closing(SqliteLedger()) as ledger:
        ledger.append(replace(receipt(0), situation=Situation(START.date(), minute=-1)))
        exported = export_parquet(ledger, tmp_path)
    assert (exported.requests, exported.unpackable, exported.files) == (0, 1, 0)
    with pytest.raises(NotFound, match="No Parquet file matches"):
        find_pieces(str(tmp_path))


def test_receipts_go_into_another_ledger_byte_for_byte(ledger: DatabaseLedger, tmp_path: Path) -> None:
    export_parquet(ledger, tmp_path / "log", receipts=True)
    file = tmp_path / "other" / "ledger.sqlite3"
    with closing(SqliteLedger(file)) as other:
        imported = import_parquet(other, tmp_path / "log")
        assert (imported.receipts, imported.known, imported.configurations) == (12, 0, 1)
        assert list(other.receipts()) == list(ledger.receipts())
        assert other.configuration(ROWS.revision) == ledger.configuration(ROWS.revision)
        again = import_parquet(other, tmp_path / "log")
        assert (again.receipts, again.known, again.configurations) == (0, 12, 0)
    assert verify_ledger(file).findings == ()


def test_an_import_says_what_it_lacks(ledger: DatabaseLedger, tmp_path: Path) -> None:
    export_parquet(ledger, tmp_path / "plain")
    with closing(SqliteLedger()) as other:
        with pytest.raises(BadRequest, match="export the log with"):
            import_parquet(other, tmp_path / "plain")
        configurations = tmp_path / "plain" / CONFIGURATIONS
        configurations.write_text("")
        with pytest.raises(BadRequest, match="has no receipts"):
            import_parquet(other, tmp_path / "plain")
        for line, words in (("{", "is no configuration"), ('{"revision": "r", "documents": {}, "texts": {}}', "hash")):
            configurations.write_text(line)
            with pytest.raises(ConfigError, match=words):
                import_parquet(other, tmp_path / "plain")
        configurations.write_text("")
        odd = tmp_path / "plain" / "odd"
        odd.mkdir()
        for each in (tmp_path / "plain").glob("day=*/*"):
            each.unlink()
        parquet.write_table(pyarrow.table({"receipt": [b"{}"]}), odd / "x.parquet")
        with pytest.raises(ConfigError, match="is no receipt"):
            import_parquet(other, tmp_path / "plain")


def batch(**changes: object) -> pyarrow.RecordBatch:
    with closing(SqliteLedger()) as ledger:
        ledger.append(receipt(0))
        ledger.flush()
        columns = parquet_export.decided_columns(unpack(*ledger.requests()))
    for name, values in changes.items():
        if values is None:
            del columns[name]
        else:
            columns[name] = values
    return pyarrow.RecordBatch.from_pydict(columns)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": None}, "has no column 'unit'"),
        ({"difficulty": pyarrow.array([None], pyarrow.float64())}, "'difficulty' has 1 rows without a value"),
        ({"choices": pyarrow.array(["many"])}, "'choices' is string, where int64 was meant"),
        ({"permit": pyarrow.array(["no JSON"])}, "log.parquet: "),
    ],
)
def test_a_column_that_is_not_as_it_must_be_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        requests_of(batch(**changes), "log.parquet")


def test_plain_words_and_separators_are_read_too() -> None:
    read = requests_of(batch(task=pyarrow.array(["chat"]), tags=pyarrow.array([["a\x1fb", ""]])), "x")
    assert (read.task.at(0), read.tags.at(0)) == ("chat", ("a\x1fb", ""))
    assert requests_of(batch(tags=pyarrow.array([[""]])), "x").tags.at(0) == ("",)
    traits = requests_of(batch(traits=pyarrow.array([[0.5, 1.0]])), "x").traits
    assert traits.tolist() == [[0.5, 1.0]]


def test_facts_that_a_file_lacks_are_as_by_default() -> None:
    read = requests_of(batch(stakes=None, says=None, temperature=None, calendar_day=None), "x")
    about, _, situation = read.at(0)
    assert (about.stakes, about.says, about.temperature, situation.calendar_day) == ("ordinary", (), None, 0)


def test_a_log_without_keys_or_requests_is_told_so(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"id": ["x"]}), tmp_path / "keyless.parquet")
    (piece,) = find_pieces(str(tmp_path / "keyless.parquet"))
    assert not count_keys([piece])
    with pytest.raises(ConfigError, match="has no column 'unit'"):
        replay_files(str(tmp_path), versions(), ("a", "b"), Here())
    (tmp_path / "keyless.parquet").unlink()
    parquet.write_table(pyarrow.table({"id": pyarrow.array([], pyarrow.string())}), tmp_path / "empty.parquet")
    with pytest.raises(NotFound, match="hold no requests"):
        replay_files(str(tmp_path), versions(), ("a", "b"), Here())


def test_what_is_no_parquet_or_out_of_reach_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(ConfigError, match=r"x\.parquet: is no Parquet file"):
        find_pieces(str(tmp_path / "x.parquet"))
    with pytest.raises(ConfigError, match="can't be looked into"):
        find_pieces("nothing://here/*.parquet")
    with pytest.raises(NotFound, match="No Parquet file matches"):
        find_pieces(f"file://{tmp_path}/none/*.parquet")
    assert [is_parquet(each) for each in ("ledger", "x.parquet", "s3://b/x", "a*", "x.jsonl")] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_a_file_that_breaks_off_is_named(ledger: DatabaseLedger, tmp_path: Path) -> None:
    export_parquet(ledger, tmp_path)
    path = tmp_path / "day=2026-11-01" / "requests-0.parquet"
    whole = bytearray(path.read_bytes())
    whole[4:400] = bytes(396)
    path.write_bytes(whole)
    with pytest.raises(ConfigError, match=r"requests-0\.parquet: "):
        replay_files(str(tmp_path), Versions(*versions()[:2]), ("a", "b"), Here())


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyarrow_extra, "_PARTS", ("pyarrow.not_there",))
    with pytest.raises(ConfigError, match=r"pip install 'fungible\[parquet\]'"):
        pyarrow_extra.pyarrow()


def test_money_that_no_column_holds_is_left_open() -> None:
    assert rounded(Decimal("1e25")) is None
    assert rounded(Decimal("0.1")) == Decimal("0.1")


def test_every_column_is_in_the_documents(ledger: DatabaseLedger, tmp_path: Path) -> None:
    export_parquet(ledger, tmp_path)
    page = (Path(__file__).parents[3] / "docs" / "replay-at-size.md").read_text(encoding="utf-8")
    rows = [line for line in page.split("## The columns")[1].split("\n\n")[2].splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    files = (tmp_path / "day=2026-11-01").iterdir()
    assert sorted(named) == sorted(parquet.read_schema(next(files)).names)
