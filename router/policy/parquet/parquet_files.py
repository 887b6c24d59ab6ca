"""Finds the files of a log in Parquet, here or in a store such as S3, and cuts them into pieces of whole row groups.

Invariant: files come in the order of their names, and each row group is in one piece; what matches nothing, or is no
Parquet, is an error that names it.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from typing import Any, NamedTuple

from router.errors import ConfigError, NotFound
from router.policy.parquet.batch_requests import READ, requests_of
from router.policy.parquet.pyarrow_extra import pyarrow
from router.policy.replay.request_columns import Requests

ROWS_AT_ONCE = 262_144
"""Rows of a batch: what is held in memory does not grow with the log."""
ROWS_A_PIECE = 1_048_576
"""About so many rows have the pieces that workers take in turn."""
_WILD = "*["


class Piece(NamedTuple):
    """Some row groups of a file; `place` is a path, or the address of an object in a store."""

    place: str
    groups: tuple[int, ...]
    rows: int


def is_parquet(log: str) -> bool:
    """Whether the words of `--log` name Parquet: a file, a pattern, or an address; a folder is asked for by itself."""
    return log.endswith(".parquet") or "://" in log or any(each in log for each in _WILD)


def find_pieces(pattern: str) -> list[Piece]:
    """The pieces of all files that a pattern, a folder or an address names; raises NotFound or ConfigError."""
    pieces: list[Piece] = []
    for place in _places(pattern):
        metadata = _opened(place).metadata
        groups: list[int] = []
        rows = 0
        for group in range(metadata.num_row_groups):
            groups.append(group)
            rows += metadata.row_group(group).num_rows
            if rows >= ROWS_A_PIECE:
                pieces.append(Piece(place, tuple(groups), rows))
                groups, rows = [], 0
        if groups:
            pieces.append(Piece(place, tuple(groups), rows))
    return pieces


def read_batches(piece: Piece, columns: Sequence[str] = READ) -> Iterator[Any]:
    """The record batches of a piece with these columns, those that the file has; raises ConfigError."""
    arrow, file = pyarrow(), _opened(piece.place)
    there = set(file.schema_arrow.names)
    wanted = [name for name in columns if name in there]
    try:
        yield from file.iter_batches(ROWS_AT_ONCE, row_groups=list(piece.groups), columns=wanted)
    except (arrow.ArrowException, OSError) as error:
        raise ConfigError([f"{piece.place}: can't be read: {_first_line(error)}"]) from None


def read_requests(piece: Piece) -> Iterator[Requests]:
    """The requests of a piece, some at a time."""
    for batch in read_batches(piece):
        yield requests_of(batch, piece.place)


def _places(pattern: str) -> list[str]:
    """The files of a pattern, sorted; `*` stands for folders too, so that DIR/*.parquet finds those of each day."""
    arrow = pyarrow()
    # What follows the address of a store is settings, such as the endpoint.
    address, mark, settings = pattern.partition("?") if "://" in pattern else (pattern, "", "")
    scheme, between, path = address.rpartition("://")
    base = path[: min((path.index(each) for each in _WILD if each in path), default=len(path))]
    base = path if base == path else base.rpartition("/")[0] or ("" if scheme else ".")
    try:
        store, root = _store(arrow, f"{scheme}{between}{base}{mark}{settings}")
        info = store.get_file_info(root)
        if info.type == arrow.fs.FileType.File:
            return [pattern]
        infos = store.get_file_info(arrow.fs.FileSelector(root, recursive=True, allow_not_found=True))
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise ConfigError([f"{pattern}: can't be looked into: {_first_line(error)}"]) from None
    inside = sorted(each.path[len(root) :].lstrip("/") for each in infos if each.type == arrow.fs.FileType.File)
    shape = path[len(base) :].lstrip("/") if base != "." else path
    names = [name for name in inside if name.endswith(".parquet") and (not shape or fnmatch(name, shape))]
    if not names:
        raise NotFound(f"No Parquet file matches {pattern}: `fungible ledger export --parquet DIR` writes a log.")
    whole = [f"{scheme}{between}{base.rstrip('/')}/{name}" for name in names if not _hidden(name)]
    return [f"{place}{mark}{settings}" for place in whole]


def _hidden(name: str) -> bool:
    """Whether a file is not complete yet: an export that is under way, or was broken off."""
    return any(part.startswith(".") for part in name.split("/"))


def _store(arrow: Any, place: str) -> tuple[Any, str]:
    """The file system of a place, and its path in that."""
    if "://" not in place:
        return arrow.fs.LocalFileSystem(), place
    store, path = arrow.fs.FileSystem.from_uri(place)
    return store, str(path)


def _opened(place: str) -> Any:
    arrow = pyarrow()
    try:
        store, path = _store(arrow, place)
        return arrow.parquet.ParquetFile(store.open_input_file(path))
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise ConfigError([f"{place}: is no Parquet file that can be read: {_first_line(error)}"]) from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
