"""The language of a text: one of eight, or `other`.

Invariant: pure and bounded; only the beginning of a text counts.
"""

import re
from collections.abc import Sequence

from router.reading.languages.language_votes import MOST_WORDS, LanguageVotes
from router.reading.languages.letters import folded, words_of

_HANGUL = re.compile("[\uac00-\ud7a3\u3131-\u318e]")
_KANA = re.compile("[\u3041-\u30ff]")
_HAN = re.compile("[\u3400-\u9fff]")
_OTHER = re.compile("[\u0400-\u04ff\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f]")
_LATIN = re.compile("[A-Za-z]")
BUDGET = 1000
# A letter of these weighs as much as so many Latin ones.
WEIGHT = 3
# Japanese has a kana for every few characters, but for titles.
KANA_SHARE = 0.05


def language(text: str, votes: LanguageVotes, words: Sequence[str] | None = None) -> str:
    """By the script that leads, and in Latin letters by the words, which may be given where they are known."""
    sample = text[:BUDGET]
    return (None if sample.isascii() else _by_script(sample)) or votes.winner(
        (words_of(folded(sample)) if words is None else words)[:MOST_WORDS]
    )


def _by_script(sample: str) -> str | None:
    hangul, kana, han, other = (len(letters.findall(sample)) for letters in (_HANGUL, _KANA, _HAN, _OTHER))
    east = kana + han
    most = max(hangul, east, other)
    if not most or most * WEIGHT < len(_LATIN.findall(sample)):
        return None
    if other == most:
        return "other"
    return "ko" if hangul >= east else "ja" if kana >= KANA_SHARE * east else "zh"
