"""Texts to fit the reader of stakes to: phrases in frames, whole sentences, and prompts in which nothing is at stake.

Invariant: the same seed and the same prompts give the same texts.
"""

import random
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from router.reading.stakes.stakes_reader import STRETCH, sentences
from router.reading.training.prompts import Prompt
from router.reading.training.stakes.stakes_measures import labelled_set

SEED = 5
LISTS = files("router.reading.training.stakes").joinpath("stakes.yaml")
LANGUAGES = ("en", "ko", "ja", "zh", "es", "de", "fr", "pt")
DRAWS = 900
MISSPELT = 0.3
MOST_SENTENCES = 8
# Prompts on these are neither: an exam's question on medicine costs nobody anything, a patient's does.
UNCLEAR = {"law", "medicine", "security"}
UNCLEAR_SOURCES = ("banking77", "purplellama")
PATIENTS = re.compile("죽|자살|돈|빚|아프|병원|약")
_SLOT = re.compile(r"\{(\w+)\}")


class Text(NamedTuple):
    """A text, whether much is at stake in it, and how much it counts."""

    text: str
    high: bool
    weight: float


def every(prompts: Sequence[Prompt]) -> list[Text]:
    """All the texts to fit to."""
    author = _Author()
    made = [text for language in LANGUAGES for text in author.of(language)]
    seen = [text for text in labelled_set() if not text.held_out]
    made += [Text(spelled, text.high, 2.0) for text in seen for spelled in author.twice(text.text)]
    return made + [text for prompt in prompts for text in _of_prompt(prompt)]


@cache
def _lists() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(LISTS.read_text(encoding="utf-8"))
    return data


def written_in(language: str) -> list[str]:
    """All that is written in one language, without frames."""
    data = _lists()
    lists = (data[language]["high"], data[language]["ordinary"], data["sentences"][language])
    phrases = [phrase for text in (*lists, data["high_sentences"][language]) for phrase in entries(text)]
    return [_SLOT.sub("", phrase) for phrase in phrases]


def _of_prompt(prompt: Prompt) -> list[Text]:
    if prompt.source.startswith("authored/") and prompt.task in ("law", "medicine"):
        return [Text(prompt.text, True, 0.3)]
    if prompt.task in UNCLEAR or prompt.source.startswith(UNCLEAR_SOURCES) or PATIENTS.search(prompt.text):
        return []
    parts = sentences(prompt.text)[:MOST_SENTENCES]
    return [Text(" ".join(words[:STRETCH]), False, 0.4 / len(parts) ** 0.5) for words in parts]


def entries(text: Any) -> list[str]:
    """What stands between bars."""
    return [entry.strip() for entry in re.sub(r"\s*\n\s*", " ", str(text)).split("|") if entry.strip()]


class _Author:
    def __init__(self) -> None:
        self._chance = random.Random(SEED)  # noqa: S311
        self._data = _lists()

    def of(self, language: str) -> list[Text]:
        """Texts of one language, of both kinds."""
        lists, data = self._data[language], self._data
        slots = {name: entries(lists.get(name) or data[name]) for name in ("kid", "poison", "drug", "sum")}
        frames = entries(lists["frames"])
        parts = (
            (lists["high"], frames, True, DRAWS),
            (lists["ordinary"], frames, False, DRAWS),
            (data["high_sentences"][language], ["{x}"], True, DRAWS // 2),
            (data["sentences"][language], ["{x}"], False, DRAWS // 2),
        )
        return [
            Text(self._written(entries(phrases), place, around, slots), high, 1000 / many)
            for phrases, around, high, many in parts
            for place in range(many)
        ]

    def twice(self, text: str) -> tuple[str, str]:
        """A text as it is, and misspelt."""
        return text, self._misspelt(text)

    def _written(self, phrases: list[str], place: int, frames: list[str], slots: dict[str, list[str]]) -> str:
        choice = self._chance.choice
        phrase = _SLOT.sub(lambda slot: choice(slots[slot[1]]), phrases[place % len(phrases)])
        text = choice(frames).replace("{x}", phrase)
        return self._misspelt(text) if self._chance.random() < MISSPELT else text

    def _misspelt(self, text: str) -> str:
        letters = list(text)
        for _ in range(self._chance.choice([1, 1, 2])):
            if len(letters) < len("misspelt"):
                break
            place, kind = self._chance.randrange(1, len(letters) - 1), self._chance.random()
            if kind < 0.4:
                letters[place], letters[place - 1] = letters[place - 1], letters[place]
            elif kind < 0.8:
                del letters[place]
            else:
                letters.insert(place, letters[place])
        return "".join(letters)
