"""Builds the table that describes each word: meaning, chances of the tasks, cues and rarity, in a byte each.

Invariant: the meaning of a word is damped by how common it is, so that a sum over a text is a sum of what matters.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from router.reading.languages.letters import folded
from router.reading.politeness import plain
from router.reading.signals import LEVELS, RARITY_LEVELS, Floats, Lexicon, bounded
from router.reading.training.classes import chances
from router.reading.training.cues import Cues, columns, skeletons, spread
from router.reading.training.training_words import Encoder, Words, vocabulary
from router.reading.vocabulary import Vocabulary, tokens
from router.types import TASKS

MEANING = 64
SAMPLE = 20_000
COMMON, LEAST = 1e-3, 0.02
MARK_SPREAD = 0.05
LARGEST = 0.9995
RAREST = 12.0
SEED = 0


def build(fitted: list[str], others: Iterable[str], quick: bool) -> Lexicon:
    """The lexicon for texts that are fitted to, with the words of other texts too."""
    encoder, lists = Encoder(), columns()
    entries = {entry.rstrip("*") for column in lists for entry in column.entries if " " not in entry}
    words = vocabulary([*fitted, *others], entries, encoder, quick)
    cues = spread(lists, words.names)
    rows = {name: place for place, name in enumerate(words.names)}
    rows |= {bones: rows[word] for bones, word in skeletons(cues, lists, words.counts).items()}
    meaning = _meaning(words) * _damping(fitted, rows, len(words.names))[:, None]
    scale = float(np.quantile(np.abs(meaning), LARGEST)) / float(LEVELS)
    parts = [
        meaning / scale,
        chances(words, lists, set(cues.words), encoder) * LEVELS,
        _flags(cues.words, rows, len(words.names), len(lists)),
        _rarity(words)[:, None],
    ]
    table = np.clip(np.round(np.concatenate(parts, 1)), -LEVELS, LEVELS).astype(np.int8)
    return Lexicon(rows, table, tuple(cues.phrases), _phrase_flags(cues, len(lists)), scale, len(TASKS))


def _meaning(words: Words) -> Floats:
    """Principal components of the encoder's vectors; marks get small random ones."""
    chance = np.random.default_rng(SEED)
    vectors = words.vectors[words.first :]
    centred = vectors - vectors.mean(0)
    sample = centred[chance.permutation(len(centred))[:SAMPLE]]
    _, directions = np.linalg.eigh(sample.T @ sample)
    meanings = centred @ directions[:, ::-1][:, :MEANING]
    meanings /= meanings.std() * MEANING**0.5
    marks = chance.normal(0, MARK_SPREAD, (words.first, MEANING)).astype(np.float32)
    return np.concatenate([marks, meanings]).astype(np.float32)


def _damping(texts: Iterable[str], rows: dict[str, int], count: int) -> Floats:
    """Smooth inverse frequency (Arora, Liang and Ma, 2017)."""
    known = Vocabulary(rows)
    seen: Counter[int] = Counter()
    for text in texts:
        for word in tokens(folded(bounded(plain(text)))):
            seen.update(known[word])
    shares = np.zeros(count, np.float32)
    shares[list(seen)] = list(seen.values())
    shares /= shares.sum()
    return np.asarray(np.maximum(COMMON / (COMMON + shares), LEAST), np.float32)


def _flags(cued: dict[str, set[int]], rows: dict[str, int], count: int, width: int) -> Floats:
    flags = np.zeros((count, width), np.float32)
    for word, places in cued.items():
        flags[rows[word], list(places)] = 1
    return flags


def _phrase_flags(cues: Cues, width: int) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    flags = np.zeros((len(cues.phrases), width), np.int8)
    for place, columns_of in enumerate(cues.phrases.values()):
        flags[place, list(columns_of)] = 1
    return flags


def _rarity(words: Words) -> Floats:
    counts = np.array([words.counts[name] for name in words.names], np.float32)
    rarity = np.log((counts.max() + 1) / (counts + 1)) / RAREST * float(RARITY_LEVELS) * 10
    rarity[: words.first] = 0
    return np.asarray(rarity, np.float32)
