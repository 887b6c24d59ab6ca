"""Text as a stub measures and divides it.

Invariant: `cost` is at least the number of tokens that the common vocabularies need, so a limit is never exceeded.
"""

import re
from collections.abc import Iterator

_PIECE = re.compile(r" ?[A-Za-z]+|.", re.DOTALL)
_FLOW = re.compile(r"\s*\S{1,24}|\s+")
_WORD = re.compile(r"[a-z0-9]+|[가-힣]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PARTICLE = re.compile(r"(?<=..)(에서|으로|에게|까지|부터|은|는|이|가|을|를|에|의|로|와|과|도)$")
_COMMON = frozenset(
    (
        "the",
        "and",
        "for",
        "with",
        "that",
        "this",
        "what",
        "from",
        "you",
        "are",
        "can",
        "has",
        "how",
        "who",
        "why",
        "get",
    )
)


def _piece_cost(piece: str) -> int:
    """Letters are cheap, a Hangul syllable is two tokens at the worst that was seen, the rest costs its bytes."""
    if piece[-1].isascii():
        return -(-len(piece) // 3)
    return 2 if "가" <= piece <= "힣" else len(piece.encode(errors="replace"))


def cost(text: str) -> int:
    """Stub tokens of a text: a little more than any real tokenizer counts."""
    return sum(map(_piece_cost, _PIECE.findall(text)))


def cut(text: str, limit: int) -> str:
    """The longest beginning of a text that costs no more than `limit`."""
    spent = 0
    for match in _PIECE.finditer(text):
        spent += _piece_cost(match.group())
        if spent > limit:
            return text[: match.start()]
    return text


def flow(text: str) -> list[str]:
    """Word-sized pieces that add up to the text, as a stream sends them; an empty text is one empty piece."""
    return _FLOW.findall(text) or [text]


def printable(text: str) -> str:
    """The text without half surrogates, which no wire carries."""
    return text.encode(errors="replace").decode()


def _is_keyword(word: str) -> bool:
    """Whether a word says anything: not too short, not too common."""
    return word not in _COMMON and len(word) >= (3 if word.isascii() else 2)


def keywords(text: str) -> Iterator[str]:
    """The words of a text by which it is recognised, in order: lower case, Korean particles taken off."""
    for word in _WORD.findall(_CAMEL.sub(" ", text).lower()):
        bare = word if word.isascii() else _PARTICLE.sub("", word)
        if _is_keyword(bare):
            yield bare
