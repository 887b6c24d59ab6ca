"""Rows of files as they come: CSV in its dialects, JSON, JSON lines and Parquet, packed or not, or standard input.

Invariant: a row is a record of columns, or a sentence that says why it is none; a file that cannot be read is refused
with what it is, never with a traceback.
"""

import csv
import gzip
import io
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from router.config.files.text_file import decoded, open_text
from router.errors import ConfigError

STANDARD_INPUT = "-"
LONGEST_CELL = 64_000_000
GZIP = b"\x1f\x8b"
ROWS_AT_ONCE, PAGES = 2_000, 1 << 20
ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
Record = dict[str, Any]
Row = tuple[str, Record | str]


def file_rows(path: Path) -> Iterator[Row]:
    """Each row of a file with its place; raises ConfigError."""
    name = "standard input" if str(path) == STANDARD_INPUT else path.name
    if str(path) != STANDARD_INPUT and not path.is_file():
        raise ConfigError([f"{path}: {'is no file' if path.exists() else 'does not exist'}"])
    kind = _kind(path)
    if kind == ".parquet":
        yield from _parquet_rows(path)
        return
    with _text(path) as file:
        if kind in (".csv", ".tsv", ""):
            yield from _unknown_rows(name, file) if kind == "" else _csv_rows(name, file, kind)
        elif kind == ".json":
            yield from _json_rows(name, file)
        else:
            yield from _line_rows(name, file)


def _kind(path: Path) -> str:
    """The ending that says how a file is written, without `.gz`; nothing for standard input."""
    if str(path) == STANDARD_INPUT:
        return ""
    kind = Path(path.name.removesuffix(".gz")).suffix.lower()
    if kind not in ENDINGS:
        raise ConfigError([f"{path}: is none of {', '.join(ENDINGS)} (or one of these with .gz), nor a folder of them"])
    return kind


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    if str(path) == STANDARD_INPUT:
        yield io.StringIO(_decoded("standard input", sys.stdin.buffer.read()))
        return
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    if not packed:
        with open_text(path) as text:
            yield text
        return
    try:
        yield io.StringIO(_decoded(str(path), gzip.decompress(path.read_bytes())))
    except (OSError, EOFError) as error:
        raise ConfigError([f"{path}: is no gzip file: {error}"]) from None


def _decoded(name: str, raw: bytes) -> str:
    try:
        return decoded(gzip.decompress(raw) if raw[:2] == GZIP else raw)
    except UnicodeError as error:
        raise ConfigError([f"{name}: is not UTF-8 text: {error}"]) from None


def _unknown_rows(name: str, file: TextIO) -> Iterator[Row]:
    """Standard input, whose first letter says what it is."""
    start = file.read(1)
    file.seek(0)
    if start == "[":
        yield from _json_rows(name, file)
    elif start == "{":
        yield from _line_rows(name, file)
    else:
        yield from _csv_rows(name, file, ".csv")


def _csv_rows(name: str, file: TextIO, kind: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    first = file.readline()
    mark = "\t" if kind == ".tsv" else _separator(first)
    reader = csv.reader(_chain(first, file), delimiter=mark, strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        if twice := [column for column, count in Counter(header).items() if count > 1 and column]:
            raise ConfigError([f"{name}:1: the column {twice[0]!r} stands twice; give each its own name"])
        for cells in reader:
            where = f"{name}:{reader.line_num}"
            if len(cells) == len(header):
                yield where, dict(zip(header, cells, strict=True))
            elif cells:
                yield where, f"has {len(cells)} cells where the header has {len(header)}"
    except csv.Error as error:
        raise ConfigError([f"{name}:{reader.line_num}: is not CSV: {error}"]) from None


def _separator(header: str) -> str:
    """What stands between the columns: a comma, or where the header has none, what it has most of."""
    return max(",;\t|", key=header.count) if "," not in header else ","


def _chain(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _line_rows(name: str, file: TextIO) -> Iterator[Row]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            yield f"{name}:{number}", f"is not JSON: {error}"
            continue
        yield f"{name}:{number}", row if isinstance(row, dict) else "is no object of names and values"


def _json_rows(name: str, file: TextIO) -> Iterator[Row]:
    """An array of rows, or an object with one under `records`, `data`, `rows` or `results`, joined by the others."""
    try:
        whole = json.loads(file.read())
    except ValueError as error:
        raise ConfigError([f"{name}: is not JSON: {error}"]) from None
    shared: Record = {}
    if isinstance(whole, dict):
        held = next((key for key in ("records", "data", "rows", "results") if isinstance(whole.get(key), list)), None)
        if held is None:
            raise ConfigError([f"{name}: is an object without a list of rows (under records, data, rows or results)"])
        shared = {key: value for key, value in whole.items() if isinstance(value, (str, int, float)) and key != held}
        whole = whole[held]
    for number, row in enumerate(whole, 1):
        yield f"{name}:row {number}", {**shared, **row} if isinstance(row, dict) else "is no object of names and values"


def _cells(column: Any) -> list[Any]:
    """The cells of a column of Parquet; of numbers without gaps all at once, which is quicker by far."""
    import pyarrow

    plain = pyarrow.types.is_floating(column.type) or pyarrow.types.is_integer(column.type)
    cells: list[Any] = column.to_numpy().tolist() if plain and not column.null_count else column.to_pylist()
    return cells


def rows_in(path: Path) -> int | None:
    """How many rows a file has, where it says so at once: Parquet does."""
    if path.suffix.lower() != ".parquet":
        return None
    try:
        from pyarrow import parquet

        return int(parquet.read_metadata(path).num_rows)
    except Exception:  # noqa: BLE001 - reading it says what is wrong
        return None


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ConfigError([f"{path}: reading Parquet needs pyarrow: pip install 'fungible[parquet]'"]) from None
    number = 0
    try:
        # Read page by page: a file may be one group of a million rows.
        file = parquet.ParquetFile(path, buffer_size=PAGES, pre_buffer=False)
        for batch in file.iter_batches(ROWS_AT_ONCE):
            names = batch.schema.names
            for cells in zip(*map(_cells, batch.columns), strict=True):
                number += 1
                yield f"{path.name}:row {number}", dict(zip(names, cells, strict=True))
    except (pyarrow.ArrowException, OSError) as error:
        raise ConfigError([f"{path}: is no Parquet file that can be read: {str(error).splitlines()[0]}"]) from None
