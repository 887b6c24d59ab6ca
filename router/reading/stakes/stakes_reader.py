"""Tells whether much is at stake for a person: a linear model on words, their pieces and their neighbours.

Invariant: pure, and linear in the text; what is looked up of a word is remembered, in bounds. Each sentence is read
by itself, and the one in which most is at stake counts: a cry for help may come after a story. Where the most that a
text could score is below its threshold, its neighbours are not looked up: that changes no answer.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from math import inf, log2, nan
from operator import sub

import numpy as np
from numpy.typing import NDArray

from router.reading.languages.letters import folded, is_han_or_kana
from router.reading.packed.packed_words import PackedWords
from router.reading.stakes.misspelt_words import MisspeltWords
from router.reading.stakes.word_pieces import pieces
from router.reading.vocabulary import tokens
from router.types import Stakes

# A sentence of more words is read in stretches that begin so far apart.
STRETCH, STEP = 40, 20
SHORTEST = 3
REMEMBERED = 65_536
_ENDS = frozenset(" \n\t\r。")
# Below so much no neighbours can raise a short text over the threshold, so that none is looked up.
HOPELESS = -9.0
# Sums in another order differ by less.
ROUNDING = 1e-6
_NONE: Mapping[str, float] = {}

Span = tuple[int, list[float]]


@dataclass(frozen=True, slots=True)
class StakesWeights:
    """The fitted model: a weight for each piece, the scores of known words, and weights of neighbours.

    Neighbours are words with a space between them, two or, in Chinese and Japanese, three.
    `threshold` is for a text of one sentence; each doubling of the sentences raises it by `caution`.
    """

    pieces: NDArray[np.float32]
    words: PackedWords[float]
    neighbours: PackedWords[float]
    bias: float
    threshold: float
    caution: float


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence that has a few; where none has, of the whole text."""
    return parted(tokens(folded(text)))


def parted(words: list[str]) -> list[list[str]]:
    """The same of a text's tokens; a Chinese or Japanese character is a word of its own."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word[0].isalnum():
            if "\u3041" <= word <= "\u9fff~":
                parts[-1].extend(word)
            else:
                parts[-1].append(word)
        elif word[-1] in _ENDS:
            parts.append([])
    return _long_enough(parts)


def _long_enough(parts: list[list[str]]) -> list[list[str]]:
    """The sentences that have a few words; where none has, all words; one sentence as it is."""
    if len(parts) == 1:
        return parts
    return [part for part in parts if len(part) >= SHORTEST] or [[word for part in parts for word in part]]


class _WordScores(dict[str, float]):
    """Scores of words: of those that are not known, by their pieces."""

    def __init__(self, weights: StakesWeights) -> None:
        super().__init__()
        self._known, self._pieces = weights.words, weights.pieces
        self._misspelt = MisspeltWords(weights.words)

    def __missing__(self, word: str) -> float:
        if len(self) >= REMEMBERED:
            self.clear()
        score: float | None = self._known.get(word)
        if score is None:
            score = self._misspelt.score_of(word)
        if score is None:
            score = float(sum(self._pieces[column] * weight for column, weight in pieces(word)))
        self[word] = score
        return score


def _spans(most: list[float]) -> list[Span]:
    """Where each sentence starts, and the most of its tokens, of all of a text with infinity where each ends."""
    spans, start = [], 0
    while start < len(most):
        end = most.index(inf, start)
        spans.append((start, most[start:end]))
        start = end + 1
    return spans


def _best_stretch(scores: list[float]) -> float:
    """The sum over a sentence's words, or over the stretch of a long one in which it is the largest."""
    sums = list(accumulate(scores, initial=0.0))
    return float(max(map(sub, chain(sums[STRETCH::STEP], sums[-1:]), sums[::STEP])))


class _MostScores(dict[str, float]):
    """The most that a token may add to the score of a sentence, with any neighbour behind it.

    What ends a sentence has infinity. Of a run of Chinese or Japanese, which is several words, it is not known.
    """

    def __init__(self, score_of: Callable[[str], float], followers_of: Callable[[str], Mapping[str, float]]) -> None:
        super().__init__()
        self._score_of, self._followers_of = score_of, followers_of

    def __missing__(self, token: str) -> float:
        if len(self) >= REMEMBERED:
            self.clear()
        most = self[token] = self._most(token)
        return most

    def _most(self, token: str) -> float:
        if not token[0].isalnum():
            return inf if token[-1] in _ENDS else 0.0
        if len(token) > 1 and "\u3041" <= token <= "\u9fff~":
            return nan
        return self._score_of(token) + max(0.0, max(self._followers_of(token).values(), default=0.0))


