"""Everything that can go wrong, as a closed tree.

FungibleError
  RouterError               answered to the client, with OpenAI's envelope
    BadRequest 400            TooLarge 413            WrongMethod 405
                              TooSlow 408             HeadTooLarge 431
                              UnsupportedEncoding 415
                              Refused 400             by a backend, with its code
                              RefusedAsLarge 413
    Unauthorized 401
    Forbidden 403
    NotFound 404              UnknownModel 404
    Conflict 409              Stale 412               NoCondition 428
    NoCandidate 422           lists every exclusion
                              ContextExceeded 400     by how many tokens
    RateLimited 429           BudgetExceeded 429
    AttemptsExhausted 502     lists the attempts
    Overloaded 503            Unreachable 503
    DeadlineExceeded 504      ServerStopped 503
  ConfigError               a file is wrong: where, what, the nearest right thing
  ProofError                a proof, a head or a key of the ledger does not hold
  Unbalanced                the money of a request does not add up
  ProviderError             a backend failed, with an outcome from a closed set
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from router.types import Attempt, Candidate, Features, Outcome
from router.types.receipt_words import failure_code


@dataclass(frozen=True, slots=True)
class Overflow:
    """Too many tokens: the `most` that a model can hold, those `taken` by the input, and those that may be `given`.

    A count is None where it is not known.
    """

    most: int | None = None
    taken: int | None = None
    given: int = 0


@dataclass(frozen=True, slots=True)
class BackendRefusal:
    """What a backend's refusal says that programs act on: names of closed sets, never its own words.

    `inner` is the code beneath the code, as Azure has it.
    """

    code: str | None = None
    type: str | None = None
    param: str | None = None
    inner: str | None = None
    overflow: Overflow | None = None


def overflow_sentence(overflow: Overflow) -> str:
    """How OpenAI's chat completions say it: programs look for these words, and for the figures without commas."""
    most, taken, given = overflow.most, overflow.taken, overflow.given
    limit = "exceeded" if most is None else f"{most} tokens"
    if most is None or taken is None:
        came = ""
    elif taken <= most:
        came = f" However, you requested {taken + given} tokens ({taken} in the messages, {given} in the completion)."
    else:
        came = f" However, your messages resulted in {taken} tokens."
    return f"This model's maximum context length is {limit}.{came} Please reduce the length of the messages."


class FungibleError(Exception):
    """The root; `message` is fit for a person and holds no secret."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RouterError(FungibleError):
    """An error that the client is told. `param` names the part of the request that is wrong.

    Where there is an `overflow`, `detail` is what the message says beside it.
    """

    status: ClassVar[int] = 500
    type: str = "server_error"
    code: str = "internal_error"
    overflow: Overflow | None = None
    detail: str = ""

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


class Refused(BadRequest):
    """A backend refused the request; its code, type and param are those of the backend, as far as they are known."""

    def __init__(self, message: str, refusal: BackendRefusal) -> None:
        self.overflow, self.detail = refusal.overflow, message
        if refusal.overflow is not None:
            message = f"{overflow_sentence(refusal.overflow)} {message}"
        super().__init__(message, param=refusal.param)
        self.code, self.type, self.inner = refusal.code or self.code, refusal.type or self.type, refusal.inner


class RefusedAsLarge(Refused):
    """A backend found the request too large."""

    status = 413


class TooSlow(BadRequest):
    """The body did not come in time."""

    status = 408
    code = "request_timeout"


class UnsupportedEncoding(BadRequest):
    """The body is compressed in a way that can't be undone here; `accepted` are those that can."""

    status = 415
    code = "unsupported_encoding"

    def __init__(self, encoding: str, accepted: Sequence[str]) -> None:
        words = f"The content-encoding {encoding[:40]!r} can't be decoded here: {', '.join(accepted)} can, or none."
        super().__init__(words)
        self.accepted = ", ".join(accepted)


