"""Packed words say what a dictionary of them says, whatever is asked; other processes get the same."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.reading.packed.packed_words import STEP, PackedWords, letters, pack

WORD = st.text(st.sampled_from("ab ~é가毒\U0001f600"), max_size=6)
WORDS = st.dictionaries(WORD, st.integers(-9, 9), max_size=4 * STEP)
ASKED = st.one_of(WORD, st.text(max_size=4), st.text(st.sampled_from("ab\n\ud800"), max_size=5))


@given(WORDS, st.lists(ASKED, max_size=20))
def test_they_are_a_dictionary(words: dict[str, int], asked: list[str]) -> None:
    packed = pack(words, np.int32)
    assert dict(packed) == words
    assert len(packed) == len(words)
    for word in [*words, *asked]:
        assert packed.get(word) == words.get(word)
        assert packed.get(word, -99) == words.get(word, -99)
        assert (word in packed) == (word in words)


@given(WORDS, ASKED)
def test_what_begins_with_a_word_is_found_below_it(words: dict[str, int], start: str) -> None:
    expected = {word[len(start) :]: number for word, number in words.items() if word.startswith(start)}
    assert pack(words, np.int32).below(start) == expected


@given(WORDS, st.integers(-9, 9))
def test_the_words_of_large_numbers_are_found(words: dict[str, int], least: int) -> None:
    assert dict(pack(words).at_least(least)) == {word: number for word, number in words.items() if number >= least}


def test_what_is_missing_is_a_key_error_and_nothing_but_text_is_in() -> None:
    packed = pack({"a": 1.5})
    assert packed["a"] == 1.5
    with pytest.raises(KeyError, match="b"):
        packed["b"]
    assert 1 not in packed
    assert len(pack({})) == 0
    assert pack({}).get("a") is None
    assert pack({}).below("a") == dict(pack({})) == {}


def test_another_process_gets_the_same() -> None:
    words = {"a": 1, "b c": 2}
    assert dict(pickle.loads(pickle.dumps(pack(words, np.int32)))) == words


def test_words_without_order_or_without_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not in order"):
        PackedWords(letters(["b"] * STEP + ["a"]), np.arange(STEP + 1))
    with pytest.raises(ValueError, match="there are 1 words, and 2 numbers"):
        PackedWords(b"a", np.arange(2))
