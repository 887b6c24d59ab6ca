"""A text as the sounds that spell it: not a pronunciation, but a different sound for a different letter.

Invariant: every character that a person would read comes out as a sound, whatever its script.
"""

import unicodedata
from collections.abc import Iterator

PAUSE, STOP = "", "."
_DIGITS = ("zero", "wan", "tu", "sri", "for", "faiv", "siks", "seven", "eit", "nain")
_PAIRS = {"sh": "S", "ch": "tS", "th": "f", "ee": "ii", "oo": "uu", "ck": "k", "ph": "f", "qu": "kw", "ng": "N"}
_LETTERS = {"c": "k", "j": "dS", "q": "k", "x": "ks", "y": "i"}
# Hangul in the order of its code points: 19 beginnings, 21 middles, 28 ends.
_FIRST = ("k", "kk", "n", "t", "tt", "l", "m", "p", "pp", "s", "ss", "", "dS", "dS", "tS", "k", "t", "p", "h")
_MIDDLE = (
    *("a", "E", "ia", "iE", "A", "e", "iA", "ie", "o", "wa", "wE", "we"),
    *("io", "u", "wA", "we", "wi", "iu", "U", "Ui", "i"),
)
_LAST = (
    *("", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "p", "l", "l"),
    *("p", "l", "m", "p", "p", "t", "t", "N", "t", "t", "k", "t", "p", "t"),
)
_HANGUL, _SYLLABLES = 0xAC00, 11_172
VOWELS = "aeiouAEU"
_KNOWN = frozenset("aeiouAEUbdfghklmnprstvwzSN")


def spelt(text: str) -> Iterator[str]:
    """The words of a text as strings of sounds, one letter each; between them pauses, long ones at a full stop."""
    for word in text.split():
        sounds = "".join(_sounds(word.casefold()))
        if sounds:
            yield sounds
        yield STOP if word[-1] in ".!?…。:;" else PAUSE


def _sounds(word: str) -> Iterator[str]:
    place = 0
    while place < len(word):
        if pair := _PAIRS.get(word[place : place + 2]):
            yield pair
            place += 2
            continue
        yield _sound(word[place])
        place += 1


def _sound(letter: str) -> str:
    syllable = ord(letter) - _HANGUL
    if 0 <= syllable < _SYLLABLES:
        first, rest = divmod(syllable, len(_MIDDLE) * len(_LAST))
        middle, last = divmod(rest, len(_LAST))
        return _FIRST[first] + _MIDDLE[middle] + _LAST[last]
    if letter in _LETTERS or letter in _KNOWN:
        return _LETTERS.get(letter, letter)
    if letter.isdigit():
        return _DIGITS[unicodedata.digit(letter)]
    return _stranger(letter) if letter.isalpha() else ""


def _stranger(letter: str) -> str:
    """A letter of another script: its base letter where it has one, else a syllable that is always the same."""
    base = unicodedata.normalize("NFD", letter)[0]
    if base in _KNOWN:
        return base
    code = ord(letter)
    return "kmtslnpr"[code % 8] + VOWELS[code // 8 % 8]
