"""A receipt as the bytes that are kept, hashed and proved.

Invariant: money is decimal text in micro-dollars, times are in UTC; the same receipt is always the same bytes. Every
receipt can be encoded: a value that JSON can't hold is written as the nearest that it can, and `CLAMPED` says so.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter

from router.types import Candidate, Offer, Receipt

CLAMPED = "clamped:receipt"
"""The note of a receipt of which some value could not be written as it was."""
_LEAST, _MOST = -(2**63), 2**63 - 1
_OPTIONS = orjson.OPT_UTC_Z


def encode(receipt: Receipt) -> bytes:
    """A receipt as JSON; never raises, for it is all that is left of an exchange that has happened."""
    try:
        return orjson.dumps(receipt, default=plain, option=_OPTIONS)
    except orjson.JSONEncodeError:
        nearest: dict[str, Any] = _holdable(receipt)
        nearest["notes"] = [*nearest["notes"], CLAMPED]
        return orjson.dumps(nearest, default=plain, option=_OPTIONS)


def parse_receipt(body: bytes) -> Receipt:
    """A receipt from its JSON; raises ValueError."""
    return _adapter().validate_json(body)


@cache
def _adapter() -> TypeAdapter[Receipt]:
    return TypeAdapter(Receipt)


def _holdable(value: Any) -> Any:
    """The nearest that JSON can hold: numbers of 64 bits, texts of whole characters, names that are texts."""
    if is_dataclass(value):
        return {field.name: _holdable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Candidate | Offer):
        return _holdable(plain(value))
    if isinstance(value, Mapping):
        return {_holdable(str(name)): _holdable(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_holdable(item) for item in value]
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, int) and not isinstance(value, bool):
        return max(_LEAST, min(_MOST, value))
    return value if value is None or isinstance(value, float | bool | date | Decimal) else _holdable(str(value))


def plain(value: object) -> object:
    """What JSON has no word for: candidates and offers as objects, money as decimal text."""
    if not isinstance(value, tuple):
        return str(value)
    if isinstance(value, Candidate):
        # Named one by one: each receipt has several, and a loop over their names takes twice as long.
        model, owner, family, code, quality, cost, latency_ms, preferred, detail, away_from, rank = value
        row: dict[str, Any] = {
            "model": model,
            "owner": owner,
            "family": family,
            "code": code,
            "quality": quality,
            "cost": str(cost),
            "latency_ms": latency_ms,
            "preferred": preferred,
            "detail": detail,
            "away_from": away_from,
        }
        # Most have none, and so had those of earlier versions.
        return {**row, "rank": rank} if rank else row
    return value._asdict() if isinstance(value, Offer) else str(value)
