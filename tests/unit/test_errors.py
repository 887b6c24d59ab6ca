"""The closed tree of errors, and what each tells."""

import builders

from router import errors
from router.errors import AttemptsExhausted, ConfigError, FungibleError, NoCandidate, ProviderError, RouterError
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
    "RateLimited": 429,
    "BudgetExceeded": 429,
    "AttemptsExhausted": 502,
    "Overloaded": 503,
    "Unreachable": 503,
    "DeadlineExceeded": 504,
}


def kinds(root: type[FungibleError]) -> set[type[FungibleError]]:
    return {root}.union(*(kinds(child) for child in root.__subclasses__()))


def test_every_error_for_the_client_has_its_status_and_its_own_code() -> None:
    ours = {kind for kind in kinds(RouterError) if kind.__module__ == errors.__name__} - {RouterError}
    assert {kind.__name__: kind.status for kind in ours} == STATUS
    assert len({kind.code for kind in ours}) == len(ours)


def test_the_tree_at_the_head_of_the_file_is_the_tree() -> None:
    drawn = errors.__doc__ or ""
    assert all(f"{name} {status}" in drawn for name, status in STATUS.items())


def test_an_error_carries_its_message_and_what_a_client_may_do() -> None:
    error = errors.RateLimited("slow down", param="model", retry_after=7)
    assert (error.message, str(error), error.param, error.retry_after) == ("slow down", "slow down", "model", 7)


def test_a_wrong_method_is_told_those_that_are_right() -> None:
    error = errors.WrongMethod("PUT", "/v1/models", "GET, HEAD")
    assert (error.message, error.allowed) == ("PUT is not possible at /v1/models: GET, HEAD is.", "GET, HEAD")


def test_errors_that_list_carry_their_lists() -> None:
    assert NoCandidate("none", [builders.candidate()]).candidates == (builders.candidate(),)
    assert (NoCandidate("none").candidates, NoCandidate("none").param) == ((), "model")
    assert AttemptsExhausted("all", [Attempt("m", "timeout", 1.0)]).attempts[0].model == "m"
    assert ConfigError(["a:1:1: one", "a:2:1: two"]).message == "a:1:1: one\na:2:1: two"


def test_a_providers_failure_has_an_outcome() -> None:
    error = ProviderError("rate_limited", "busy", retry_after=3)
    assert (error.outcome, error.message, error.retry_after) == ("rate_limited", "busy", 3)
