"""The first reader: bounded, pure, and honest about what it does not know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.features import excerpt
from router.reading.heuristic import DIFFICULTY_ERROR, HeuristicReader, difficulty
from router.reading.language import BUDGET, language
from router.reading.lexicon import ENGLISH, KOREAN, OUTPUT_TOKENS
from router.types import TASKS, Excerpt, Message, Reading


def read(*turns: tuple[str, str]) -> Reading:
    return HeuristicReader().read(excerpt(tuple(Message(role, text) for role, text in turns)))  # type: ignore[arg-type]


@given(st.text(max_size=400), st.text(max_size=100), st.text(max_size=50))
def test_any_text_is_read_and_read_the_same_again(last: str, earlier: str, system: str) -> None:
    found = HeuristicReader().read(Excerpt(last, earlier, system, 1_000))
    assert found == HeuristicReader().read(Excerpt(last, earlier, system, 1_000))
    assert found.task in TASKS
    assert 0 < found.task_probability <= 1
    assert -3 <= found.difficulty <= 3
    assert found.language in ("en", "ko", "other")
    assert (found.difficulty_error, found.output_tokens) == (DIFFICULTY_ERROR, OUTPUT_TOKENS[found.task])


def test_every_task_can_be_read_in_both_languages() -> None:
    assert set(ENGLISH) == set(KOREAN) == set(OUTPUT_TOKENS) == set(TASKS)


def test_a_system_text_speaks_too() -> None:
    assert read(("system", "You translate everything."), ("user", "Good morning, everybody in this house")).task == (
        "translation"
    )


def test_code_is_known_by_its_marks() -> None:
    assert read(("user", "what is wrong here\n```\nx\n```")).task == "coding"


def test_difficulty_rises_with_words_of_hard_work_and_falls_with_light() -> None:
    plain = difficulty("explain the matter to the others in the room", "science")
    assert difficulty("prove the matter to the others in the room!!", "science") > plain
    assert difficulty("simply the matter to the others in the room!", "science") < plain
    assert difficulty("explain the matter to the 123 in the room 45", "science") > plain


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "en"),
        ("hello", "en"),
        ("café déjà vu", "en"),
        ("안녕하세요", "ko"),
        ("API 서버 오류를 fix 해줘", "ko"),
        ("What does the Korean word 정 mean to people there?", "en"),
        ("ㅋㅋㅋㅋ", "ko"),
        ("こんにちは", "other"),
        ("Привет, как дела?", "other"),
        ("你好 안", "other"),
        ("x" * BUDGET + "안녕하세요", "en"),
    ],
)
def test_the_language_is_known_by_its_script(text: str, found: str) -> None:
    assert language(text) == found
