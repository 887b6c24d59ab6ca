"""The id of an answer, or of a part of it, leads to its receipt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.ids import receipt_id

ID = "01a21519d03a56b782389f4aa87a3674"


@pytest.mark.parametrize(
    "words", [ID, f"chatcmpl-{ID}", f"cmpl-{ID}", f"resp_{ID}", f"msg_{ID}", f"msg_{ID}_0", f"call_{ID}_12"]
)
def test_the_receipt_is_in_the_answers_id(words: str) -> None:
    assert receipt_id(words) == ID


@given(st.text())
def test_other_words_stay_as_they_are(words: str) -> None:
    assert receipt_id(words) == words
