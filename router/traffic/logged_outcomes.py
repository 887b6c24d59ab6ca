"""What the ledger knows of how good answers were: pairs and their verdicts, ratings, and checks of one's own.

Invariant: every outcome says how likely it was to be seen; what is not known of that is not guessed. Words come from
the user's own file, or from what the server was told to keep, by receipt.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson

from router.errors import NotFound
from router.ledger import DatabaseLedger
from router.ledger.log.records import records
from router.ledger.receipt_json import parse_receipt
from router.reports import configuration
from router.types import Receipt


@dataclass(frozen=True, slots=True)
class Outcome:
    """A model's score on one request: by a `pair`, a `rating`, or a `check`."""

    model: str
    score: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """A request with the outcomes that are known; `chance` is how likely each model's was to be seen."""

    receipt: Receipt
    outcomes: tuple[Outcome, ...]
    chance: Mapping[str, float]
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A user's own file: prompts by receipt, and checks of the answers where it has them."""

    prompts: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, float] = field(default_factory=dict)


NO_WORDS = Words()


def joined_words(own: Words, kept: Mapping[str, str]) -> Words:
    """A user's words and checks, and what a server has kept of the rest."""
    return Words({**kept, **own.prompts}, own.checks)


def logged_outcomes(
    ledger: DatabaseLedger, words: Words = NO_WORDS, advance: Callable[[int], object] = int
) -> Iterator[Outcomes]:
    """Every request of which an outcome is known, oldest first."""
    pairs, ratings = _pairs(ledger), _ratings(ledger)

    @cache
    def shares(revision: str) -> Mapping[str, float]:
        try:
            return {ramp.name: ramp.share for ramp in configuration(ledger, revision).ramps}
        except NotFound:
            return {}

    for body in ledger.receipts():
        advance(1)
        plain = orjson.loads(body)
        names = plain["id"], plain["request_id"]
        check = next((words.checks[name] for name in names if name in words.checks), None)
        if plain["id"] not in pairs and plain["id"] not in ratings and check is None:
            continue
        receipt = parse_receipt(body)
        known = [*pairs.get(receipt.id, ())]
        if receipt.served is not None:
            seen = (("rating", ratings.get(receipt.id)), ("check", check))
            known += [Outcome(receipt.served, score, source) for source, score in seen if score is not None]
        if known:
            yield Outcomes(
                receipt=receipt,
                outcomes=tuple(known),
                chance=chances_of(receipt, known, shares),
                prompt=next((words.prompts[name] for name in names if name in words.prompts), ""),
            )


def chances_of(
    receipt: Receipt, known: list[Outcome], shares: Callable[[str], Mapping[str, float]]
) -> Mapping[str, float]:
    """How likely each model's outcome was to be seen, among the requests of which one is.

    Of a pair both always are. Else it is the one that served: a ramp draws it, and without one it was certain; what
    stood in for a failure was drawn by nobody.
    """
    chances = {outcome.model: 1.0 for outcome in known if outcome.source == "pair"}
    if chances or receipt.served != receipt.chosen:
        return chances
    moved = receipt.decision.ramp
    if moved is None:
        return {receipt.chosen: 1.0}
    share = shares(receipt.decision.revision).get(moved.ramp)
    if share is None:
        return {}
    return {receipt.chosen: share if moved.arm == "moved" else 1 - share}


def _pairs(ledger: DatabaseLedger) -> Mapping[str, list[Outcome]]:
    """The verdicts on pairs by receipt; of several judges of one, all."""
    pairs: dict[str, list[Outcome]] = defaultdict(list)
    for row in _records(ledger, "pair"):
        pairs[row["receipt"]] += [
            Outcome(row[side]["model"], float(row[side]["outcome"]), "pair") for side in ("original", "substitute")
        ]
    return pairs


def _ratings(ledger: DatabaseLedger) -> Mapping[str, float]:
    return {row["receipt"]: float(row["rating"]) for row in _records(ledger, "feedback")}


def _records(ledger: DatabaseLedger, kind: Any) -> Iterator[dict[str, Any]]:
    with ledger.log.reading() as database:
        bodies = [body for _, _, body in records(database, kind)]
    return map(orjson.loads, bodies)
