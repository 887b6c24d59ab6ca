"""Suggests the nearest right name for a wrong one.

Invariant: what is suggested is a slip of the fingers away, or what was begun or gone on with; else what there is is
listed, since no suggestion is better than a silly one.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher

MOST_LISTED = 40
_LEAST_BEGUN = 3


def nearest(wrong: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest right word, or the words there are."""
    known = list(known)
    if (close := likely(wrong, known)) is not None:
        return f" Did you mean {close!r}?"
    if not known:
        return " There are none."
    more = f" and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
    return f" There are: {', '.join(known[:MOST_LISTED])}{more}."


def likely(wrong: str, known: Iterable[str]) -> str | None:
    """The word that somebody surely meant; None where there is none, or where several are begun alike."""
    lower, known = wrong.lower(), list(known)
    near = [(away, word) for word in known if (away := _distance(lower, word.lower())) is not None]
    if near:
        least = min(away for away, _ in near)
        return max((word for away, word in near if away == least), key=lambda word: _alike(lower, word.lower()))
    if len(lower) < _LEAST_BEGUN:
        return None
    begun = [word for word in known if word.lower().startswith(lower)]
    gone_on = [word for word in known if len(word) >= _LEAST_BEGUN and lower.startswith(word.lower())]
    return begun[0] if len(begun) == 1 else max(gone_on, key=len, default=None)


def _distance(wrong: str, right: str) -> int | None:
    """How many letters are wrong; None for more than a slip. Of one letter or two, only the case may be."""
    most = 0 if len(wrong) < _LEAST_BEGUN else (len(wrong) + 1) // 3
    if abs(len(wrong) - len(right)) > most or (away := _away(wrong, right)) > most:
        return None
    return away


def _alike(wrong: str, right: str) -> float:
    return SequenceMatcher(None, wrong, right).ratio()


def _away(wrong: str, right: str) -> int:
    """How many letters are left out, put in, changed or swapped with the next."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(wrong, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            steps = [before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other)]
            if i > 1 and j > 1 and letter == right[j - 2] and wrong[i - 2] == other:
                steps.append(earlier[j - 2] + 1)
            row.append(min(steps))
    return row[-1]
