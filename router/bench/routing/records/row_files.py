"""Writes rows of plain values as CSV, JSON lines or Parquet, some thousands at a time.

Invariant: no more than so many rows are held; every row has the columns of the first.
"""

import csv
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from router.errors import BadRequest, ConfigError

AT_ONCE = 20_000
Rows = Iterator[dict[str, Any]]


def write_rows(rows: Rows, path: Path, option: str) -> int:
    """Write them by the ending of the path; returns how many there are. Raises BadRequest, ConfigError."""
    write = _WRITERS.get(path.suffix)
    if write is None:
        raise BadRequest(f"{option} writes {', '.join(_WRITERS)}: {path.name!r} ends in none of these.")
    try:
        return write(rows, path)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror or error}"]) from None


def _lines(rows: Rows, path: Path) -> int:
    count = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(orjson.dumps(row) + b"\n")
            count += 1
    return count


def _csv(rows: Rows, path: Path) -> int:
    count, first = 0, next(rows, None)
    with path.open("w", encoding="utf-8", newline="") as file:
        if first is None:
            return 0
        writer = csv.DictWriter(file, list(first), lineterminator="\n")
        writer.writeheader()
        for row in chain([first], rows):
            writer.writerow(row)
            count += 1
    return count


def _parquet(rows: Rows, path: Path) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ConfigError([f"{path}: writing Parquet needs pyarrow: pip install 'fungible[parquet]'"]) from None
    writer, count = None, 0
    try:
        while some := list(islice(rows, AT_ONCE)):
            table = pyarrow.Table.from_pylist(some)
            writer = writer or parquet.ParquetWriter(path, _nullable(pyarrow, table.schema))
            writer.write_table(table.cast(writer.schema))
            count += len(some)
    finally:
        if writer:
            writer.close()
    return count


def _nullable(pyarrow: Any, schema: Any) -> Any:
    """A column of which the first rows know nothing holds numbers."""
    kinds = [pyarrow.float64() if pyarrow.types.is_null(field.type) else field.type for field in schema]
    return pyarrow.schema([(field.name, kind) for field, kind in zip(schema, kinds, strict=True)])


_WRITERS: dict[str, Callable[[Rows, Path], int]] = {".csv": _csv, ".jsonl": _lines, ".parquet": _parquet}
