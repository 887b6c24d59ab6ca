"""A batch of a log in Parquet as the columns that a replay decides from.

Invariant: what was exported is read as it was; a column that is missing or of another kind is an error that names it,
and a fact that the file does not have yet is what its record has by default.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.errors import ConfigError
from router.ledger.packed_request import LATER, joined, parted, permit_of, warm_of
from router.policy.parquet.log_columns import COUNTS, DAY, SEVERAL, WORDS
from router.policy.parquet.pyarrow_extra import pyarrow
from router.policy.replay.request_columns import Coded, Floats, Labels, Requests, dense, usual
from router.types import Fact

NEEDED = ("id", "unit", *WORDS, *SEVERAL, "permit", "warm", "stated", DAY, "difficulty", "traits", *COUNTS)
READ = (*NEEDED, *(fact.field for fact in LATER))
"""The columns that a replay reads, as far as a file has them."""
MAY_BE_MISSING = frozenset(("model", "key", "team", "residency", "permit", "warm", *SEVERAL, "traits"))
"""Columns in which a row may have nothing."""
_FIRST_DAY = date(1970, 1, 1).toordinal()
_SEPARATORS = "\x1e\x1f"
_HEX = np.full(256, 255, np.uint8)
_HEX[[ord(digit) for digit in "0123456789abcdef"]] = range(16)


def requests_of(batch: Any, where: str) -> Requests:
    """The requests of a record batch; `where` names its file in errors. Raises ConfigError."""
    arrow = pyarrow()
    there = set(batch.schema.names)
    if missing := [name for name in NEEDED if name not in there]:
        raise ConfigError(
            [f"{where}: has no column {missing[0]!r}: `fungible ledger export --parquet` writes such a log"]
        )
    try:
        return _requests(arrow, _Columns(arrow, batch, where), there)
    except (arrow.ArrowException, ValueError, TypeError) as error:
        raise ConfigError([f"{where}: {str(error).splitlines()[0]}"]) from None


class _Columns:
    """The columns of one batch by name, each checked as it is taken."""

    def __init__(self, arrow: Any, batch: Any, where: str) -> None:
        self._arrow, self._batch, self._where = arrow, batch, where

    def column(self, name: str, kind: Any = None) -> Any:
        """A column, of this type; raises ConfigError where a row lacks a value that it must have."""
        column = self._batch.column(name)
        if column.null_count and name in NEEDED and name not in MAY_BE_MISSING:
            raise ConfigError([f"{self._where}: the column {name!r} has {column.null_count:,} rows without a value"])
        try:
            return column if kind is None else column.cast(kind)
        except self._arrow.ArrowException:
            raise ConfigError(
                [f"{self._where}: the column {name!r} is {column.type}, where {kind} was meant"]
            ) from None

    def numbers(self, name: str, kind: Any) -> NDArray[Any]:
        """A column of numbers, NaN where there is none."""
        return np.array(self.column(name, kind).to_numpy(zero_copy_only=False))

    def words(self, name: str, value: Callable[[str], Any] = str, none: Any = None) -> Coded[Any]:
        """A column of few different words."""
        column = self.column(name)
        if not self._arrow.types.is_dictionary(column.type):
            column = self.column(name, self._arrow.string()).dictionary_encode()
        codes, distinct = dense(column.indices.fill_null(-1).to_numpy())
        words = column.dictionary.to_pylist()
        return Coded(codes, tuple(none if code < 0 else value(words[code]) for code in distinct))

    def lists(self, name: str) -> Coded[Any]:
        """A column of several words at once."""
        arrow, column = self._arrow, self.column(name, self._arrow.list_(self._arrow.string()))
        if any(
            arrow.compute.any(arrow.compute.match_substring(column.flatten(), each)).as_py() for each in _SEPARATORS
        ):
            texts = arrow.array([joined(words) if words else None for words in column.to_pylist()], arrow.string())
        else:
            texts = arrow.compute.binary_join(column, "\x1f")
            empty = arrow.compute.equal(arrow.compute.list_value_length(column), 0)
            texts = arrow.compute.if_else(empty, None, texts)
        texts = texts.dictionary_encode()
        codes, distinct = dense(texts.indices.fill_null(-1).to_numpy())
        words = texts.dictionary.to_pylist()
        return Coded(codes, tuple(() if code < 0 else parted(words[code]) for code in distinct))


def _requests(arrow: Any, columns: _Columns, there: set[str]) -> Requests:
    words: Mapping[str, Any] = {name: columns.words(name) for name in WORDS}
    several: Mapping[str, Any] = {name: columns.lists(name) for name in SEVERAL}
    counts: Mapping[str, Any] = {name: columns.numbers(name, arrow.int64()) for name in COUNTS}
    days, distinct = dense(columns.numbers(DAY, arrow.date32()).astype("datetime64[D]").astype(np.int64))
    return Requests(
        id=_labels(columns.column("id", arrow.string()), 16),
        unit=_labels(columns.column("unit", arrow.string()), 12),
        permit=columns.words("permit", permit_of),
        warm=columns.words("warm", warm_of, ()),
        day=Coded(days, tuple(date.fromordinal(day + _FIRST_DAY) for day in distinct)),
        stated=columns.numbers("stated", arrow.bool_()),
        difficulty=columns.numbers("difficulty", arrow.float64()),
        traits=_traits(columns.column("traits", arrow.list_(arrow.float64()))),
        later={fact.field: _later(arrow, columns, fact, there) for fact in LATER},
        **words,
        **several,
        **counts,
    )


def _later(arrow: Any, columns: _Columns, fact: Fact, there: set[str]) -> "Coded[Any] | Floats":
    rows = columns.column("id")
    if fact.kind in ("word", "words"):
        if fact.field not in there:
            return Coded(np.zeros(len(rows), np.int32), (usual(fact),))
        return columns.lists(fact.field) if fact.kind == "words" else columns.words(fact.field, none=usual(fact))
    if fact.field not in there:
        default = usual(fact)
        return np.full(len(rows), np.nan if default is None else default, np.float64)
    return columns.numbers(fact.field, arrow.float64())


def _labels(column: Any, size: int) -> Labels:
    """Names as raw bytes where they are so many in hexadecimal; any others as words of their own."""
    raw = np.zeros((len(column), size), np.uint8)
    lengths = np.diff(offsets := _offsets(column))
    data = np.frombuffer(column.buffers()[2] or b"", np.uint8)
    hexadecimal = lengths == 2 * size
    starts = offsets[:-1][hexadecimal]
    digits = _HEX[data[starts[:, None] + np.arange(2 * size)]] if len(starts) else np.zeros((0, 2 * size), np.uint8)
    sound = (digits < 16).all(axis=1)
    hexadecimal[hexadecimal] = sound
    raw[hexadecimal] = (digits[sound, ::2] << 4) | digits[sound, 1::2]
    words: dict[str, int] = {}
    for row in np.flatnonzero(~hexadecimal).tolist():
        code = words.setdefault(column[row].as_py(), len(words))
        raw[row, :4] = np.frombuffer(code.to_bytes(4, "little"), np.uint8)
    return Labels(raw.view(f"V{size}").reshape(-1), ~hexadecimal, list(words))


def _offsets(column: Any) -> NDArray[np.int64]:
    """Where each text begins in the buffer of all, and where the last one ends."""
    whole = np.frombuffer(column.buffers()[1] or bytes(4), np.int32)
    return whole[column.offset : column.offset + len(column) + 1].astype(np.int64)


def _traits(column: Any) -> Floats:
    """Requests x traits, with zeros where a request has fewer."""
    rows: Sequence[Any] = column.to_pylist() if len(column.flatten()) else []
    most = max((len(row) for row in rows if row), default=0)
    traits = np.zeros((len(column), most))
    for place, row in enumerate(rows):
        traits[place, : len(row or ())] = row or ()
    return traits
