"""Misspelt words are taken for what they were meant to be where one slip parts them, and else for nothing."""

import pytest

from router.reading.packed.packed_words import pack
from router.reading.stakes.misspelt_words import MisspeltWords, one_slip_apart

SCORES = {"swallowed": 2.0, "battery": 1.0, "button": 0.8, "wallow": -1.0, "die": 3.0, "버튼버튼": 2.0}


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        ("swalowed", "swallowed", True),
        ("swallowed", "swalowed", True),
        ("batetry", "battery", True),
        ("bettery", "battery", True),
        ("battery", "batteries", False),
        ("buton", "battery", False),
        ("button", "nottub", False),
        ("bottan", "button", False),
        ("same", "same", True),
    ],
)
def test_one_slip_is_a_letter_more_or_less_another_or_two_turned(left: str, right: str, near: bool) -> None:
    assert one_slip_apart(left, right) == near


def test_a_misspelt_word_has_the_score_of_what_was_meant() -> None:
    words = MisspeltWords(pack(SCORES))
    assert words.score_of("swalowed") == 2.0
    assert words.score_of("battry") == 1.0
    assert [words.score_of(word) for word in ("dei", "wallo", "table", "버튼버", "1234")] == [None] * 5
