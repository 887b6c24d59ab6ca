"""Every request that a model answered, by the few figures that say how much its label would tell."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import orjson

from router.ledger import DatabaseLedger


class Answered(NamedTuple):
    """What is looked at of a request that a model answered; `chance` is its predicted chance of a right answer."""

    receipt: str
    unit: str
    task: str
    language: str
    difficulty: float
    model: str
    chance: float


def answered_requests(ledger: DatabaseLedger, advance: Callable[[int], object] = int) -> Iterator[Answered]:
    """Every request that a model answered in words, oldest first, as `label_next` looks at it."""
    for body in ledger.receipts():
        advance(1)
        plain = orjson.loads(body)
        candidates = plain["decision"]["candidates"]
        chance = next((each["quality"] for each in candidates if each["model"] == plain["served"]), None)
        if chance is not None and plain["outcome"] == "ok":
            features = plain["features"]
            yield Answered(
                receipt=plain["id"],
                unit=plain["ask"]["unit"],
                task=features["task"],
                language=features["language"],
                difficulty=float(features["difficulty"]),
                model=plain["served"],
                chance=float(chance),
            )
