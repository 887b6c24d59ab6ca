"""Words of a text in any of eight languages, with case, accents and width taken off.

Invariant: pure and linear; a Chinese or Japanese character is a word of its own.
"""

import re
import unicodedata
from collections.abc import Callable

_WORD = re.compile(r"[a-z]+|[0-9]+|[가-힣]+|[\u3041-\u30ff\u3400-\u9fff]")
_LIGATURES = {0xDF: "ss", 0xE6: "ae", 0xF8: "o", 0x153: "oe", 0x2019: "'"}


def _plain_letters() -> dict[str, str]:
    """Latin letters with accents as those without, and full-width letters as narrow ones."""
    plain = {}
    for code in range(0xC0, 0x180):
        letters = "".join(c for c in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(c))
        if letters.isascii():
            plain[code] = letters.lower()
    wide = {code: chr(code - 0xFEE0).lower() for code in range(0xFF01, 0xFF5F)}
    marks = dict.fromkeys(range(0x300, 0x370), "")
    return {chr(code): letters for code, letters in (plain | wide | marks | _LIGATURES).items()}


_PLAIN = _plain_letters()
_ACCENTED = re.compile(f"[{''.join(map(re.escape, _PLAIN))}]")
words_of: Callable[[str], list[str]] = _WORD.findall
"""The words of a folded text."""


def folded(text: str) -> str:
    """The text in lower case without accents."""
    text = text.lower()
    # Not str.translate, which looks up each letter of the text, and those of Korean in vain.
    return text if text.isascii() else _ACCENTED.sub(_plain, text)


def _plain(letter: re.Match[str]) -> str:
    return _PLAIN[letter[0]]


def is_han_or_kana(word: str) -> bool:
    """Whether a word is a single Chinese or Japanese character."""
    return "\u3041" <= word <= "\u9fff"


def is_hangul(word: str) -> bool:
    """Whether a word is Korean."""
    return "가" <= word[0] <= "힣"
