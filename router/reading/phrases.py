"""Phrases of two words that are cues of a task, such as `into french` and `stack trace`.

Invariant: a phrase is found only where its words are adjacent.
"""

from collections.abc import Sequence
from itertools import compress


class Phrases:
    """Finds phrases among tokens; a phrase is known by its place in the list that it was given."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._followers: dict[str, dict[str, int]] = {}
        for place, phrase in enumerate(phrases):
            first, _, second = phrase.partition(" ")
            self._followers.setdefault(first, {})[second] = place

    def within(self, tokens: Sequence[str]) -> list[tuple[int, int]]:
        """Where each phrase begins, and which it is."""
        followers = self._followers
        starts = compress(range(len(tokens) - 1), map(followers.__contains__, tokens))
        return [
            (start, place) for start in starts if (place := followers[tokens[start]].get(tokens[start + 1])) is not None
        ]
