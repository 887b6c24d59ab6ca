"""A table of outcomes out of the ledger, as `fungible fit` and `fungible bench routing` read it.

Invariant: a row is one outcome; a cost is what was paid, or where the model did not serve, what was expected of it.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from router.traffic.logged_outcomes import Outcomes

MICRO = Decimal(1_000_000)


def outcome_rows(logged: Iterable[Outcomes], *, worded: bool) -> Iterator[dict[str, Any]]:
    """The rows; with words, those of requests whose prompt is known alone."""
    for request in logged:
        if worded and not request.prompt:
            continue
        receipt = request.receipt
        expected = {candidate.model: candidate.cost for candidate in receipt.decision.candidates}
        for outcome in request.outcomes:
            cost = receipt.cost if outcome.model == receipt.served else expected.get(outcome.model)
            yield {
                **({"prompt": request.prompt} if worded else {}),
                "model": outcome.model,
                "score": outcome.score,
                "cost": None if cost is None else float(cost / MICRO),
                "propensity": request.chance.get(outcome.model),
                "outcome_of": outcome.source,
                "task_read": receipt.features.task,
                "language": receipt.features.language,
                "policy_applied": receipt.decision.policy,
                "group": receipt.ask.unit,
                "receipt": receipt.id,
                "time": receipt.time.isoformat(),
            }
