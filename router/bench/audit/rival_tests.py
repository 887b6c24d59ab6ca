"""How others tell two endpoints apart: a two-sample test of answers, looked at once or often, and first words.

The two-sample test is model equality testing (Gao, Liang and Guestrin, 2025): the squared MMD under a Hamming kernel,
within prompts, with a p-value by permutation. The one-word test bets on first words alone.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# The source compares a thousand characters; these answers have four hundred at most.
LENGTH = 400
PERMUTATIONS = 200
KNOWN_WORD = 0.5

Codes = NDArray[np.int32]


def codes(text: str) -> Codes:
    """The characters of an answer, as numbers, filled up with zeros."""
    made = np.zeros(LENGTH, np.int32)
    letters = [ord(letter) for letter in text[:LENGTH]]
    made[: len(letters)] = letters
    return made


def mmd_p_value(
    prompts: Sequence[int], audited: Sequence[Codes], references: Sequence[Codes], rng: np.random.Generator
) -> float:
    """The p-value that the two samples are of one law, prompt by prompt: labels are permuted within a prompt."""
    groups: dict[int, list[int]] = defaultdict(list)
    for place, prompt in enumerate(prompts):
        groups[prompt].append(place)
    observed, permuted = 0.0, np.zeros(PERMUTATIONS)
    for places in groups.values():
        rows = np.array([audited[place] for place in places] + [references[place] for place in places])
        alike = (rows[:, None, :] == rows[None, :, :]).mean(axis=2)
        sides = np.repeat([1.0, -1.0], len(places))
        labels = rng.permuted(np.tile(sides, (PERMUTATIONS, 1)), axis=1)
        # Likeness within both sides less that between them; a prompt counts by its rounds.
        observed += float(sides @ alike @ sides) / len(places)
        permuted += ((labels @ alike) * labels).sum(axis=1) / len(places)
    return float((1 + (permuted >= observed - 1e-9).sum()) / (1 + PERMUTATIONS))


class FirstWord:
    """Bets on first words: how often each side began an answer to a prompt with a word, a half added to all counts."""

    def __init__(self) -> None:
        self.log_wealth = 0.0
        self._counts: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)

    def observe(self, prompt: int, audited: str, reference: str) -> float:
        """The logarithm of the wealth after one more pair; valid at every look, as the audit's own is."""
        words = [text.split(maxsplit=1)[0] if text.split() else "" for text in (audited, reference)]
        ratios = [self._chance(0, prompt, word) / self._chance(1, prompt, word) for word in words]
        self.log_wealth += float(np.log(2 * ratios[0] / sum(ratios)))
        for side, word in enumerate(words):
            self._counts[side, prompt][word] += 1
        return self.log_wealth

    def _chance(self, side: int, prompt: int, word: str) -> float:
        counts = self._counts[side, prompt]
        return (counts[word] + KNOWN_WORD) / (counts.total() + 4 * KNOWN_WORD)
