"""Which of the phrases that a configuration names a text says.

Invariant: the time is linear in the text, whose words are kept nowhere: what comes out are names. A text that is too
long to search counts as saying all of them, so that a guard on one applies.
"""

from collections.abc import Mapping
from functools import lru_cache
from unicodedata import name, normalize

MOST_PHRASES = 200
MOST_SEARCHED = 2_000_000
"""Characters of a text; what is longer fits into hardly any model's context."""
ANY = "*"
NONE: Mapping[str, tuple[str, ...]] = {}
# Characters that nobody sees, which could part a word: of Unicode's category Cf, in ranges.
_UNSEEN_FROM_TO = "ad-ad 61c-61c 180e-180e 200b-200f 202a-202e 2060-2064 2066-206f feff-feff fff9-fffb e0001-e007f"
_UNSEEN = dict.fromkeys(
    code
    for first, last in (ends.split("-") for ends in _UNSEEN_FROM_TO.split())
    for code in range(int(first, 16), int(last, 16) + 1)
)
# Words of these scripts stand together with what follows them, or are not apart at all.
_UNSPACED = ("HANGUL", "CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


def said_in(text: str, phrases: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The names of those phrases that stand in a text, in the order of the configuration."""
    if not phrases:
        return ()
    if len(text) > MOST_SEARCHED:
        return tuple(phrases)
    plain = folded(text)
    return tuple(key for key, some in phrases.items() if any(_stands_in(plain, phrase) for phrase in some))


def folded(text: str) -> str:
    """A text without case, width and what nobody sees, with single spaces."""
    if not text.isascii():
        text = normalize("NFKC", normalize("NFKC", text.translate(_UNSEEN)).casefold())
    return " ".join(text.lower().split())


def _stands_in(text: str, phrase: str) -> bool:
    words, opened, closed = _parted(phrase)
    start = text.find(words)
    while start >= 0:
        end = start + len(words)
        before, after = text[start - 1 : start] if start else "", text[end : end + 1]
        if not (opened and before.isalnum()) and not (closed and after.isalnum()):
            return True
        start = text.find(words, start + 1)
    return False


@lru_cache(maxsize=4096)
def _parted(phrase: str) -> tuple[str, bool, bool]:
    """The words to look for, and whether a word must begin with them and end with them."""
    words = folded(phrase.strip().strip(ANY))
    first, last = phrase.strip()[:1], phrase.strip()[-1:]
    return words, first != ANY and _is_apart(words[:1]), last != ANY and _is_apart(words[-1:])


def _is_apart(letter: str) -> bool:
    """Whether words that begin or end with a letter stand apart from others."""
    return letter.isalnum() and not name(letter, "").startswith(_UNSPACED)
