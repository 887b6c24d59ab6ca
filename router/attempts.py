"""What to try next: the rule of fallback, in one place.

Invariant: a model is tried once; after the first byte there is no fallback; a model outside `fallbacks` is never
tried, so consent holds in failures too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from router.types import Attempt, Decision, Outcome

# What the next model may well survive. A request that one backend rejects or filters is not shopped around.
# A model that a budget doesn't let be called was never tried, but the next may be cheaper or on another account.
RETRYABLE: frozenset[Outcome] = frozenset({"timeout", "rate_limited", "unavailable", "budget"})
MOST_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Try:
    """Call this model."""

    model: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Give up, for this outcome."""

    outcome: Outcome


def next_step(decision: Decision, attempts: Sequence[Attempt]) -> Try | Stop:
    """The next model to call, or the end."""
    if not attempts:
        return Try(decision.chosen)
    last = attempts[-1].outcome
    if last not in RETRYABLE or len(attempts) >= MOST_ATTEMPTS:
        return Stop(last)
    tried = {attempt.model for attempt in attempts}
    for model in decision.fallbacks:
        if model not in tried:
            return Try(model)
    return Stop(last)
