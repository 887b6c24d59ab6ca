"""The end of the line: what happened becomes a receipt.

Invariant: a receipt holds all that its decision was made from, so that decide() can be run again; money is for the
model that served, at the price of the day it was decided.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from router.money import ZERO, cost, price_on
from router.types import Ask, Attempt, Budget, Config, Decision, Features, Offer, Outcome, Receipt, Situation, Usage


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it stood when its decision was made; `budgets` are its key's own, beside its policy's.

    `notes` tell what of it can't be honoured, whoever answers.
    """

    id: str
    time: datetime
    request_id: str
    decision: Decision
    features: Features
    ask: Ask
    situation: Situation
    budgets: tuple[Budget, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def expected_tokens(self) -> int:
        """The tokens that it is expected to take and to give, in the reference encoding."""
        features = self.features
        given = min(features.output_tokens, features.output_limit or features.output_tokens)
        return features.input_tokens + given * features.choices


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended. Durations are in milliseconds; `served` and `usage` are None where nothing answered."""

    outcome: Outcome
    attempts: tuple[Attempt, ...]
    served: str | None
    usage: Usage | None
    duration_ms: float
    first_chunk_ms: float | None
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


def settle(exchange: Exchange, ending: Ending, config: Config) -> Receipt:
    """Close the books on one request."""
    decision = exchange.decision
    cost = _charge(ending.served, ending.usage, exchange, config)
    asked = exchange.ask.model or decision.baseline
    return Receipt(
        id=exchange.id,
        time=exchange.time,
        request_id=exchange.request_id,
        asked=decision.asked,
        chosen=decision.chosen,
        served=ending.served,
        outcome=ending.outcome,
        decision=decision,
        features=exchange.features,
        ask=exchange.ask,
        situation=exchange.situation,
        attempts=ending.attempts,
        usage=ending.usage,
        cost=cost,
        baseline_cost=_charge(decision.baseline if ending.served else None, ending.usage, exchange, config),
        duration_ms=ending.duration_ms,
        first_chunk_ms=ending.first_chunk_ms,
        charged=_charge(asked if ending.served else None, ending.usage, exchange, config)
        if decision.charge == "asked"
        else cost,
        notes=exchange.notes + ending.notes,
        offers=ending.offers,
    )


def substituted(receipt: Receipt) -> bool:
    """Whether another model answered than the one that was named, or that the policy alone would have chosen."""
    return receipt.served is not None and receipt.served != (receipt.ask.model or receipt.decision.baseline)


def reason_served(receipt: Receipt) -> str:
    """Why the model that served did: the decision's reason, unless it stood in for one that failed."""
    return receipt.decision.reason if receipt.served in (receipt.chosen, None) else "fallback"


def _cached(model: str | None, usage: Usage, exchange: Exchange) -> int:
    """What would have been cached of the same tokens: as much, unless the request stayed for the sake of a cache."""
    if exchange.decision.reason != "affinity" or model == exchange.decision.chosen:
        return usage.cached_input_tokens
    return min(usage.cached_input_tokens, exchange.situation.cached.get(model or "", 0))


def _charge(model: str | None, usage: Usage | None, exchange: Exchange, config: Config) -> Decimal:
    price = price_on(config.prices.get(model or "", ()), exchange.situation.day)
    if usage is None or price is None:
        return ZERO
    return cost(price, usage.input_tokens, usage.output_tokens, _cached(model, usage, exchange))
