"""What a line of the log says of a request.

Invariant: everything in it is a name of the configuration, an id, a count, a time or a code; what a client wrote
stands in it only as its path and its team, cut short, and its request id.
"""

from typing import Any

from router.decision.receipt import reason_served, substituted
from router.money import usd
from router.serving.request_trace import RequestTrace
from router.types import Receipt

_MOST = 256


def describe_request(request_trace: RequestTrace) -> dict[str, Any]:
    """The fields, in the order in which they are read; those that say nothing are None."""
    receipt = request_trace.answer.receipt if request_trace.answer is not None else None
    return {
        "request_id": request_trace.request_id,
        "method": request_trace.method,
        "path": request_trace.path[:_MOST],
        "status": request_trace.status or None,
        "duration_ms": round(request_trace.seconds * 1000, 3),
        "error": request_trace.failure,
        **(_answered(receipt) if receipt is not None else {}),
        "trace_id": request_trace.trace_id,
    }


def _answered(receipt: Receipt) -> dict[str, Any]:
    usage, caller = receipt.usage, receipt.ask.caller
    return {
        "receipt": receipt.id,
        "key": caller.key,
        "team": caller.team[:_MOST] if caller.team else None,
        "policy": receipt.decision.policy,
        "asked": receipt.asked,
        "chosen": receipt.chosen,
        "served": receipt.served,
        "reason": reason_served(receipt),
        "substituted": substituted(receipt),
        "outcome": receipt.outcome,
        "input_tokens": usage.input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "cost_usd": usd(receipt.cost),
        "first_chunk_ms": receipt.first_chunk_ms,
        # Not its detail: where an operator keeps a backend's words in receipts, they are for receipts alone.
        "attempts": [
            {"deployment": attempt.deployment or attempt.model, "outcome": attempt.outcome, "ms": attempt.duration_ms}
            for attempt in receipt.attempts
        ],
    }
