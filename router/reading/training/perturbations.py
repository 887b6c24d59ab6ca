"""Changes of a text that change nothing of what is asked, and how often a reader falls for them.

Invariant: the same seed makes the same typing errors.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from statistics import fmean

from router.types import Excerpt, Reader

Change = Callable[[str, bool], str]
LETTERS_AN_ERROR = 60
LEAST_LENGTH = 20


def typing_errors(seed: int) -> Change:
    """Swap two neighbouring letters for each sixty characters."""
    chance = random.Random(seed)  # noqa: S311

    def change(text: str, korean: bool) -> str:  # noqa: ARG001
        letters = list(text)
        for _ in range(max(1, len(letters) // LETTERS_AN_ERROR)):
            place = chance.randrange(max(1, len(letters) - 1))
            pair = letters[place : place + 2]
            if len(pair) == 2 and all(letter.isalpha() for letter in pair):
                letters[place : place + 2] = reversed(pair)
        return "".join(letters)

    return change


def _preamble(text: str, korean: bool) -> str:
    return ("안녕하세요, 부탁 하나만 드릴게요. " if korean else "Hi, could you please help me with this? ") + text


def _thanks(text: str, korean: bool) -> str:
    return text + (" 감사합니다." if korean else " Thank you!")


CHANGES: dict[str, Change] = {
    "lower case": lambda text, _: text.lower(),
    "upper case": lambda text, _: text.upper(),
    "white space": lambda text, _: f"  {text.replace(' ', '  ')} \n",
    "preamble": _preamble,
    "thanks": _thanks,
}


def flips(reader: Reader, excerpts: Iterable[tuple[Excerpt, bool]], change: Change) -> float:
    """The share of texts (each with whether it is Korean), but for the shortest, whose task the change changes."""
    changed = [
        (excerpt, replace(excerpt, last=change(excerpt.last, korean)))
        for excerpt, korean in excerpts
        if len(excerpt.last) >= LEAST_LENGTH
    ]
    return fmean(reader.read(before).task != reader.read(after).task for before, after in changed)
