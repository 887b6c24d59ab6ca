"""A decision as a person or a program may read it: every model, its code, and what would flip the choice."""

from dataclasses import replace
from typing import Any

from router.decision.flips import flips
from router.decision.receipt import Exchange
from router.money import usd
from router.types import Candidate


def explained(exchange: Exchange, *, public: bool = False) -> dict[str, Any]:
    """The decision as plain data; money in USD as decimal text, times in milliseconds, difficulty in logits.

    In `public`, as its client may read it, guards and budgets have no names: these tell of others.
    """
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
        "guards": () if public else decision.guards,
        "rules": decision.rules,
        "budgets": () if public else decision.budgets,
        "band": decision.band,
        "optimize": decision.optimize,
        "fallbacks": decision.fallbacks,
        "revision": decision.revision,
        "effort": decision.effort,
        "max_output": decision.max_output,
        "features": replace(exchange.features, says=()) if public else exchange.features,
        "candidates": [_explained(candidate, exchange, public=public) for candidate in decision.candidates],
    }


def _explained(candidate: Candidate, exchange: Exchange, *, public: bool) -> dict[str, Any]:
    ways = flips(exchange.decision, candidate.model, exchange.features)
    hidden = public and candidate.detail and not candidate.public_detail
    if hidden:
        ways = tuple([replace(way, first=candidate.code) for way in ways])
    return {
        "model": candidate.model,
        "owner": candidate.owner,
        "family": candidate.family,
        "code": candidate.code,
        "detail": candidate.public_detail if public else candidate.detail,
        "predicted_quality": candidate.quality,
        "cost_usd": usd(candidate.cost),
        "latency_ms": candidate.latency_ms,
        "preferred": candidate.preferred,
        "rank": candidate.rank,
        "flips": ways,
    }
