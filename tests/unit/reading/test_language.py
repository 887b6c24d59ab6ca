"""The language of a text, by its script."""

import pytest

from router.reading.language import BUDGET, language


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
