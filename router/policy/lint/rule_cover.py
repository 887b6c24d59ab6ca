"""Which later rules apply whenever an earlier one does, without holding each against each.

Invariant: whatever is said to cover a rule does; of rules that look at nothing but numbers, in files of many thousands,
only the nearest later ones are looked at.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from router.policy.lint.condition_ranges import EASIEST, HARDEST, Extent, everywhere, extent, within
from router.types import Rule, Subject

# So many comparisons are made for a whole file, or these many for a rule, whichever is more.
MOST_COMPARED, LEAST_EACH = 1_000_000, 20


class RuleCover:
    """The rules of a list, each found by a word that whatever it covers must have."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.extents = [extent(rule.when) for rule in rules]
        self._at: dict[tuple[Subject, Any] | None, list[int]] = defaultdict(list)
        for place, each in enumerate(self.extents):
            for word in _words(each):
                self._at[word].append(place)

    def later(self, place: int) -> Iterator[int]:
        """The places of the later rules that cover the one at a place, in order."""
        here = self.extents[place]
        if here.empty:
            return
        words = [(subject, next(iter(words))) for subject, words in here.words.items()]
        near = sorted({other for word in (None, *words) for other in self._nearest(word, place)})
        yield from (other for other in near if within(_read(here), self.extents[other]))

    def _nearest(self, word: tuple[Subject, Any] | None, place: int) -> list[int]:
        places = self._at.get(word, [])
        most = max(LEAST_EACH, MOST_COMPARED // max(1, len(self.extents)))
        first = bisect_right(places, place)
        return places[first : first + most]


def _read(here: Extent) -> Extent:
    """The requests that a rule applies to, as far as readers tell them: none is as hard as a condition may say."""
    read = {word: (max(least, EASIEST), min(most, HARDEST)) for word, (least, most) in here.difficulty.items()}
    read = {word: each for word, each in read.items() if each[0] <= each[1]}
    return replace(here, difficulty=read) if read else here


def _words(each: Extent) -> list[tuple[Subject, Any] | None]:
    """The words of the subject by which a rule is found; None for one that looks at no word."""
    narrow = {subject: words for subject, words in each.words.items() if words and words != everywhere(subject)}
    if not narrow:
        return [None]
    subject = min(narrow, key=lambda name: len(narrow[name]))
    return [(subject, word) for word in narrow[subject]]
