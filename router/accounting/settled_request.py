"""The part of a receipt that accounting needs, read from the JSON in the ledger.

Invariant: nothing is worked out here; a value is the receipt's own, with money as exact micro-dollars.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from router.accounting.contracts.terms import Buyer
from router.accounting.waterfall import Tokens
from router.money import ZERO
from router.types import Task

_IN_WORDS = re.compile(r"Offer\(deployment=(['\"])(?P<deployment>.*)\1, answer='(?P<answer>[a-z]+)'\)")


class Settled(NamedTuple):
    """One request that was answered. A named tuple, since a report reads a million of them.

    `asked` is the model that was named, or that the policy alone would have chosen; `unit` the conversation.
    `written_5m` and `written_1h` are the part of the input that was written to a cache for so long.
    `output_limit` is the client's for each of `choices` answers, 0 for none. `candidates` are as in the receipt.
    `deployment` is where it was served; where a model is at one place, that has its name. `policy` is the one that
    decided. With `from_cache` an earlier answer was given again: the tokens are what that one took, and this took none.
    """

    id: str
    day: date
    revision: str
    served: str
    asked: str
    charged_by: str
    outcome: str
    task: Task
    language: str
    input: int
    cached: int
    output: int
    choices: int
    output_limit: int
    charged: Decimal
    cost: Decimal
    ramp: str | None
    arm: str | None
    unit: str
    buyer: Buyer
    candidates: Sequence[Mapping[str, Any]]
    deployment: str = ""
    written_5m: int = 0
    written_1h: int = 0
    policy: str = ""
    from_cache: bool = False

    @property
    def used(self) -> Tokens:
        """What it took itself."""
        return Tokens(0, 0, ZERO) if self.from_cache else self.tokens(Decimal(self.output))

    def tokens(self, output: Decimal) -> Tokens:
        """What it took, with an answer of that length."""
        return Tokens(self.input, self.cached, output, self.written_5m, self.written_1h)


def settled(receipt: Mapping[str, Any]) -> Settled | None:
    """The request of a receipt, or None where nobody answered."""
    served, usage = receipt["served"], receipt["usage"]
    if served is None or usage is None:
        return None
    decision, features, ask = receipt["decision"], receipt["features"], receipt["ask"]
    caller, moved = ask["caller"], decision["ramp"]
    asked = ask["model"] or decision["baseline"]
    return Settled(
        id=receipt["id"],
        day=_day(receipt["situation"]["day"]),
        revision=decision["revision"],
        served=served,
        asked=asked,
        charged_by=asked if decision["charge"] == "asked" else served,
        outcome=receipt["outcome"],
        task=features["task"],
        language=features["language"],
        input=usage["input_tokens"],
        cached=usage["cached_input_tokens"],
        output=usage["output_tokens"],
        choices=features["choices"],
        output_limit=decision.get("max_output") or features["output_limit"],
        charged=Decimal(receipt["charged"]),
        cost=Decimal(receipt["cost"]),
        ramp=moved["ramp"] if moved else None,
        arm=moved["arm"] if moved else None,
        unit=ask["unit"],
        buyer=Buyer(caller["key"], caller["team"], tuple(caller["tags"])),
        candidates=decision["candidates"],
        deployment=place_of(receipt),
        written_5m=usage.get("cache_write_5m_tokens", 0),
        written_1h=usage.get("cache_write_1h_tokens", 0),
        policy=decision["policy"],
        from_cache=bool(receipt.get("cached_from")),
    )


def place_of(receipt: Mapping[str, Any]) -> str:
    """The deployment that answered, which is that of the last attempt; an older receipt names models alone."""
    attempts = receipt["attempts"]
    return (attempts[-1].get("deployment") if attempts else "") or receipt["served"] or ""


def offers_of(receipt: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each deployment that was offered the request, and what became of that."""
    for offer in receipt.get("offers", ()):
        # Some older receipts hold an offer as Python's repr.
        fields = _IN_WORDS.fullmatch(offer) if isinstance(offer, str) else offer
        if fields:
            yield fields["deployment"], fields["answer"]


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)
