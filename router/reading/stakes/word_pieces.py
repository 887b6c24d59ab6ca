"""The pieces of a word by which an unknown or misspelt one is still known, as numbers.

Invariant: fitting and reading take a word apart here and nowhere else, the same on every machine.
"""

from zlib import crc32

from router.reading.languages.letters import is_han_or_kana, is_hangul

COLUMNS = 1 << 18
LONGEST = 24
_LATIN, _KOREAN = (3, 4, 5), (2, 3)
_LONGEST_NUMBER = 5
Piece = tuple[int, float]


def column(text: str) -> int:
    """The column of a piece."""
    return crc32(text.encode()) % COLUMNS


def pieces(word: str) -> tuple[Piece, ...]:
    """The word itself, and its parts, which together weigh as the square root of their number."""
    if word[0] <= "9":
        return ((column(f"#{min(len(word), _LONGEST_NUMBER)}"), 0.5),)
    whole = (column(f"={word}"), 1.0)
    if is_han_or_kana(word):
        return (whole,)
    framed = f"<{word[:LONGEST]}>"
    lengths = _KOREAN if is_hangul(word) else _LATIN
    parts = {framed[start : start + size] for size in lengths for start in range(len(framed) - size + 1)}
    if is_hangul(word):
        parts |= set(word[:LONGEST])
    weight = len(parts) ** -0.5
    return (whole, *((column(part), weight) for part in sorted(parts)))
