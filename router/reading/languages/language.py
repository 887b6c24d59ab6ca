"""The language of a text: one of eight, or `other`.

Invariant: pure and bounded; only the beginning of a text counts.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from router.reading.languages.language_votes import MOST_WORDS, LanguageVotes
from router.reading.languages.letters import folded, words_of

SCRIPTS = {
    "latin": ((0x41, 0x5A), (0x61, 0x7A)),
    "hangul": ((0xAC00, 0xD7A3), (0x3131, 0x318E)),
    "kana": ((0x3041, 0x30FF),),
    "han": ((0x3400, 0x9FFF),),
    "other": ((0x0400, 0x04FF), (0x0590, 0x06FF), (0x0900, 0x0DFF), (0x0E00, 0x0E7F)),
}
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
    units = np.frombuffer(sample.encode("utf-16-le", "surrogatepass"), np.uint16)
    _, latin, hangul, kana, han, other = np.bincount(_SCRIPT_OF[units], minlength=len(SCRIPTS) + 1).tolist()
    east = kana + han
    most = max(hangul, east, other)
    if not most or most * WEIGHT < latin:
        return None
    if other == most:
        return "other"
    return "ko" if hangul >= east else "ja" if kana >= KANA_SHARE * east else "zh"


def _numbered() -> NDArray[np.uint8]:
    """For each unit of UTF-16 the number of its script, from 1; 0 for any other."""
    scripts = np.zeros(1 << 16, np.uint8)
    for number, ranges in enumerate(SCRIPTS.values(), 1):
        for first, last in ranges:
            scripts[first : last + 1] = number
    return scripts


_SCRIPT_OF = _numbered()
