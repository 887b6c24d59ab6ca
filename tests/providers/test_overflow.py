"""What backends refuse, in the names that programs act on, whichever maker's words it comes in."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.upstream.failures import failure, failure_of_event
from providers.upstream.scrub import without_names
from router.errors import BackendRefusal, Overflow, ProviderError
from router.types.receipt_words import FAILURE_CODES, PARAMETER_NAMES, code_of_apis, parameter_path

OPENAI = (
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. "
    "Please reduce the length of the messages."
)
ASKED = (
    "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the messages, "
    "1000 in the completion)."
)
TOO_LONG: list[tuple[dict[str, Any], Overflow]] = [
    ({"message": OPENAI, "code": "context_length_exceeded", "param": "messages"}, Overflow(8192, 9000)),
    # vLLM says it without a code.
    ({"message": OPENAI, "type": "BadRequestError", "code": 400}, Overflow(8192, 9000)),
    ({"message": ASKED, "type": "BadRequestError"}, Overflow(8192, 8000, 1000)),
    (
        {"message": "prompt is too long: 208310 tokens > 200000 maximum", "type": "invalid_request_error"},
        Overflow(200000, 208310),
    ),
    (
        {"message": "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease"},
        Overflow(200000, 190000, 20000),
    ),
    ({"message": "Your input exceeds the context window of this model."}, Overflow()),
    ({"message": "too big", "code": "context_length_exceeded"}, Overflow()),
    (
        {
            "message": "the request exceeds the available context size, try increasing it",
            "n_ctx": 4096,
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 5000,
        },
        Overflow(4096, 5000),
    ),
    (
        {"message": "too many", "type": "exceed_context_size_error", "n_prompt_tokens": 5000, "n_ctx": 4096},
        Overflow(4096, 5000),
    ),
    (
        {"message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."},
        Overflow(1048576, 1200000),
    ),
    (
        {
            "message": "This endpoint's maximum context length is 131072 tokens. However, you requested about "
            "132463 tokens (1463 of text input, 131000 in the output)."
        },
        Overflow(131072, 1463, 131000),
    ),
    (
        {
            "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum "
            "context length"
        },
        Overflow(32768, 40000),
    ),
]
NAMED: list[tuple[dict[str, Any], BackendRefusal]] = [
    (
        {
            "code": "content_filter",
            "type": None,
            "param": "prompt",
            "innererror": {"code": "ResponsibleAIPolicyViolation"},
        },
        BackendRefusal("content_filter", None, "prompt", "ResponsibleAIPolicyViolation"),
    ),
    (
        {"code": "invalid_prompt", "type": "invalid_request_error"},
        BackendRefusal("invalid_prompt", "invalid_request_error"),
    ),
    (
        {"code": "image_parse_error", "type": "invalid_request_error", "param": None},
        BackendRefusal("image_parse_error", "invalid_request_error"),
    ),
    (
        {"code": "unsupported_value", "type": "invalid_request_error", "param": "messages[2].content[0].image_url"},
        BackendRefusal("unsupported_value", "invalid_request_error", "messages[2].content[0].image_url"),
    ),
    ({"code": "my secret", "type": "of the prompt", "param": "tools[0].my_secret"}, BackendRefusal(param="tools[0]")),
    ({"type": "request_too_large"}, BackendRefusal("request_too_large", "request_too_large")),
]
NUMBERS = st.integers(-(2**63), 2**63 - 1)


def refused(error: Any, status: int = 400) -> ProviderError:
    return failure(status, {}, orjson.dumps({"error": error}), str)


@pytest.mark.parametrize(("error", "overflow"), TOO_LONG)
def test_too_long_is_too_long_in_any_makers_words(error: dict[str, Any], overflow: Overflow) -> None:
    for refusal in (refused(error), refused(error, 500), failure_of_event(error, str)):
        assert refusal.outcome == "rejected"
        assert refusal.refusal is not None
        assert refusal.refusal.overflow == overflow
        assert (refusal.refusal.code, refusal.refusal.type) == ("context_length_exceeded", "invalid_request_error")
        assert refusal.refusal.param == "messages"
        assert "context_length_exceeded" in refusal.code


@pytest.mark.parametrize(("error", "names"), NAMED)
def test_a_refusal_keeps_the_names_that_apis_have(error: dict[str, Any], names: BackendRefusal) -> None:
    assert refused({"message": "No.", **error}).refusal == names


def test_a_quota_that_is_used_up_keeps_its_name() -> None:
    error = refused(
        {"message": "You exceeded your current quota", "type": "insufficient_quota", "code": "insufficient_quota"}, 429
    )
    assert (error.outcome, error.refusal) == (
        "rate_limited",
        BackendRefusal("insufficient_quota", "insufficient_quota"),
    )


@pytest.mark.parametrize("message", ["The prompt is long", "Too many tokens per minute", "context", "maximum 3 images"])
def test_what_is_not_too_long_is_not_called_so(message: str) -> None:
    refusal = refused({"message": message, "type": "invalid_request_error"}).refusal
    assert refusal is not None
    assert (refusal.overflow, refusal.code) == (None, None)


@given(
    st.dictionaries(
        st.sampled_from(["message", "code", "type", "param", "innererror", "n_ctx"]),
        st.text() | NUMBERS | st.none() | st.lists(NUMBERS) | st.dictionaries(st.just("code"), st.text()),
    )
)
def test_nothing_but_names_of_apis_comes_through(error: dict[str, Any]) -> None:
    for refusal in (refused(error).refusal, failure_of_event(error, str).refusal):
        assert refusal is not None
        for name in (refusal.code, refusal.type, refusal.inner):
            assert name is None or name.lower() in FAILURE_CODES
        steps = (refusal.param or "").replace("[", ".").replace("]", "").split(".")
        assert all(step in PARAMETER_NAMES or step.isdigit() or not step for step in steps)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("messages.0.content", "messages.0.content"),
        ("messages[0].secret", "messages[0]"),
        ("secret", None),
        (None, None),
        (5, None),
        ("input[3].image_url", "input[3].image_url"),
        ("model name", "model"),
    ],
)
def test_a_parameter_is_told_as_far_as_it_is_one(text: Any, path: str | None) -> None:
    assert parameter_path(text) == path


def test_codes_are_spelt_as_apis_spell_them() -> None:
    assert code_of_apis("RESPONSIBLEAIPOLICYVIOLATION") == "ResponsibleAIPolicyViolation"
    assert code_of_apis("Context_Length_Exceeded") == "context_length_exceeded"
    assert (code_of_apis("late_token"), code_of_apis(None), code_of_apis(400)) == (None, None, None)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "Rate limit reached for gpt-5 in organization org-AbC123 on tokens per min (TPM): Limit 30000.",
            "Rate limit reached for gpt-5 on tokens per min (TPM): Limit 30000.",
        ),
        ("No access for project proj_abc123XYZ to gpt-5", "No access to gpt-5"),
        ("Incorrect API key provided: sk-proj-1234********wxyz.", "Incorrect API key provided: …"),
        ("key AIzaSyD4abcdefgh12 is wrong", "key … is wrong"),
        ("Use task-based prompts, not org-wide ones", "Use task-based prompts, not org-wide ones"),
        ("Token limit for acct_12345 reached", "Token limit for … reached"),
    ],
)
def test_the_name_of_an_account_and_keys_are_taken_out(said: str, shown: str) -> None:
    assert without_names(said) == shown
