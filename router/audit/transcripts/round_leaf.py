"""The leaves of an audit's transcript: how it began, each round, and how it ended.

Invariant: no word of a prompt or an answer is in them, only salted commitments; what is in them is enough to work the
wealth out anew.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from router.audit.audit_plan import Wish
from router.audit.audit_report import AuditReport
from router.audit.endpoint_client import Reply
from router.audit.transcripts.transcript import KIND
from router.evidence.matched import Round
from router.money import usd


def begun_leaf(
    wish: Wish,
    places: tuple[str, str],
    at: str,
    seed_commitment: str,
    cap: Decimal | None,
    substitutes: Sequence[str],
) -> dict[str, Any]:
    """What was decided before the first call; `places` are those of the audited endpoint and of the reference."""
    wanted = wish.parameters
    return {
        "kind": "begun",
        "format": KIND,
        "at": at,
        "model": wish.model,
        "endpoint": places[0],
        "reference": places[1],
        "substitutes": list(substitutes),
        "references": wish.references,
        "alpha": wish.alpha,
        "calls": wish.calls,
        "prompts": len(wish.prompts),
        "parameters": {
            "max_tokens": wanted.max_tokens,
            "temperature": wanted.temperature,
            "system": bool(wanted.system),
        },
        "seed_commitment": seed_commitment,
        "watch": wish.watch,
        "budget_usd": None if cap is None else usd(cap),
    }


def counted_leaf(
    number: int,
    at: str,
    commitments: Sequence[str],
    replies: Sequence[Reply],
    order: Sequence[int],
    scored: Round | None,
    declared: str | None,
) -> dict[str, Any]:
    """A round in which all answers came; `declared` is the other model that the audited answer says it is from."""
    leaf: dict[str, Any] = {
        "kind": "declared" if scored is None else "round",
        "draw": number,
        "at": at,
        "prompt": commitments[0],
        "order": list(order),
        "answers": [
            {
                "answer": commitment,
                "says": reply.said.model,
                "tokens": [reply.said.input_tokens, reply.said.output_tokens],
                "ms": round(1000 * reply.seconds),
            }
            for commitment, reply in zip(commitments[1:], replies, strict=True)
        ],
    }
    if scored is None:
        return leaf | {"declared": declared}
    scores = {name: {"of": list(of.of), "spread": of.spread} for name, of in scored.scores.items()}
    return leaf | {"scores": scores, "log_wealth": scored.log_wealth}


def failed_leaf(number: int, at: str, prompt: str, why: Sequence[str]) -> dict[str, Any]:
    """A round in which an answer did not come."""
    return {"kind": "failed", "draw": number, "at": at, "prompt": prompt, "why": list(why)}


def ended_leaf(report: AuditReport, seed: bytes) -> dict[str, Any]:
    """How it ended, with the seed, so that everybody can draw again."""
    return {
        "kind": "ended",
        "at": report.ended,
        "end": report.end,
        "stop": report.stop,
        "rounds": report.rounds,
        "failed": report.failed,
        "declared": sum(report.declared.values()),
        "best_log_wealth": report.best_log_wealth,
        "nearest": report.nearest,
        "substitutes": [
            {"name": row.name, "share": row.share, "low": row.low, "high": row.high} for row in report.substitutes
        ],
        "seen": report.seen,
        "spent_usd": usd(report.spent) if report.priced else None,
        "seed": seed.hex(),
    }
