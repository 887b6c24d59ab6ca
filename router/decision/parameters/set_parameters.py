"""The effort and the limit on output that a policy sets in the place of what the client asks for.

Invariant: nothing is ever set above what the client asks for, but an effort of which the policy says `at_least`; what
is decided, held for, priced and sent is the same limit.
"""

from dataclasses import replace
from typing import get_args

from router.types import (
    KINDS,
    ChatRequest,
    Decision,
    Effort,
    EffortRule,
    EmbeddingRequest,
    Features,
    Model,
    Policy,
    SpeechRequest,
)

_LEVELS: tuple[str, ...] = get_args(Effort)


def effort_for(asked: str | None, rule: EffortRule | None) -> str | None:
    """The effort that is sent in the place of the client's, or None where the client's is."""
    if rule is None or asked == rule.effort:
        return None
    if asked is None:
        return rule.effort
    if asked not in _LEVELS:
        # A word that nobody here knows may mean more than any.
        return None if rule.raises else rule.effort
    lower = _LEVELS.index(asked) < _LEVELS.index(rule.effort)
    return rule.effort if lower == rule.raises else None


def output_limit_for(asked: int, most: int | None) -> int:
    """The limit on output that is sent in the place of the client's, or 0 where the client's is."""
    return most if most is not None and (not asked or most < asked) else 0


def limited(features: Features, policy: Policy) -> Features:
    """The features with the limit on output that is sent; vectors and speech have none."""
    if policy.max_output is None or not KINDS.isdisjoint(features.needs):
        return features
    limit = output_limit_for(features.output_limit, policy.max_output)
    return replace(features, output_limit=limit) if limit else features


def sent(request: ChatRequest, decision: Decision, model: Model) -> ChatRequest:
    """The request as it goes to a model."""
    if not (decision.effort or decision.max_output) or isinstance(request, EmbeddingRequest | SpeechRequest):
        return request
    effort = decision.effort or request.reasoning_effort
    if not decision.max_output:
        return replace(request, reasoning_effort=effort)
    # Under the names that the client gave, since a backend may know one alone; where it gave none, the usual one.
    most = min(decision.max_output, model.max_output)
    both = request.max_tokens is not None, request.max_completion_tokens is not None
    old, new = both if any(both) else (True, False)
    return replace(
        request,
        reasoning_effort=effort,
        max_tokens=most if old else None,
        max_completion_tokens=most if new else None,
    )
