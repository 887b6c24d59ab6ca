"""Whether a word fits others, each of which may be a pattern: `legal-*`, `team-?`, `[ab]-1`.

Invariant: a word without `*`, `?` or `[` fits itself alone.
"""

import re
from collections.abc import Collection
from fnmatch import translate
from functools import lru_cache

_OPEN = frozenset("*?[")


def is_pattern(word: str) -> bool:
    """Whether a word stands for others, too."""
    return not _OPEN.isdisjoint(word)


def fits(word: str | None, words: Collection[str]) -> bool:
    """Whether a word is one of these or fits a pattern among them; what is not known fits none."""
    return word is not None and (word in words or bool((open_ := _patterns(tuple(words))) and open_.match(word)))


@lru_cache(maxsize=4096)
def _patterns(words: tuple[str, ...]) -> re.Pattern[str] | None:
    patterns = [translate(word) for word in words if is_pattern(word)]
    return re.compile("|".join(patterns)) if patterns else None