class WrongMethod(BadRequest):
    """Something is there, but not for this method; `allowed` are those that it is for."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, method: str, path: str, *allowed: str) -> None:
        possible = f"{' and '.join(allowed)} {'is' if len(allowed) == 1 else 'are'}" if allowed else "nothing is"
        super().__init__(f"{method} is not possible at {path}: {possible}.")
        self.allowed = ", ".join(allowed)


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
    """Every model was excluded; `candidates` says by what.

    `full` is the sentence for operators, who may know the names of guards and budgets; the client is told the codes.
    """

    status = 422
    type = "invalid_request_error"
    code = "no_candidate"

    def __init__(self, message: str, candidates: Sequence[Candidate] = (), full: str = "") -> None:
        super().__init__(message, param="model")
        self.candidates = tuple(candidates)
        self.full = full or message


class ContextExceeded(NoCandidate):
    """The request is longer than any model can hold that may answer it; `model` is the one that holds most.

    `features` are what was read of it.
    """

    status = 400
    code = "context_length_exceeded"

    def __init__(
        self, overflow: Overflow, detail: str, model: str, features: Features, candidates: Sequence[Candidate] = ()
    ) -> None:
        super().__init__(f"{overflow_sentence(overflow)} {detail}", candidates)
        self.param = "messages"
        self.overflow, self.detail, self.model, self.features = overflow, detail, model, features


class RateLimited(RouterError):
    """Too many requests; `retry_after` is in seconds. Where a backend's quota is used up, its code says so."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        retry_after: int | None = None,
        refusal: BackendRefusal | None = None,
    ) -> None:
        super().__init__(message, param=param, retry_after=retry_after)
        if refusal is not None:
            self.code, self.type = refusal.code or self.code, refusal.type or self.type


class BudgetExceeded(RateLimited):
    """A budget is used up; `candidates` says what it left, `full` all of it to operators, as for `NoCandidate`."""

    code = "budget_exceeded"

    def __init__(
        self, message: str, *, retry_after: int | None = None, candidates: Sequence[Candidate] = (), full: str = ""
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.candidates = tuple(candidates)
        self.full = full or message


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
    sentence: ClassVar[str] = "A database of the router can't be used now"

    def __init__(self, why: str) -> None:
        super().__init__(f"{self.sentence}: {why}", retry_after=1)
        self.why = why


class DeadlineExceeded(RouterError):
    """The time for the whole request ran out."""

    status = 504
    type = "server_error"
    code = "deadline_exceeded"


class ServerStopped(DeadlineExceeded):
    """The time ran out since the server is being stopped; another one may answer."""

    status = 503
    code = "server_stopped"

    def __init__(self) -> None:
        super().__init__("The server is being stopped, and this request was not done in time.", retry_after=1)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file: `where` is `file:line:column`, `hint` the nearest right thing, `code` names the kind.

    `path` leads to it from the top of the file by keys and numbers, where that is known. `line` is the line of the file
    where it has to be seen, for a person alone: no log repeats it.
    """

    where: str
    sentence: str
    hint: str = ""
    code: str = "invalid"
    path: tuple[str | int, ...] = ()
    line: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}{self.hint}" if self.where else f"{self.sentence}{self.hint}"


class ConfigError(FungibleError):
    """A file, or what a person gave, is wrong; one problem for each fault."""

    def __init__(self, problems: Sequence[Problem | str]) -> None:
        self.problems = tuple(Problem("", problem) if isinstance(problem, str) else problem for problem in problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ProofError(FungibleError):
    """A proof, a head or a key of the ledger does not hold, or is none."""


class Unbalanced(FungibleError):
    """The money of a request does not add up, so nothing is reported."""


class ProviderError(FungibleError):
    """A backend failed. `outcome` is one of a closed set; `retry_after` is in seconds.

    The client reads `message`, which may hold a backend's own words, and the names of the `refusal`; a receipt keeps
    `code`, as `failure_code` has it.
    """

    def __init__(
        self,
        outcome: Outcome,
        message: str,
        *,
        retry_after: int | None = None,
        code: str = "",
        refusal: BackendRefusal | None = None,
    ) -> None:
        super().__init__(message)
        self.outcome: Outcome = outcome
        self.retry_after = retry_after
        self.code = failure_code(code)
        self.refusal = refusal