class _Followers(dict[str, Mapping[str, float]]):
    """What may stand behind a word, and what it adds then."""

    def __init__(self, neighbours: PackedWords[float]) -> None:
        super().__init__()
        self._below = neighbours.below

    def __missing__(self, word: str) -> Mapping[str, float]:
        if len(self) >= REMEMBERED:
            self.clear()
        followers = self[word] = self._below(f"{word} ") or _NONE
        return followers


class StakesReader:
    """Reads stakes under fitted weights."""

    def __init__(self, weights: StakesWeights) -> None:
        self._score_of = _WordScores(weights).__getitem__
        self._followers_of = _Followers(weights.neighbours).__getitem__
        self._most_of = _MostScores(self._score_of, self._followers_of).__getitem__
        self._bias, self._threshold, self._caution = weights.bias, weights.threshold, weights.caution
        self._far = weights.threshold - weights.bias - ROUNDING

    def read(self, texts: Iterable[str]) -> Stakes:
        """`high` where much is at stake in any of the texts."""
        return "high" if any(text and self.is_high(tokens(folded(text))) for text in texts) else "ordinary"

    def is_high(self, words: list[str], leaning: float = 0.0) -> bool:
        """Whether much is at stake in a text of these tokens; `leaning`, in logits, is for reasons beside its words."""
        far = self._far - leaning
        spans = _spans([*map(self._most_of, words), inf])
        if self._is_hopeless(spans, far):
            return False
        if "".join(words).isascii():
            parts = _long_enough([list(filter(str.isalnum, words[start : start + len(most)])) for start, most in spans])
        else:
            parts = parted(words)
        raised = self._raised(len(parts))
        if len(parts) > 1:
            parts = [part for part in parts if _best_stretch(list(map(self._most_of, part))) > far + raised]
        return bool(parts) and self._best(parts) > self._threshold - leaning + raised

    def _is_hopeless(self, spans: list[Span], far: float) -> bool:
        """Whether no sentence can get so far, given the most of each token.

        A mark adds exactly nothing, so that what is not zero is a word.
        """
        highest, whole = -inf, 0
        for _, most in spans:
            total, many = sum(most), len(most)
            if total != total:
                return False
            if many > STRETCH:
                total = _best_stretch([weight for weight in most if weight])
            # Most sentences begin with a few words; the marks of others are counted.
            whole += many >= SHORTEST and (0.0 not in most[:SHORTEST] or many - most.count(0.0) >= SHORTEST)
            if total > highest:
                highest = total
        return (whole > 0 or len(spans) == 1) and highest <= far + self._raised(whole or 1)

    def margin(self, text: str) -> float:
        """By how much the score of a text is above its threshold, in logits."""
        return self.margin_of(sentences(text))

    def margin_of(self, parts: list[list[str]]) -> float:
        """The same for the words of its sentences."""
        return self._best(parts) - self._threshold - self._raised(len(parts))

    def _best(self, parts: list[list[str]]) -> float:
        return max(map(self._score, parts))

    def _raised(self, sentences_: int) -> float:
        """By how much so many sentences raise the threshold."""
        return self._caution * log2(sentences_)

    def _score(self, words: list[str]) -> float:
        """The score of a sentence, or of the stretch of a long one in which most is at stake."""
        scores = list(map(self._score_of, words))
        if len(words) <= STRETCH:
            score = self._bias + sum(scores)
            return score + sum(self._of_neighbours(words)) if score > HOPELESS else score
        for place, weight in enumerate(self._of_neighbours(words)):
            scores[place] += weight
        return self._bias + _best_stretch(scores)

    def _of_neighbours(self, words: list[str]) -> list[float]:
        """What each word adds with the next, and in Chinese and Japanese with the next two."""
        followers_of = self._followers_of
        added = [followers_of(first).get(second, 0.0) for first, second in pairwise(words)]
        if not "".join(words).isascii() and any(map(is_han_or_kana, words)):
            for place, (first, second, third) in enumerate(zip(words, words[1:], words[2:], strict=False)):
                added[place] += followers_of(first).get(f"{second} {third}", 0.0)
        return added
