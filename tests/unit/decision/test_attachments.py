"""What is attached counts by its bytes and its kind, and never as nothing."""

from dataclasses import replace
from math import ceil
from typing import Any

import pytest
from builders import features, tokenizer
from hypothesis import given
from hypothesis import strategies as st

from router.decision.counts.attachments import (
    DOCUMENT,
    DOCUMENT_BEYOND,
    ERROR,
    MOSTLY_WORDS,
    PICTURE_TOKENS,
    PLAIN,
    SAID_BEFORE_TOKENS,
    SOUND,
    UNKNOWN_TOKENS,
    VIDEO,
    WAVE,
    attached_tokens,
)
from router.decision.features import TOKENS_AN_IMAGE, fixed_tokens, input_text, measure, read
from router.serving.usage_count import count_usage
from router.types import ChatRequest, Excerpt, Message, Part, Reading

SIZE = 120_000
DATA = "A" * (SIZE * 4 // 3)
PDF = "JVBERi" + DATA[6:]


def asked(*parts: Part, **message: Any) -> ChatRequest:
    return ChatRequest("auto", (Message("user", (Part("text", "sum up"), *parts), **message),))


def file(**words: Any) -> Part:
    return Part("file", file=words)


def sound(**words: Any) -> Part:
    return Part("input_audio", input_audio=words)


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        (file(filename="a.pdf", file_data=f"data:application/pdf;base64,{DATA}"), SIZE // DOCUMENT),
        (file(filename="a.pdf", file_data=DATA), SIZE // DOCUMENT),
        (file(filename="a.mp4", file_data=PDF), SIZE // DOCUMENT),
        (file(file_data=f"data:video/mp4;base64,{PDF}"), SIZE // DOCUMENT),
        (file(filename="A.PDF", file_data=f"data:application/octet-stream;base64,{DATA}"), SIZE // DOCUMENT),
        (file(file_data=DATA), SIZE // PLAIN),
        (file(filename="notes", file_data=f"data:text/plain;charset=utf-8;base64,{DATA}"), SIZE // PLAIN),
        (file(file_data="data:text/csv,a%2Cb" + "c" * 992), 250),
        (file(filename="a.docx", file_data=DATA), SIZE // PLAIN),
        (file(filename="a.png", file_data=DATA), PICTURE_TOKENS),
        (file(filename="a.mp4", file_data=DATA), SIZE // VIDEO),
        (file(file_data=f"data:video/webm;base64,{DATA}"), SIZE // VIDEO),
        (file(filename="a.mp3", file_data=DATA), SIZE // SOUND),
        (sound(data=DATA, format="wav"), SIZE // WAVE),
        (sound(data=DATA, format="mp3"), SIZE // SOUND),
        (sound(data=DATA, format="new"), SIZE // SOUND),
        (sound(data="AA==", format="wav"), 1),
        (sound(), UNKNOWN_TOKENS),
        (sound(data=5, format=None), UNKNOWN_TOKENS),
        (file(file_id="file-1"), UNKNOWN_TOKENS),
        (file(filename="a.pdf"), UNKNOWN_TOKENS),
        (Part("file"), UNKNOWN_TOKENS),
        (file(file_data="https://example.com/a.pdf"), UNKNOWN_TOKENS),
        (file(file_data=DATA, file_id="file-1"), SIZE // PLAIN + UNKNOWN_TOKENS),
        (file(file_data="data:" + "x" * 1_000), 123),
        (Part("image_url", image_url={"url": f"data:application/pdf;base64,{DATA}"}), SIZE // DOCUMENT),
        (Part("image_url", image_url={"url": f"DATA:Image/png;base64,{DATA}"}), 0),
        (Part("image_url", image_url={"url": "https://example.com/a.png"}), 0),
        (Part("image_url"), 0),
    ],
)
def test_each_kind_has_its_own_rule(part: Part, tokens: int) -> None:
    assert attached_tokens(asked(part)) == tokens


def test_what_a_long_document_has_beyond_words_counts_less() -> None:
    size = 5_000_000
    tokens = attached_tokens(asked(file(file_data=PDF[:6] + "A" * (size * 4 // 3 - 6))))
    assert tokens == ceil(MOSTLY_WORDS / DOCUMENT + (size - 1 - MOSTLY_WORDS) / DOCUMENT_BEYOND) < 110_000


def test_an_answer_that_was_spoken_counts_where_it_is_referred_to() -> None:
    spoken = Message("assistant", None, extra={"audio": {"id": "audio_1"}})
    assert attached_tokens(ChatRequest("auto", (spoken,))) == SAID_BEFORE_TOKENS
    assert attached_tokens(asked(extra={"audio": "no"})) == 0


@given(st.integers(1, 10**6), st.sampled_from(["pdf", "wav", "mp3", "mp4", "txt", "zip", ""]))
def test_nothing_that_is_attached_counts_as_nothing_and_more_never_counts_less(size: int, suffix: str) -> None:
    def tokens(length: int) -> int:
        return attached_tokens(asked(file(filename=f"a.{suffix}", file_data="A" * length)))

    assert 1 <= tokens(size) <= tokens(2 * size)


class Reader:
    name = "a test"

    def read(self, excerpt: Excerpt) -> Reading:
        return Reading("chat", 1.0, 0.0, 0.0, "en", 10)


def test_features_count_it_with_its_error_and_a_text_alone_as_before() -> None:
    request = asked(file(file_id="file-1"))
    words, _ = measure(request, len, ())
    facts = read(request, Reader(), len)
    assert (facts.input_tokens, facts.attached_tokens) == (words + UNKNOWN_TOKENS, UNKNOWN_TOKENS)
    assert facts.input_tokens * (1 + facts.input_tokens_error) == pytest.approx(words + UNKNOWN_TOKENS * (1 + ERROR))
    plain = read(asked(), Reader(), len)
    assert (plain.input_tokens_error, plain.attached_tokens) == (0.0, 0)


def test_a_usage_that_no_backend_states_counts_it_as_an_estimate() -> None:
    request = asked(file(file_id="file-1"))
    facts = replace(features(), attached_tokens=UNKNOWN_TOKENS, input_tokens_error=1.0)
    usage = count_usage(request, facts, tokenizer(), ("hi",))
    assert usage.counted == "estimate"
    assert usage.input_tokens >= UNKNOWN_TOKENS + fixed_tokens(request) + len(input_text(request)) // 8


def test_a_picture_has_one_rate_wherever_it_stands() -> None:
    assert PICTURE_TOKENS == TOKENS_AN_IMAGE
