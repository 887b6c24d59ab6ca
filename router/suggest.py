"""Suggests the nearest right name for a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(wrong: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest right word, or the words there are."""
    known = list(known)
    close = get_close_matches(wrong, known, n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else f" There are: {', '.join(known)}."
