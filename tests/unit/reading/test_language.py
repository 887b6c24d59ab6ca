"""The language of a text, by its script and by its words."""

import pytest

from router.reading.languages.language import BUDGET, language
from router.reading.languages.language_votes import BITS, LEAST, LanguageVotes, LanguageWeights
from router.reading.languages.languages_file import load_votes
from router.reading.training.stakes.stakes_measures import labelled_set


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "en"),
        ("hello", "en"),
        ("le café est déjà froid", "fr"),
        ("안녕하세요", "ko"),
        ("API 서버 오류를 fix 해줘", "ko"),
        ("What does the Korean word 정 mean to people there?", "en"),
        ("ㅋㅋㅋㅋ", "ko"),
        ("こんにちは", "ja"),
        ("你好吗", "zh"),
        ("今天天气怎么样", "zh"),
        ("¿Dónde está la biblioteca?", "es"),
        ("donde esta la biblioteca", "es"),
        ("Wo ist die Bibliothek?", "de"),
        ("où est la bibliothèque ?", "fr"),
        ("Onde fica a biblioteca?", "pt"),
        ("yes", "en"),
        ("2x + 4", "en"),
        ("Translate 你好 into English, please", "en"),
        ("Привет, как дела?", "other"),
        ("你好 안", "zh"),
        ("x" * BUDGET + "안녕하세요", "en"),
    ],
)
def test_the_language_is_known_by_its_script(text: str, expected: str) -> None:
    assert language(text, load_votes()) == expected


def test_one_sentence_is_enough_in_eight_languages() -> None:
    right = [language(text.text, load_votes()) == text.language for text in labelled_set()]
    assert sum(right) / len(right) >= 0.95


def test_what_is_remembered_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.reading.languages.language_votes.REMEMBERED", 2)
    known = load_votes()
    votes = LanguageVotes(LanguageWeights(known._table, {"the": known["the"]}))
    assert [votes.winner([f"la{place}palabra", "donde", "está"]) for place in range(4)] == ["es"] * 4
    assert len(votes) <= 4
    assert votes["42"] == sum(LEAST << BITS * place for place in range(5))
