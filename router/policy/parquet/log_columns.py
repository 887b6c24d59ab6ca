"""The columns of a log in Parquet: what requests were decided on, and what came of them.

The first part is what a replay reads, all of it and nothing else; the second is for people's own questions. Both are
typed, and neither has a word of a prompt or an answer.

Invariant: columns become the very `Requests` that they were made from; a fact that a file does not have yet is what
its record has by default.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.accounting.settled_request import place_of
from router.ledger.packed_request import LATER, permit_word, warm_word
from router.policy.parquet.pyarrow_extra import pyarrow
from router.policy.replay.request_columns import Coded, Requests

WORDS = ("task", "language", "asked", "policy", "model", "consent", "key", "team", "residency")
SEVERAL = ("tags", "needs", "unhealthy", "spent")
COUNTS = ("input_tokens", "output_tokens", "output_limit", "choices", "minute")
DAY, RECEIPT = "decided_on", "receipt"
MONEY = 38, 18
"""Digits of micro-dollars, and of those the decimal places."""
_EXACT = Context(MONEY[0], ROUND_HALF_EVEN)
_FINEST, _ENDLESS = Decimal(1).scaleb(-MONEY[1]), Decimal(10) ** (MONEY[0] - MONEY[1])


def decided_columns(requests: Requests) -> dict[str, Any]:
    """What the decisions were made from, as arrays."""
    arrow = pyarrow()
    columns = {"id": arrow.array([requests.id.at(row) for row in range(len(requests))])}
    columns["unit"] = arrow.array([requests.unit.at(row) for row in range(len(requests))])
    columns |= {name: _words(arrow, getattr(requests, name)) for name in WORDS}
    columns |= {name: _lists(arrow, getattr(requests, name)) for name in SEVERAL}
    columns["permit"] = _words(arrow, _renamed(requests.permit, permit_word))
    columns["warm"] = _words(arrow, _renamed(requests.warm, warm_word))
    columns["stated"] = arrow.array(requests.stated)
    columns[DAY] = arrow.array(list(requests.day.values), arrow.date32()).take(arrow.array(requests.day.codes))
    columns["difficulty"] = arrow.array(requests.difficulty)
    columns["traits"] = arrow.array(requests.traits.tolist(), arrow.list_(arrow.float64()))
    columns |= {name: arrow.array(getattr(requests, name)) for name in COUNTS}
    for fact in LATER:
        columns[fact.field] = _later(arrow, requests.later[fact.field], several=fact.kind == "words")
    return columns


def outcome_columns(receipts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """What came of the requests, from their receipts; money in micro-dollars, times in milliseconds."""
    arrow = pyarrow()
    money, word = arrow.decimal128(*MONEY), arrow.dictionary(arrow.int32(), arrow.string())
    return {
        name: arrow.array(
            [value(receipt) for receipt in receipts], money if kind is Decimal else kinds(arrow, kind, word)
        )
        for name, (kind, value) in _OUTCOMES.items()
    }


def kinds(arrow: Any, kind: type, word: Any) -> Any:
    """The type of a column of texts, whole numbers, floats or times."""
    if kind is date:
        return arrow.timestamp("us", tz="UTC")
    return {str: word, int: arrow.int64(), float: arrow.float64()}[kind]


def _usage(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda receipt: (receipt["usage"] or {}).get(name)


def _moved(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda receipt: (receipt["decision"]["ramp"] or {}).get(name)


def _money(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda receipt: rounded(Decimal(receipt.get(name, receipt["cost"])))


def rounded(amount: Decimal) -> Decimal | None:
    """An amount to its eighteenth place, or None for one that no column holds."""
    return amount.quantize(_FINEST, context=_EXACT) if abs(amount) < _ENDLESS else None


_OUTCOMES: Mapping[str, tuple[type, Callable[[Mapping[str, Any]], Any]]] = {
    "time": (date, lambda receipt: _moment(receipt["time"])),
    "revision": (str, lambda receipt: receipt["decision"]["revision"]),
    "chosen": (str, lambda receipt: receipt["chosen"]),
    "baseline": (str, lambda receipt: receipt["decision"]["baseline"]),
    "reason": (str, lambda receipt: receipt["decision"]["reason"]),
    "ramp": (str, _moved("ramp")),
    "arm": (str, _moved("arm")),
    "served": (str, lambda receipt: receipt["served"]),
    "deployment": (str, lambda receipt: place_of(receipt) or None),
    "outcome": (str, lambda receipt: receipt["outcome"]),
    "attempts": (int, lambda receipt: len(receipt["attempts"])),
    "used_input_tokens": (int, _usage("input_tokens")),
    "used_cached_tokens": (int, _usage("cached_input_tokens")),
    "used_output_tokens": (int, _usage("output_tokens")),
    "cost": (Decimal, _money("cost")),
    "baseline_cost": (Decimal, _money("baseline_cost")),
    "charged": (Decimal, _money("charged")),
    "duration_ms": (float, lambda receipt: receipt["duration_ms"]),
    "first_chunk_ms": (float, lambda receipt: receipt["first_chunk_ms"]),
}


def _moment(text: str) -> Any:
    return datetime.fromisoformat(text).astimezone(UTC)


def _words(arrow: Any, column: Coded[Any]) -> Any:
    """Words of which few differ: the file keeps each once."""
    none = np.array([value is None for value in column.values], np.bool_)
    values = arrow.array([value or "" for value in column.values], arrow.string())
    return arrow.DictionaryArray.from_arrays(arrow.array(column.codes, mask=_of(none, column)), values)


def _of(values: NDArray[Any], column: Coded[Any]) -> NDArray[Any]:
    return values[column.codes] if len(values) else np.zeros(0, values.dtype)


def _lists(arrow: Any, column: Coded[Any]) -> Any:
    values = arrow.array([list(value) for value in column.values], arrow.list_(arrow.string()))
    return values.take(arrow.array(column.codes))


def _renamed(column: Coded[Any], word: Callable[[Any], str]) -> Coded[Any]:
    """The same with each value as a word, and None for nothing."""
    return Coded(column.codes, tuple(word(value) if value else None for value in column.values))


def _later(arrow: Any, column: Any, *, several: bool) -> Any:
    if isinstance(column, Coded):
        return _lists(arrow, column) if several else _words(arrow, column)
    return arrow.array(column, mask=np.isnan(column))
