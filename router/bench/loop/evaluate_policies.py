"""Any policy on one's own traffic: decided again by decide(), and estimated by the outcomes that the ledger holds.

Invariant: a request is decided as it came, but for the policy; who asked for an exact model still gets it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from router.bench.loop.off_policy import Estimates, Logged, estimate
from router.decision.decide import decide
from router.errors import RouterError
from router.traffic.logged_outcomes import Outcomes
from router.types import Config, Decision


def evaluate(requests: Sequence[Outcomes], config: Config, policy: str) -> tuple[Estimates, int]:
    """The estimates for a policy, and how many requests it refuses, which count nowhere."""
    kept, refused = [], 0
    for request in requests:
        decision = _decided(request, config, policy)
        if decision is None:
            refused += 1
        else:
            kept.append((request, decision.chosen, decision.candidate(decision.chosen).quality))
    return estimate(_logged(kept)), refused


def _decided(request: Outcomes, config: Config, policy: str) -> Decision | None:
    ask = request.receipt.ask
    if ask.model is None or ask.consent == "any":
        ask = replace(ask, asked=policy, policy=policy, model=None)
    try:
        return decide(request.receipt.features, ask, request.receipt.situation, config)
    except RouterError:
        return None


def _logged(kept: Sequence[tuple[Outcomes, str, float]]) -> Logged:
    scores = [[outcome.score for outcome in request.outcomes if outcome.model == chosen] for request, chosen, _ in kept]
    chance = np.array([request.chance.get(chosen, 0.0) for request, chosen, _ in kept])
    units = {unit: place for place, unit in enumerate(dict.fromkeys(r.receipt.ask.unit for r, _, _ in kept))}
    return Logged(
        chance=chance,
        seen=np.array([bool(seen) for seen in scores], np.bool_) & (chance > 0),
        score=np.array([float(np.mean(seen)) if seen else 0.0 for seen in scores]),
        predicted=np.array([quality for _, _, quality in kept]),
        unit=np.array([units[request.receipt.ask.unit] for request, _, _ in kept], np.int64),
    )
