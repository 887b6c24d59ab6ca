"""The tokens of a long text and of its ends are those of each alone."""

from hypothesis import example, given
from hypothesis import strategies as st

from router.reading.vocabulary import tokens, tokens_of_both

LETTERS = st.text("ab1 .!?\n\t,;\x1c'", min_size=30, max_size=80)


@given(LETTERS, st.integers(0, 6))
@example("aaaa. bb ccc. ddd\n ee. ff  gg. hhh . iii? jj kk. ", 1)
@example("a" * 40, 0)
@example(" ".join("a" * 30), 0)
def test_both_are_what_they_are_alone(text: str, cut: int) -> None:
    end, head, tail = len(text) - cut, 12, 8
    both = tokens_of_both(text, end, head, tail)
    if both is not None:
        assert both == (tokens(text), tokens(f"{text[:head]}\n\n{text[end - tail : end]}"))


def test_a_text_with_spaces_is_cut_and_one_without_is_not() -> None:
    text = "some words here. " * 10
    assert tokens_of_both(text, len(text) - 1, 40, 30) is not None
    assert tokens_of_both(text, len(text), len(text) - 20, 30) is None
    assert tokens_of_both("x" * 200, 200, 40, 30) is None
    assert tokens_of_both("some words " + "x" * 200, 200, 40, 30) is None
