"""How an exchange ended, and the error that says so to its client."""

from collections.abc import Sequence
from dataclasses import replace

from router.decision.recorded_words import TriedCall
from router.errors import (
    AttemptsExhausted,
    BackendRefusal,
    BudgetExceeded,
    DeadlineExceeded,
    Overflow,
    ProviderError,
    RateLimited,
    Refused,
    RefusedAsLarge,
    RouterError,
    ServerStopped,
)
from router.types import Outcome

# Codes of a quota that asking again does not bring back.
_SPENT = frozenset(
    {"insufficient_quota", "quota_exceeded", "billing_hard_limit_reached", "billing_not_active", "usage_limit_reached"}
)


def outcome_of(error: BaseException | None) -> Outcome:
    """How an answer ended that was left in this way."""
    if isinstance(error, ProviderError):
        return "cut_off"
    if isinstance(error, ServerStopped):
        return "stopped"
    return "timeout" if isinstance(error, DeadlineExceeded) else "client_left"


def failure(
    outcome: Outcome, attempts: Sequence[TriedCall], retry_after: int | None, *, silent: bool = False
) -> RouterError:
    """The error that tells the client what became of its request: in silence without the models that were tried."""
    shown = () if silent else attempts
    tried = "".join(f"; {a.model}: {a.outcome}" + (f" ({a.message})" if a.message else "") for a in shown)
    tried = tried.replace(";", "", 1)
    refusal = attempts[-1].refusal if attempts else None
    if outcome in ("rejected", "content_filter"):
        return _refused(tried, outcome, refusal or BackendRefusal(), silent=silent)
    if outcome == "budget":
        return BudgetExceeded(f"No budget is left for a model that may answer.{tried}", retry_after=1)
    if outcome == "rate_limited":
        return _limited(tried, retry_after, refusal)
    for_client = [attempt.for_client() for attempt in shown]
    return AttemptsExhausted(f"Every model that was allowed to answer failed.{tried}", for_client)


def _refused(tried: str, outcome: Outcome, refusal: BackendRefusal, *, silent: bool) -> Refused:
    """A refusal with its code, in the sentence too, where many a client looks for it alone.

    In silence it is told without the size of a context, which is that of a model.
    """
    if outcome == "content_filter" and refusal.code is None:
        refusal = replace(refusal, code="content_filter")
    if silent and refusal.overflow is not None:
        refusal = replace(refusal, overflow=Overflow())
    names = ", ".join(dict.fromkeys(name for name in (refusal.type, refusal.code) if name))
    said = f" ({names})" if names else ""
    # Words that clients look for where no code is theirs.
    why = "was rejected as a result of the safety system" if outcome == "content_filter" else "was refused"
    message = f"The request {why}{said}.{tried}"
    # OpenAI's API has no status of its own for what is too large.
    return (RefusedAsLarge if refusal.code == "request_too_large" else Refused)(message, refusal)


def _limited(tried: str, retry_after: int | None, refusal: BackendRefusal | None) -> RateLimited:
    """What is said where nobody had room: of a quota that is used up, that this is why."""
    spent = refusal is not None and refusal.code in _SPENT
    why = "The quota of a backend is used up." if spent else "Every model that was allowed to answer is at its limit."
    return RateLimited(f"{why}{tried}", retry_after=retry_after, refusal=refusal if spent else None)
