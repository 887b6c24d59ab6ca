"""Long texts are counted in pieces: none is long, together they are the text, and words make the count exact."""

from threading import current_thread
from threading import enumerate as enumerate_threads

import pytest
import tiktoken
from builders import features, tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st

from router import tokens
from router.decision.features import LEAST_ERROR, MORE_SAMPLES, MOST_EXACT, SAMPLES, measure
from router.serving.usage_count import count_usage
from router.tokens import CHUNK, REFERENCE, load_all, pieces
from router.types import ChatRequest, EmbeddingRequest, Message

WORDS = st.lists(
    st.sampled_from(["fox", " the", "  ", "\n", "12345", "don't", "가나", "\u200b", "x" * 999, "; "]), max_size=60
)


@given(WORDS, st.integers(1, 400))
@settings(max_examples=60, deadline=None)
def test_pieces_are_short_and_add_up_to_the_text(words: list[str], times: int) -> None:
    text = "".join(words) * times
    found = list(pieces(text))
    assert "".join(found) == text
    assert max(map(len, found)) <= CHUNK
    assert len(found) <= 1 + len(text) // (CHUNK // 2)


@pytest.mark.parametrize("name", [REFERENCE, "cl100k_base"])
@given(
    st.lists(
        st.sampled_from(["fox,", "the", "", "1234567", "don't", "가나다", "\n\n", "(a);\n//", "e\u0301"]), min_size=1
    )
)
@settings(max_examples=12, deadline=None)
def test_a_text_of_words_counts_in_pieces_as_it_does_whole(name: str, words: list[str]) -> None:
    words = [*words, "end"]
    text = " ".join(words * (3 * CHUNK // (len(" ".join(words)) + 1)))
    whole = tokens.encoding(name).encode_ordinary(text)
    assert tokens.count(text, name) == len(whole)


def test_a_run_is_counted_a_token_too_high_for_each_cut_at_most() -> None:
    text = "ab" * CHUNK * 3
    exact = len(tokens.encoding(REFERENCE).encode_ordinary(text))
    assert exact <= tokens.count(text) <= exact + len(list(pieces(text)))


class Counting:
    """Counts as the engine does, and how many characters it was given."""

    def __init__(self) -> None:
        self.characters = 0

    def __call__(self, text: str) -> int:
        self.characters += len(text)
        return len(text) // 4


@pytest.mark.parametrize("character", ["a", " ", "\u200b", "가"])
def test_near_a_context_no_more_than_a_bound_is_ever_counted(character: str) -> None:
    count = Counting()
    text = character * (8 * MOST_EXACT)
    found, error = measure(ChatRequest("auto", (Message("user", text),)), count, (len(text) // 4,))
    assert count.characters <= (SAMPLES + MORE_SAMPLES) * 256
    assert error >= LEAST_ERROR
    assert found >= len(text) // 4 * (1 + LEAST_ERROR)


def test_up_to_the_bound_it_is_counted_exactly_near_a_context() -> None:
    count = Counting()
    found, error = measure(ChatRequest("auto", (Message("user", "a" * MOST_EXACT),)), count, (MOST_EXACT // 4,))
    assert (found, error) == (MOST_EXACT // 4 + 4, 0.0)
    assert count.characters >= MOST_EXACT


def test_a_usage_of_a_very_long_text_is_an_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    given_: list[int] = []

    def counted(text: str, name: str) -> int:
        given_.append(len(text))
        return len(text)

    monkeypatch.setattr(tokens, "count", counted)
    text = "a" * (MOST_EXACT + 1)
    for request in (ChatRequest("auto", (Message("user", text),)), EmbeddingRequest("auto", (Message("user", text),))):
        usage = count_usage(request, features(input_tokens_error=0.1), tokenizer(), ("hi",))
        assert usage.counted == "estimate"
        assert abs(usage.input_tokens - len(text)) < 10
    assert max(given_) <= 256


def test_a_vocabulary_that_is_needed_soon_is_loaded_once_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(tokens, "_encodings", {"there": object()})
    monkeypatch.setattr(tokens, "_begun", set())
    monkeypatch.setattr(tokens, "_load", lambda name: loaded.append(f"{name} by {current_thread().name}"))
    for name in ("soon", "soon", "there", "characters"):
        tokens.load_beside(name)
    tokens.preload().join()
    for thread in enumerate_threads():
        if thread.name == "vocabulary":
            thread.join()
    assert sorted(loaded) == [f"{REFERENCE} by vocabulary", "soon by vocabulary"]


def test_vocabularies_are_loaded_once_and_characters_need_none() -> None:
    load_all([REFERENCE, "cl100k_base", "characters"])
    assert isinstance(tokens.encoding("cl100k_base"), tiktoken.Encoding)
