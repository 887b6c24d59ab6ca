"""Texts with how hard they are: pairs of what is short and hard and long and easy, and half of the workload.

Invariant: the pairs are of eight languages, so that length can't stand for difficulty.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from router.decision.features import excerpt
from router.reading.training.exams import workload
from router.reading.training.stakes.stakes_texts import entries
from router.types import Excerpt, Message

HARD, EASY = 2.2, -2.5
DRAWS = 4
SEED = 11
# What a text that is said otherwise counts beside the text itself.
OTHERWISE = 0.5
REPEATS = (10, 30, 80, 120)


class Labelled(NamedTuple):
    """A text, how hard it is in logits, and how much it counts."""

    excerpt: Excerpt
    difficulty: float
    weight: float


def of_workload(path: Path) -> list[Labelled]:
    """The even rows of the workload."""
    return [Labelled(question.excerpt, question.difficulty, 1.0) for question in workload(path)[0::2]]


def pairs() -> Iterator[Labelled]:
    """Each hard text, alone; each easy one alone, and before or behind much that makes no work."""
    data = _lists()
    chance = random.Random(SEED)  # noqa: S311
    for language, lists in data["languages"].items():
        for text in entries(lists["hard"]):
            yield _alone(text, HARD, 1.0)
            yield _alone(text.rstrip(".。?？").lower(), HARD, 0.5)
        for text in entries(lists["easy"]):
            yield _alone(text, EASY, 1.0)
            for _ in range(DRAWS):
                filler = _filler(chance, data, language)
                yield _alone(chance.choice([f"{filler}\n{text}", f"{text}\n\n{filler}"]), EASY + 0.5, 0.5)


def said_otherwise(labels: Sequence[Labelled]) -> list[Labelled]:
    """Each text framed, with a wish behind it, and without its last mark: none of which makes it harder."""
    chance = random.Random(SEED)  # noqa: S311
    before, behind = framings()
    made = []
    for label in labels:
        last = label.excerpt.last
        changed = f"{chance.choice(before)} {last}", f"{last} {chance.choice(behind)}", last.rstrip(".?!。？ ")
        weight = label.weight * OTHERWISE
        made += [Labelled(replace(label.excerpt, last=text), label.difficulty, weight) for text in changed]
    return made


def framings() -> tuple[list[str], list[str]]:
    """What people say before and behind that which they ask."""
    ways = _lists()
    return entries(ways["before"]), entries(ways["behind"])


def _alone(text: str, difficulty: float, weight: float) -> Labelled:
    return Labelled(excerpt((Message("user", text),)), difficulty, weight)


def _filler(chance: random.Random, data: dict[str, Any], language: str) -> str:
    lines = entries(data["fillers"]) + entries(data["languages"][language]["fillers"])
    return (" \n"[chance.random() < 0.6]).join([chance.choice(lines)] * chance.choice(REPEATS))


def _lists() -> dict[str, Any]:
    text = files("router.reading.training").joinpath("pairs.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data
