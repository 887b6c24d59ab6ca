"""A decision as a person or a program may read it: every model, its code, and what would flip the choice."""

from typing import Any

from router.decision.flips import flips
from router.decision.receipt import Exchange
from router.money import usd
from router.types import Candidate


def explained(exchange: Exchange) -> dict[str, Any]:
    """The decision as plain data; money in USD as decimal text, times in milliseconds, difficulty in logits."""
    decision = exchange.decision
    return {
        "object": "fungible.decision",
        "asked": decision.asked,
        "policy": decision.policy,
        "consent": decision.consent,
        "baseline": decision.baseline,
        "chosen": decision.chosen,
        "reason": decision.reason,
        "ramp": decision.ramp,
        "guards": decision.guards,
        "rules": decision.rules,
        "budgets": decision.budgets,
        "band": decision.band,
        "optimize": decision.optimize,
        "fallbacks": decision.fallbacks,
        "revision": decision.revision,
        "features": exchange.features,
        "candidates": [_explained(candidate, exchange) for candidate in decision.candidates],
    }


def _explained(candidate: Candidate, exchange: Exchange) -> dict[str, Any]:
    ways = flips(exchange.decision, candidate.model, exchange.features)
    return {
        "model": candidate.model,
        "owner": candidate.owner,
        "family": candidate.family,
        "code": candidate.code,
        "detail": candidate.detail,
        "predicted_quality": candidate.quality,
        "cost_usd": usd(candidate.cost),
        "latency_ms": candidate.latency_ms,
        "flips": ways,
    }
