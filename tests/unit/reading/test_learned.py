"""The learned reader: total, pure, bounded; it reads both languages, and conversations rather than their last word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.reading.languages.language import language
from router.reading.languages.languages_file import load_votes
from router.reading.learned import HARDEST, subject
from router.reading.lengths import OUTPUT_TOKENS
from router.types import TASKS, Excerpt, Reading
from unit.learned_samples import shipped, workload


def read(last: str, earlier: str = "", system: str = "") -> Reading:
    return shipped().read(Excerpt(last, earlier, system, len(last)))


def is_sane(reading: Reading) -> bool:
    return (
        reading.task in TASKS
        and 1 / len(TASKS) <= reading.task_probability <= 1
        and -HARDEST <= reading.difficulty <= HARDEST
        and reading.difficulty_error > 0
        and reading.language in ("en", "ko", "ja", "zh", "es", "de", "fr", "pt", "other")
        and OUTPUT_TOKENS[reading.task] / 2 <= reading.output_tokens <= OUTPUT_TOKENS[reading.task] * 1.5
    )


@given(st.text(max_size=400), st.text(max_size=100), st.text(max_size=50))
def test_any_text_is_read_and_read_the_same_again(last: str, earlier: str, system: str) -> None:
    reading = read(last, earlier, system)
    assert is_sane(reading)
    assert reading == read(last, earlier, system)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "\0",
        "🎉🎉",
        "\ud800",
        "가",
        "ㅋㅋㅋ",
        "İ",
        "$" * 3000,
        "a" * 5000,
        "한" * 5000,
        "\n(A) " * 900,
        "9" * 4000,
    ],
)
def test_odd_texts_are_read_too(text: str) -> None:
    assert is_sane(read(text))


def test_a_text_is_read_at_both_ends_however_long_it_is() -> None:
    middle = "They met at noon and went home. " * 10_000
    assert read(f"Translate into Korean: {middle}").task == "translation"
    assert read(f"{middle}\n\nTranslate the above into Korean.").task == "translation"


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("Write a Python function that reverses a linked list.", "coding"),
        ("이 글을 영어로 번역해 주세요: 오늘은 비가 옵니다.", "translation"),
        ("혈압약을 먹는 환자가 이 약을 같이 복용해도 되나요?", "medicine"),
        ("Summarise this email in two sentences.", "summarisation"),
        ("음성으로 읽어 주세요: 열차가 곧 도착합니다.", "speech"),
    ],
)
def test_plain_texts_of_both_languages(text: str, task: str) -> None:
    reading = read(text)
    assert reading.task == task
    assert reading.language == language(text, load_votes())


@pytest.mark.parametrize(
    ("earlier", "last"),
    [
        (
            "Prove rigorously that every bounded monotone sequence of real numbers converges.\n"
            "Shall I prove it for decreasing sequences too?",
            "yes",
        ),
        ("유계인 단조수열이 수렴함을 증명하고 방정식의 해를 구하시오.\n증명을 단계별로 적어 드릴까요?", "네"),
    ],
)
def test_yes_in_a_hard_conversation_is_that_conversation(earlier: str, last: str) -> None:
    reading = read(last, earlier)
    assert reading.task == "math"
    assert reading.difficulty > read(last).difficulty + 1


def test_a_long_last_turn_speaks_for_itself() -> None:
    last = "Thank you! And what should I cook for dinner tonight, when four friends come over to my place?"
    assert read(last, "Prove the theorem.") == read(last)
    assert subject(Excerpt("yes", "x" * 9000, "", 9003)).endswith("x\nyes")


def test_the_system_text_is_ignored() -> None:
    assert read("What is the weather like?", system="You translate everything.") == read("What is the weather like?")


def test_a_harder_text_is_expected_to_need_a_longer_answer() -> None:
    readings = [read(case[1].last) for case in workload()]
    math = sorted((reading.difficulty, reading.output_tokens) for reading in readings if reading.task == "math")
    assert math[0][1] < math[-1][1]
