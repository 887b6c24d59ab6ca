"""The first reader: a word list and a few marks, in English and Korean.

Invariant: pure, and bounded by the excerpt that it is given. It is honest about how little it knows: its difficulty
comes with a standard error of more than a logit.
"""

import re
from functools import lru_cache
from math import exp, log

from router.reading.language import language
from router.reading.lexicon import EASY, ENGLISH, HARD, KOREAN, OUTPUT_TOKENS
from router.types import TASKS, Excerpt, Reading, Task

# Measured on the shipped workload, as the root of the mean squared difference to its labels.
DIFFICULTY_ERROR = 1.3
ENOUGH = 24
_WORD = re.compile(r"[a-z']{2,}")
_DIGITS = re.compile(r"\d+")
_PRIOR: dict[Task, float] = dict.fromkeys(TASKS, 0.0) | {"chat": 1.5}
_BASE: dict[Task, float] = dict.fromkeys(TASKS, 0.2) | {
    "chat": -1.2,
    "summarisation": -0.6,
    "translation": -0.4,
    "extraction": -0.7,
    "classification": -1.0,
    "speech": -0.8,
}


def _prefixes() -> dict[str, list[tuple[Task, int]]]:
    table: dict[str, list[tuple[Task, int]]] = {}
    for task, weighted in ENGLISH.items():
        for weight, words in weighted.items():
            for word in words.split():
                table.setdefault(word, []).append((task, weight))
    return table


_ENGLISH = _prefixes()
_LENGTHS = sorted({len(word) for word in _ENGLISH}, reverse=True)


@lru_cache(maxsize=20_000)
def _votes(word: str) -> list[tuple[Task, int]]:
    """What the longest entry with which the word begins says."""
    return next((found for length in _LENGTHS if (found := _ENGLISH.get(word[:length]))), [])


_KOREAN = [
    (word, task, weight) for task, rows in KOREAN.items() for weight, words in rows.items() for word in words.split()
]
_MARKS: list[tuple[str, Task, float]] = [
    ("```", "coding", 3),
    ("def ", "coding", 3),
    ("=", "math", 1.5),
    ("\\", "math", 1.5),
]
_HARD, _EASY = HARD.split(), EASY.split()


class HeuristicReader:
    """Counts the words of a lexicon; an operation on a text weighs more than the text's subject."""

    name = "heuristic-1"

    def read(self, excerpt: Excerpt) -> Reading:
        """Read the last user turn; what came before it speaks too, loudly when the last turn is short."""
        last = excerpt.last.lower()
        scores = dict(_PRIOR)
        score(last, scores, 1.0)
        short = len(last) < ENOUGH
        if excerpt.earlier:
            score(excerpt.earlier.lower(), scores, 1.0 if short else 0.3)
        if excerpt.system:
            score(excerpt.system.lower(), scores, 0.5)
        task = max(TASKS, key=lambda name: scores[name])
        text = f"{excerpt.earlier.lower()}\n{last}" if short else last
        return Reading(
            task,
            _probability(scores, task),
            difficulty(text, task),
            DIFFICULTY_ERROR,
            language(excerpt.last if not short else text),
            OUTPUT_TOKENS[task],
        )


def score(text: str, scores: dict[Task, float], weight: float) -> None:
    """Add what the words of a lower-case text say for each task."""
    for word in set(_WORD.findall(text)):
        for task, value in _votes(word):
            scores[task] += value * weight
    if not text.isascii():
        for word, task, value in _KOREAN:
            if word in text:
                scores[task] += value * weight
    for mark, task, strength in _MARKS:
        if mark in text:
            scores[task] += strength * weight


def difficulty(text: str, task: Task) -> float:
    """A guess in logits: the task's own level, words of hard and light work, numbers, and a little of the length."""
    hard = sum(word in text for word in _HARD)
    easy = sum(word in text for word in _EASY)
    numbers = min(len(_DIGITS.findall(text)), 12)
    level = _BASE[task] + 0.9 * min(hard, 3) - 0.7 * min(easy, 2) + 0.03 * numbers
    return max(-3.0, min(3.0, level + 0.35 * (log(1 + len(text)) - log(120))))


def _probability(scores: dict[Task, float], task: Task) -> float:
    return 1 / sum(exp((value - scores[task]) / 2) for value in scores.values())
