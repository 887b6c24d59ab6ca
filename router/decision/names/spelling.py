"""Makes the words of callers and of policies comparable: tags, teams and residencies, in one spelling.

Invariant: what differs only in case, in width, in spaces around it or in characters that nobody sees is one word; a
word in this spelling stays as it is.
"""

from functools import lru_cache
from unicodedata import category, normalize

MOST_CACHED = 4096


@lru_cache(MOST_CACHED)
def fold(word: str) -> str:
    """A word in the one spelling (Unicode's compatibility caseless matching, D146)."""
    seen = "".join(letter for letter in normalize("NFKC", word) if category(letter) != "Cf")
    once = normalize("NFKC", normalize("NFD", seen).casefold())
    return " ".join(normalize("NFKC", once.casefold()).split())


def fold_known(word: str | None) -> str | None:
    """A word in the one spelling, or None where nothing is said."""
    return None if word is None else fold(word) or None


def fold_all(words: tuple[str, ...]) -> tuple[str, ...]:
    """Several words in the one spelling."""
    return tuple([fold(word) for word in words]) if words else words


def distinct(*lists: tuple[str, ...]) -> tuple[str, ...]:
    """All words, each once, as it was first spelt."""
    words: dict[str, str] = {}
    for word in (word for words_ in lists for word in words_):
        words.setdefault(fold(word), word)
    return tuple(words.values())
