"""What a backend says it used: believed where it can be true, counted by us where it cannot."""

import pytest
from builders import features, model, tokenizer
from hypothesis import given
from hypothesis import strategies as st

from router.serving.usage_count import MOST_CONTEXTS, count_usage, credible, expected_usage
from router.types import EmbeddingRequest, Message, SpeechRequest, Usage
from router.types.chat import MOST_TOKENS

# The builder's model holds 10,000 tokens.
MOST = 10_000 * MOST_CONTEXTS
COUNTS = st.integers(-10, 2 * MOST)


@pytest.mark.parametrize(
    ("usage", "choices", "believed"),
    [
        (Usage(0, 0, 0, "backend"), 1, True),
        (Usage(42, 7, 42, "backend", 7), 1, True),
        (Usage(MOST, MOST, 0, "backend"), 1, True),
        (Usage(MOST + 1, 7, 0, "backend"), 1, False),
        (Usage(42, MOST + 1, 0, "backend"), 1, False),
        (Usage(42, MOST + 1, 0, "backend"), 2, True),
        (Usage(-1, 7, 0, "backend"), 1, False),
        (Usage(42, -7, 0, "backend"), 1, False),
        (Usage(42, 7, -1, "backend"), 1, False),
        (Usage(42, 7, 43, "backend"), 1, False),
        (Usage(42, 7, 0, "backend", 8), 1, False),
        (Usage(42, 7, 0, "backend", -1), 1, False),
        (Usage(42.0, 7, 0, "backend"), 1, False),
        (Usage(42, float("nan"), 0, "backend"), 1, False),
        (Usage(42, 7, True, "backend"), 1, False),
        (Usage(42, 7, None, "backend"), 1, False),
        (Usage("42", 7, 0, "backend"), 1, False),
    ],
)
def test_what_can_be_true(usage: Usage, choices: int, believed: bool) -> None:
    assert credible(usage, model(), choices) is believed


def test_no_count_is_beyond_what_a_receipt_holds_however_large_the_catalog_says_that_a_model_is() -> None:
    boundless = model(context=10**30)
    assert credible(Usage(MOST_TOKENS, 0, 0, "backend"), boundless, 1)
    assert not credible(Usage(MOST_TOKENS + 1, 0, 0, "backend"), boundless, 1)


def test_what_can_t_be_counted_took_what_was_expected() -> None:
    found = expected_usage(features(input_tokens=100, output_tokens=50, output_limit=20, choices=3), tokenizer())
    assert (found.input_tokens, found.output_tokens, found.counted) == (100, 60, "estimate")


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_what_is_believed_never_costs_less_than_nothing(taken: int, given: int, cached: int, thought: int) -> None:
    if credible(Usage(taken, given, cached, "backend", thought), model(), 1):
        assert min(taken - cached, cached, given - thought, thought) >= 0
        assert max(taken, given) <= MOST


def test_texts_are_counted_one_by_one_and_speech_by_the_character() -> None:
    texts = tuple(Message("user", text) for text in ("a cat", "a cat", "정관"))
    words = tokenizer(encoding="cl100k_base")
    usage = count_usage(EmbeddingRequest("m", texts[:1]), features(), words, ())
    three = count_usage(EmbeddingRequest("m", texts), features(), words, ())
    assert (usage.input_tokens, usage.output_tokens, usage.counted) == (2, 0, "exact")
    assert (
        three.input_tokens == 2 + 2 + count_usage(EmbeddingRequest("m", texts[2:]), features(), words, ()).input_tokens
    )
    said = count_usage(SpeechRequest("m", texts[:1]), features(), tokenizer(encoding="characters"), ())
    assert (said.input_tokens, said.output_tokens, said.counted) == (5, 0, "exact")
