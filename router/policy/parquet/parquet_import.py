"""Brings the receipts of an exported log into a ledger of this place, byte for byte as they were.

They get entries of *this* log, written now: it proves that they are here unchanged since the import, not that another
log ever had them. For that, keep the other's own export and heads.

Invariant: a receipt that is here already is passed over, so an import that was broken off is simply run again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from router.errors import BadRequest, ConfigError
from router.ledger import DatabaseLedger
from router.ledger.group_writer import Pending
from router.ledger.log.table_seals import configuration_row, seal
from router.ledger.log.verify_tables import is_of_revision
from router.ledger.receipt_json import parse_receipt
from router.policy.parquet.log_columns import RECEIPT
from router.policy.parquet.parquet_export import CONFIGURATIONS
from router.policy.parquet.parquet_files import find_pieces, read_batches

AT_ONCE = 1000


@dataclass(slots=True)
class Imported:
    """What came in, and what was there already."""

    receipts: int = 0
    known: int = 0
    configurations: int = 0


def import_parquet(ledger: DatabaseLedger, folder: Path, advance: Callable[[int], object] = int) -> Imported:
    """Take in a folder that was exported with receipts; raises BadRequest for one that was not, or ConfigError."""
    imported = Imported()
    pieces = find_pieces(str(folder))
    for revision, body, texts in _configurations(folder / CONFIGURATIONS):
        imported.configurations += _keep(ledger, revision, body, texts)
    for piece in pieces:
        for batch in read_batches(piece, (RECEIPT,)):
            if RECEIPT not in batch.schema.names:
                raise BadRequest(f"{piece.place} has no receipts: export it with `--parquet DIR --receipts`.")
            bodies = batch.column(RECEIPT).to_pylist()
            for start in range(0, len(bodies), AT_ONCE):
                some = bodies[start : start + AT_ONCE]
                new = [_pending(body, piece.place) for body in some]
                written = ledger.take_in(new)
                imported.receipts += written
                imported.known += len(new) - written
                advance(len(some))
    return imported


def _pending(body: Any, place: str) -> Pending:
    try:
        return Pending(body, parse_receipt(body), None, time.monotonic())
    except (ValueError, TypeError):
        raise ConfigError([f"{place}: a row of the column {RECEIPT!r} is no receipt"]) from None


def _configurations(path: Path) -> Iterator[tuple[str, bytes, bytes]]:
    if not path.is_file():
        raise BadRequest(f"There is no {path}: export the log with `--parquet DIR --receipts`.")
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            row = orjson.loads(line)
            revision, body, texts = str(row["revision"]), orjson.dumps(row["documents"]), orjson.dumps(row["texts"])
        except (ValueError, TypeError, KeyError):
            raise ConfigError([f"{path}:{number}: is no configuration"]) from None
        if not is_of_revision(body, revision):
            raise ConfigError([f"{path}:{number}: the configuration does not hash to its revision {revision!r}"])
        yield revision, body, texts


def _keep(ledger: DatabaseLedger, revision: str, body: bytes, texts: bytes) -> bool:
    with ledger.database.writing() as database:
        if database.execute("SELECT 1 FROM configurations WHERE revision = ?", (revision,)).fetchone() is not None:
            return False
        database.execute("INSERT INTO configurations VALUES (?, ?, ?)", (revision, body, texts))
        seal(database, [configuration_row(revision, body, texts)])
    return True
