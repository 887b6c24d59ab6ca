"""Exports a ledger's requests to Parquet, a folder for each day.

Invariant: a day appears whole or not at all, and a day that was exported before is replaced as a whole; nothing that is
written has a word of a prompt or an answer.
"""

import shutil
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from router.errors import BadRequest
from router.ledger import DatabaseLedger
from router.ledger.kept_requests import KeptRequest, kept_requests
from router.ledger.packed_request import pack
from router.ledger.receipt_json import parse_receipt
from router.policy.parquet.log_columns import RECEIPT, decided_columns, outcome_columns
from router.policy.parquet.pyarrow_extra import pyarrow
from router.policy.replay.request_columns import Logged, Requests, gathered, unpack

CONFIGURATIONS = "configurations.jsonl"
ROWS_A_FILE = 1_048_576
ROWS_A_GROUP = 65_536
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Exported:
    """What was written; `unpackable` are receipts whose numbers fit in no row, which are left out."""

    requests: int = 0
    days: int = 0
    files: int = 0
    unpackable: int = 0


def export_parquet(
    ledger: DatabaseLedger,
    out: Path,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    receipts: bool = False,
    advance: Callable[[int], object] = int,
) -> Exported:
    """Write the requests of a stretch of whole days; with `receipts`, these too, for an import elsewhere.

    Raises BadRequest for times that are no midnights in UTC, ConfigError without pyarrow.
    """
    for moment in (since, until):
        if moment is not None and moment.astimezone(UTC).time() != datetime.min.time():
            raise BadRequest("Whole days are exported, from midnight UTC: give a day such as 2026-11-01.")
    out.mkdir(parents=True, exist_ok=True)
    exported = Exported()
    with _Days(out, exported) as days:
        for page in kept_requests(ledger, since, until):
            for day, rows in _by_day(page.rows).items():
                for table in _tables(rows, page.words, exported, receipts=receipts):
                    days.write(day, table)
            advance(len(page.rows))
    if receipts:
        _write_configurations(ledger, out / CONFIGURATIONS)
    return exported


def _by_day(rows: Sequence[KeptRequest]) -> Mapping[str, list[KeptRequest]]:
    """Requests by the day of their ids, in turn."""
    days: dict[str, list[KeptRequest]] = {}
    for row in rows:
        days.setdefault(_day(row.id), []).append(row)
    return days


def _day(id: str) -> str:  # noqa: A002
    """The day that an id begins with: milliseconds since 1970 in hexadecimal; of an id from elsewhere the first day."""
    try:
        return (_EPOCH + timedelta(milliseconds=int(id[:12], 16))).date().isoformat()
    except (ValueError, OverflowError):
        return _EPOCH.date().isoformat()


def _tables(rows: Sequence[KeptRequest], words: Sequence[str], exported: Exported, *, receipts: bool) -> Iterator[Any]:
    """The columns of requests whose packed rows are kept, and of others, which are packed from their receipts."""
    packed = [(row.packed, row.body) for row in rows if row.packed is not None]
    if packed:
        yield _table(unpack([each for each, _ in packed], words), [body for _, body in packed], receipts=receipts)
    others = [row.body for row in rows if row.packed is None]
    logged = [(body, each) for body in others if (each := _packable(body)) is not None]
    exported.unpackable += len(others) - len(logged)
    if logged:
        yield _table(gathered(each for _, each in logged), [body for body, _ in logged], receipts=receipts)


def _packable(body: bytes) -> Logged | None:
    """What a receipt was decided on, or None where a number of it fits in no row."""
    receipt = parse_receipt(body)
    logged = receipt.id, receipt.features, receipt.ask, receipt.situation
    try:
        pack(*logged, lambda _: 0)
    except (TypeError, ValueError, OverflowError, struct.error):
        return None
    return logged


def _table(requests: Requests, bodies: Sequence[bytes], *, receipts: bool) -> Any:
    arrow = pyarrow()
    columns = decided_columns(requests) | outcome_columns([orjson.loads(body) for body in bodies])
    if receipts:
        columns[RECEIPT] = arrow.array(bodies, arrow.binary())
    return arrow.table(columns)


class _Days:
    """The folders of days: each is written beside its place under a hidden name, and put there when it is whole."""

    def __init__(self, out: Path, exported: Exported) -> None:
        self._out, self._exported = out, exported
        self._day = ""
        self._file: Any = None
        self._rows = self._number = 0
        self._waiting: list[Any] = []

    def __enter__(self) -> "_Days":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._finish()
            return
        self._waiting.clear()
        self._end_file()
        shutil.rmtree(self._hidden, ignore_errors=True)

    def write(self, day: str, table: Any) -> None:
        """Add requests of a day; days come in turn."""
        if day != self._day:
            self._finish()
            self._day, self._number = day, 0
            shutil.rmtree(self._hidden, ignore_errors=True)
            self._hidden.mkdir()
        self._waiting.append(table)
        if sum(map(len, self._waiting)) >= ROWS_A_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        """What waits, as one row group."""
        if not self._waiting:
            return
        arrow, table = pyarrow(), pyarrow().concat_tables(self._waiting)
        self._waiting.clear()
        if self._file is None:
            path = self._hidden / f"requests-{self._number}.parquet"
            self._file = arrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
            self._number += 1
        self._file.write_table(table.unify_dictionaries())
        self._rows += len(table)
        self._exported.requests += len(table)
        if self._rows >= ROWS_A_FILE:
            self._end_file()

    @property
    def _hidden(self) -> Path:
        return self._out / f".day={self._day}"

    def _end_file(self) -> None:
        self._write_group()
        if self._file is not None:
            self._file.close()
            self._exported.files += 1
        self._file, self._rows = None, 0

    def _finish(self) -> None:
        self._end_file()
        if self._day:
            place, old = self._out / f"day={self._day}", self._out / f".old={self._day}"
            shutil.rmtree(old, ignore_errors=True)
            if place.exists():
                place.rename(old)
            self._hidden.rename(place)
            shutil.rmtree(old, ignore_errors=True)
            self._exported.days += 1
            self._day = ""


def _write_configurations(ledger: DatabaseLedger, path: Path) -> None:
    """Every configuration that the ledger keeps, which the books price by: a line each."""
    with ledger.database.reading() as database:
        revisions = [
            str(revision) for (revision,) in database.execute("SELECT revision FROM configurations ORDER BY 1")
        ]
    with path.open("wb") as file:
        for revision in revisions:
            line = {"revision": revision, "documents": ledger.configuration(revision), "texts": ledger.texts(revision)}
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
