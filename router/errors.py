"""Everything that can go wrong, as a closed tree.

FungibleError
  RouterError               answered to the client, with OpenAI's envelope
    BadRequest 400            TooLarge 413            WrongMethod 405
                              TooSlow 408             HeadTooLarge 431
    Unauthorized 401
    Forbidden 403
    NotFound 404              UnknownModel 404
    Conflict 409              Stale 412               NoCondition 428
    NoCandidate 422           lists every exclusion
    RateLimited 429           BudgetExceeded 429
    AttemptsExhausted 502     lists the attempts
    Overloaded 503            Unreachable 503
    DeadlineExceeded 504
  ConfigError               a file is wrong: where, what, the nearest right thing
  ProofError                a proof, a head or a key of the ledger does not hold
  Unbalanced                the money of a request does not add up
  ProviderError             a backend failed, with an outcome from a closed set
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from router.types import Attempt, Candidate, Outcome


class FungibleError(Exception):
    """The root; `message` is fit for a person and holds no secret."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RouterError(FungibleError):
    """An error that the client is told. `param` names the part of the request that is wrong."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, param: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.retry_after = retry_after


class BadRequest(RouterError):
    """The request is malformed, or asks for what cannot be."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_request"


class TooLarge(BadRequest):
    """The body is larger than the limit."""

    status = 413
    code = "request_too_large"


class HeadTooLarge(TooLarge):
    """The request's line and headers are larger than the limit."""

    status = 431
    code = "request_head_too_large"


class TooSlow(BadRequest):
    """The body did not come in time."""

    status = 408
    code = "request_timeout"


class WrongMethod(BadRequest):
    """Something is there, but not for this method; `allowed` are those that it is for."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, method: str, path: str, allowed: str) -> None:
        super().__init__(f"{method} is not possible at {path}: {allowed} is.")
        self.allowed = allowed


class Unauthorized(RouterError):
    """No key, or a wrong one."""

    status = 401
    type = "authentication_error"
    code = "invalid_api_key"


class Forbidden(RouterError):
    """A key that may not do this."""

    status = 403
    type = "permission_error"
    code = "forbidden"


class NotFound(RouterError):
    """Nothing has that name."""

    status = 404
    type = "invalid_request_error"
    code = "not_found"


class UnknownModel(NotFound):
    """Neither a model nor a policy has that name."""

    code = "model_not_found"


class Conflict(RouterError):
    """Somebody else changed it first."""

    status = 409
    type = "invalid_request_error"
    code = "conflict"


class Stale(Conflict):
    """What was to be changed is no longer what the caller saw; nothing was changed."""

    status = 412
    code = "stale"


class NoCondition(Conflict):
    """A change must say what it changes, by `If-Match`."""

    status = 428
    code = "no_condition"


class NoCandidate(RouterError):
    """Every model was excluded; `candidates` says by what."""

    status = 422
    type = "invalid_request_error"
    code = "no_candidate"

    def __init__(self, message: str, candidates: Sequence[Candidate] = ()) -> None:
        super().__init__(message, param="model")
        self.candidates = tuple(candidates)


class RateLimited(RouterError):
    """Too many requests; `retry_after` is in seconds."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"


class BudgetExceeded(RateLimited):
    """A budget is used up; `candidates` says what it left."""

    code = "budget_exceeded"

    def __init__(self, message: str, *, retry_after: int | None = None, candidates: Sequence[Candidate] = ()) -> None:
        super().__init__(message, retry_after=retry_after)
        self.candidates = tuple(candidates)


class AttemptsExhausted(RouterError):
    """Every model that was allowed to answer failed; `attempts` lists how."""

    status = 502
    type = "upstream_error"
    code = "attempts_exhausted"

    def __init__(self, message: str, attempts: Sequence[Attempt] = ()) -> None:
        super().__init__(message)
        self.attempts = tuple(attempts)


class Overloaded(RouterError):
    """More requests are in flight than the limit; try again soon."""

    status = 503
    type = "server_error"
    code = "overloaded"


class Unreachable(RouterError):
    """A database of receipts or budgets can't be used now; `why` is for operators, and not for clients."""

    status = 503
    code = "database_unreachable"
    told: ClassVar[str] = "A database of the router can't be used now"

    def __init__(self, why: str) -> None:
        super().__init__(f"{self.told}: {why}", retry_after=1)
        self.why = why


class DeadlineExceeded(RouterError):
    """The time for the whole request ran out."""

    status = 504
    type = "server_error"
    code = "deadline_exceeded"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file: `where` is `file:line:column`, `hint` the nearest right thing, `code` names the kind."""

    where: str
    sentence: str
    hint: str = ""
    code: str = "invalid"

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}{self.hint}" if self.where else f"{self.sentence}{self.hint}"


class ConfigError(FungibleError):
    """A file, or what a person gave, is wrong; one problem for each fault."""

    def __init__(self, problems: Sequence[Problem | str]) -> None:
        self.problems = tuple(Problem("", found) if isinstance(found, str) else found for found in problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ProofError(FungibleError):
    """A proof, a head or a key of the ledger does not hold, or is none."""


class Unbalanced(FungibleError):
    """The money of a request does not add up, so nothing is reported."""


class ProviderError(FungibleError):
    """A backend failed. `outcome` is one of a closed set; `retry_after` is in seconds."""

    def __init__(self, outcome: Outcome, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.outcome: Outcome = outcome
        self.retry_after = retry_after
