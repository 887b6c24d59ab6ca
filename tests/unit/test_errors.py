"""The closed tree of errors, and what each tells."""

import builders

from router import errors
from router.errors import (
    AttemptsExhausted,
    BackendRefusal,
    ConfigError,
    FungibleError,
    NoCandidate,
    Overflow,
    ProviderError,
    RateLimited,
    Refused,
    RouterError,
    overflow_sentence,
)
from router.types import Attempt

STATUS = {
    "BadRequest": 400,
    "TooLarge": 413,
    "HeadTooLarge": 431,
    "TooSlow": 408,
    "WrongMethod": 405,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "UnknownModel": 404,
    "Conflict": 409,
    "Stale": 412,
    "NoCondition": 428,
    "NoCandidate": 422,
    "ContextExceeded": 400,
    "Refused": 400,
    "RefusedAsLarge": 413,
    "RateLimited": 429,
    "BudgetExceeded": 429,
    "AttemptsExhausted": 502,
    "UnsupportedEncoding": 415,
    "ServerStopped": 503,
    "Overloaded": 503,
    "Unreachable": 503,
    "DeadlineExceeded": 504,
}


def kinds(root: type[FungibleError]) -> set[type[FungibleError]]:
    return {root}.union(*(kinds(child) for child in root.__subclasses__()))


def test_every_error_for_the_client_has_its_status_and_its_own_code() -> None:
    ours = {kind for kind in kinds(RouterError) if kind.__module__ == errors.__name__} - {RouterError}
    assert {kind.__name__: kind.status for kind in ours} == STATUS
    # Those of a backend's refusal say the backend's code.
    own = [kind for kind in ours if not issubclass(kind, errors.Refused)]
    assert len({kind.code for kind in own}) == len(own)


def test_the_tree_at_the_head_of_the_file_is_the_tree() -> None:
    drawn = errors.__doc__ or ""
    assert all(f"{name} {status}" in drawn for name, status in STATUS.items())


def test_an_error_carries_its_message_and_what_a_client_may_do() -> None:
    error = errors.RateLimited("slow down", param="model", retry_after=7)
    assert (error.message, str(error), error.param, error.retry_after) == ("slow down", "slow down", "model", 7)


def test_a_wrong_method_is_told_those_that_are_right() -> None:
    error = errors.WrongMethod("PUT", "/v1/models", "GET", "HEAD")
    assert (error.message, error.allowed) == ("PUT is not possible at /v1/models: GET and HEAD are.", "GET, HEAD")
    assert errors.WrongMethod("PUT", "/v1/x", "POST").message == "PUT is not possible at /v1/x: POST is."
    assert errors.WrongMethod("PUT", "/v1/x").message == "PUT is not possible at /v1/x: nothing is."


def test_errors_that_list_carry_their_lists() -> None:
    assert NoCandidate("none", [builders.candidate()]).candidates == (builders.candidate(),)
    assert (NoCandidate("none").candidates, NoCandidate("none").param) == ((), "model")
    assert AttemptsExhausted("all", [Attempt("m", "timeout", 1.0)]).attempts[0].model == "m"
    assert ConfigError(["a:1:1: one", "a:2:1: two"]).message == "a:1:1: one\na:2:1: two"


def test_a_providers_failure_has_an_outcome() -> None:
    error = ProviderError("rate_limited", "busy", retry_after=3)
    assert (error.outcome, error.message, error.retry_after) == ("rate_limited", "busy", 3)


def test_an_encoding_that_is_not_taken_is_named_with_those_that_are() -> None:
    error = errors.UnsupportedEncoding("compress", ("gzip", "deflate"))
    assert (error.accepted, error.message) == (
        "gzip, deflate",
        "The content-encoding 'compress' can't be decoded here: gzip, deflate can, or none.",
    )


def test_a_server_that_stops_says_so() -> None:
    assert (errors.ServerStopped().status, errors.ServerStopped().retry_after) == (503, 1)


def test_too_long_is_said_without_figures_that_nobody_knows() -> None:
    assert overflow_sentence(Overflow()).startswith("This model's maximum context length is exceeded. Please")
    assert overflow_sentence(Overflow(8000)) == (
        "This model's maximum context length is 8000 tokens. Please reduce the length of the messages."
    )


def test_a_backend_that_found_it_too_long_refused_it_in_the_words_that_programs_look_for() -> None:
    error = Refused("The backend refused it.", BackendRefusal(overflow=Overflow(8000, 9000)))
    assert "maximum context length is 8000 tokens. However, your messages resulted in 9000 tokens." in error.message
    assert (error.detail, error.overflow) == ("The backend refused it.", Overflow(8000, 9000))


def test_a_quota_that_is_used_up_keeps_its_code() -> None:
    spent = RateLimited("wait", refusal=BackendRefusal(code="insufficient_quota", type="insufficient_quota"))
    assert (spent.code, spent.type) == ("insufficient_quota", "insufficient_quota")
    unnamed = RateLimited("wait", refusal=BackendRefusal())
    assert (unnamed.code, unnamed.type) == (RateLimited.code, RateLimited.type)
