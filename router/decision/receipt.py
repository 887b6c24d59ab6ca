"""The end of the line: what happened becomes a receipt.

Invariant: a receipt holds all that its decision was made from, so that decide() can be run again; money is for the
model that served, at the price of the day it was decided.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from router.decision.routing_controls import RoutingControls
from router.money import ZERO, price_on, usage_cost
from router.types import Ask, Attempt, Budget, Config, Decision, Features, Offer, Outcome, Receipt, Situation, Usage
from router.types.records.quick_records import quick


@quick
@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it stood when its decision was made; `budgets` are its key's own, beside its policy's.

    `notes` tell what of it can't be honoured, whoever answers. Where the client asked for `controls` of its routing, it
    is told of it: also that deciding took `decided_ms`.
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
    controls: RoutingControls | None = None
    decided_ms: int = 0

    @property
    def output_limit(self) -> int:
        """The limit on each answer that is sent, or 0 for none: the policy's, else the client's."""
        return self.decision.max_output or self.features.output_limit

    @property
    def sent_features(self) -> Features:
        """The features with the limit that is sent."""
        limit = self.output_limit
        return self.features if limit == self.features.output_limit else replace(self.features, output_limit=limit)

    @property
    def expected_tokens(self) -> int:
        """The tokens that it is expected to take and to give, in the reference encoding."""
        features = self.sent_features
        given = min(features.output_tokens, features.output_limit or features.output_tokens)
        return features.input_tokens + given * features.choices


@quick
@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended. Durations are in milliseconds; `served` and `usage` are None where nothing answered.

    `cached_from` is the id of the receipt whose answer was given again.
    """

    outcome: Outcome
    attempts: tuple[Attempt, ...]
    served: str | None
    usage: Usage | None
    duration_ms: float
    first_chunk_ms: float | None
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    cached_from: str = ""


def settle(exchange: Exchange, ending: Ending, config: Config) -> Receipt:
    """Close the books on one request."""
    decision = exchange.decision
    cost = ZERO if ending.cached_from else _price_of(ending.served, ending.usage, exchange, config)
    asked = exchange.ask.model or decision.baseline
    # Most are served by the model that the policy would have chosen.
    same = ending.served in (None, decision.baseline) and not ending.cached_from
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
        baseline_cost=cost if same else _at_baseline(ending.usage, exchange, config),
        duration_ms=ending.duration_ms,
        first_chunk_ms=ending.first_chunk_ms,
        charged=_price_of(asked if ending.served else None, ending.usage, exchange, config)
        if decision.charge == "asked" and not ending.cached_from
        else cost,
        notes=exchange.notes + ending.notes,
        offers=ending.offers,
        cached_from=ending.cached_from,
    )


def substituted(receipt: Receipt) -> bool:
    """Whether another model answered than the one that was named, or that the policy alone would have chosen."""
    return receipt.served is not None and receipt.served != (receipt.ask.model or receipt.decision.baseline)


def reason_served(receipt: Receipt) -> str:
    """Why the model that served did, see `reason_for`."""
    return reason_for(receipt.decision, receipt.served, receipt.cached_from)


def reason_for(decision: Decision, served: str | None, cached_from: str) -> str:
    """The decision's reason, unless a model stood in for one that failed, or an earlier answer was given again."""
    if cached_from:
        return "cache"
    return decision.reason if served in (decision.chosen, None) else "fallback"


def _at_baseline(usage: Usage | None, exchange: Exchange, config: Config) -> Decimal:
    """What the same tokens would have cost at the baseline, in micro-dollars.

    As much of them would have been cached, unless the request stayed with another model for the sake of its cache.
    """
    model = exchange.decision.baseline
    if usage is not None and exchange.decision.reason == "affinity" and model != exchange.decision.chosen:
        known = min(usage.cached_input_tokens, exchange.situation.cached.get(model, 0))
        usage = replace(usage, cached_input_tokens=known)
    return _price_of(model, usage, exchange, config)


def _price_of(model: str | None, usage: Usage | None, exchange: Exchange, config: Config) -> Decimal:
    """What the used tokens cost at a model's rates of that day, in micro-dollars: accounting books the same."""
    price = price_on(config.prices.get(model or "", ()), exchange.situation.day)
    return ZERO if usage is None or price is None else usage_cost(price, usage)
