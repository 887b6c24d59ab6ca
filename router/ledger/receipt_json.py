"""A receipt as the bytes that are kept, hashed and proved.

Invariant: money is decimal text in micro-dollars, times are in UTC; the same receipt is always the same bytes.
"""

import orjson

from router.types import Candidate, Offer, Receipt


def encode(receipt: Receipt) -> bytes:
    """A receipt as JSON."""
    return orjson.dumps(receipt, default=plain, option=orjson.OPT_UTC_Z)


def plain(value: object) -> object:
    """What JSON has no word for: candidates and offers as objects, money as decimal text."""
    if isinstance(value, Candidate):
        # Named one by one: each receipt has several, and a loop over their names takes twice as long.
        model, owner, family, code, quality, cost, latency_ms, preferred, detail, away_from = value
        return {
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
    if isinstance(value, Offer):
        return value._asdict()
    return str(value)
