"""Finds the word that a misspelt one was meant to be, among those that speak of stakes.

Invariant: a word is taken for another only where one slip parts them: a letter more or less, another, or two turned.
"""

from collections.abc import Mapping
from functools import cached_property

from router.reading.packed.packed_words import PackedWords
from router.reading.vocabulary import skeleton

SHORTEST = 4
# Words that say less than this of stakes need not be known again.
FAINT = 0.5


class MisspeltWords:
    """Words in Latin letters that speak of stakes, by what typing errors leave alone."""

    def __init__(self, scores: PackedWords[float]) -> None:
        self._scores = scores

    @cached_property
    def _alike(self) -> Mapping[str, list[str]]:
        # Made when the first unknown word comes, so that loading does not wait for it.
        alike: dict[str, list[str]] = {}
        for word, _ in self._scores.at_least(FAINT):
            if len(word) >= SHORTEST and "a" <= word[0] <= "z":
                alike.setdefault(skeleton(word), []).append(word)
        return alike

    def score_of(self, word: str) -> float | None:
        """The score of the gravest word that this one may have been meant to be; None where there is none."""
        if len(word) < SHORTEST or not "a" <= word[0] <= "z":
            return None
        near = [self._scores[known] for known in self._alike.get(skeleton(word), ()) if one_slip_apart(word, known)]
        return max(near, default=None)


def one_slip_apart(left: str, right: str) -> bool:
    """Whether two different words are one slip apart."""
    if len(left) > len(right):
        left, right = right, left
    start = next((place for place, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), len(left))
    if len(left) + 1 == len(right):
        return left[start:] == right[start + 1 :]
    if len(left) != len(right):
        return False
    turned = left[start : start + 2] == right[start : start + 2][::-1] and left[start + 2 :] == right[start + 2 :]
    return turned or left[start + 1 :] == right[start + 1 :]
