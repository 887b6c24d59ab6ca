"""The same asked in several ways: what is read of the one should be read of the other.

Invariant: none of these texts is among the paraphrases in which steadiness is measured.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import NamedTuple
from zlib import crc32

import yaml

from router.reading.training.difficulty.difficulty_pairs import framings
from router.reading.training.prompts import FRAMES, Prompt
from router.reading.training.stakes.stakes_texts import entries
from router.types import Task


class Group(NamedTuple):
    """Ways to ask one thing."""

    task: Task
    language: str
    texts: Sequence[str]


@cache
def groups() -> tuple[Group, ...]:
    """All groups of `paraphrases.yaml`."""
    text = files("router.reading.training.difficulty").joinpath("paraphrases.yaml").read_text(encoding="utf-8")
    return tuple(
        Group(task, language, entries(group))
        for language, tasks in yaml.safe_load(text).items()
        for task, ways in tasks.items()
        for group in ways.split("//")
    )


def from_paraphrases() -> list[Prompt]:
    """Every way of asking, alone and framed, with its task; they count as frames do."""
    return [
        Prompt(way, group.task, f"{FRAMES}/{group.language}", group.language)
        for group in groups()
        for text, *framed in _framed(group.texts)
        for way in (text, *framed)
    ]


def alike() -> Iterator[tuple[str, str]]:
    """Each pair of ways to ask one thing."""
    for group in groups():
        yield from combinations(group.texts, 2)


def _framed(texts: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each text, alone, with something before it and with something behind it."""
    before, behind = framings()
    for text in texts:
        # The same for a text on every machine, whatever stands in the file around it.
        number = crc32(text.encode())
        yield text, f"{before[number % len(before)]} {text}", f"{text} {behind[number % len(behind)]}"
