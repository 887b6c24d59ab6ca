"""The bilingual lexicon, spread over a vocabulary: which words and phrases are cues of what.

Invariant: a column of cues for each strong and each weak list of a task, in the order of the file, then the rest.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import yaml

from router.reading.languages.letters import folded
from router.reading.vocabulary import SKELETON_MARK, hangul, skeleton
from router.types import Task

LONGEST_ENDING = 6
SHORTEST_INFLECTED = 4
SHORTEST_SKELETON_WORD, SHORTEST_SKELETON = 6, 4
INFLECTED = ("s", "es", "ed", "ing", "d")


@dataclass(frozen=True, slots=True)
class Column:
    """One list of the lexicon: of a task, strongly or weakly, or of none."""

    task: Task | None
    strong: bool
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cues:
    """Words and phrases, each with its columns."""

    words: dict[str, set[int]]
    phrases: dict[str, set[int]]


def columns() -> list[Column]:
    """The lists of `lexicon.yaml`."""
    text = files("router.reading.training").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    task_lists = [
        Column(task, strength == "strong", _entries(words))
        for task, lists in data["tasks"].items()
        for strength, words in lists.items()
    ]
    return task_lists + [Column(None, False, _entries(words)) for words in data["cues"].values()]


def spread(lists: Iterable[Column], vocabulary: Iterable[str]) -> Cues:
    """Follow stars and inflections through the vocabulary."""
    known = set(vocabulary)
    ordered = sorted(known)
    words: dict[str, set[int]] = defaultdict(set)
    phrases: dict[str, set[int]] = defaultdict(set)
    for place, column in enumerate(lists):
        for entry in column.entries:
            if " " in entry:
                phrases[" ".join(word.rstrip("*") for word in entry.split(" ")[:2])].add(place)
                continue
            matching = _with_endings(entry[:-1], ordered) if entry.endswith("*") else _inflected(entry, known)
            for word in matching:
                words[word].add(place)
    return Cues(dict(words), dict(phrases))


def skeletons(cues: Cues, lists: list[Column], counts: Mapping[str, int]) -> dict[str, str]:
    """For each skeleton of strong words that agree on their columns, the most usual of them."""
    strong = {place for place, column in enumerate(lists) if column.strong}
    shared: dict[str, list[str]] = defaultdict(list)
    for word, places in cues.words.items():
        if places & strong and word.isascii() and word.isalpha() and len(word) >= SHORTEST_SKELETON_WORD:
            shared[skeleton(word)].append(word)
    return {
        SKELETON_MARK + bones: max(words, key=lambda word: counts.get(word, 0))
        for bones, words in shared.items()
        if len(bones) >= SHORTEST_SKELETON and len({frozenset(cues.words[word] & strong) for word in words}) == 1
    }


def _entries(text: str) -> tuple[str, ...]:
    return tuple(folded(entry.strip()) for entry in text.split(",") if entry.strip())


def _with_endings(stem: str, ordered: list[str]) -> list[str]:
    words = [stem]
    for word in ordered[bisect_left(ordered, stem) :]:
        if not word.startswith(stem):
            break
        if hangul(stem) or len(word) <= len(stem) + LONGEST_ENDING:
            words.append(word)
    return words


def _inflected(word: str, known: set[str]) -> list[str]:
    if not "a" <= word[0] <= "z" or len(word) < SHORTEST_INFLECTED:
        return [word]
    forms = [word + ending for ending in INFLECTED] + [word[:-1] + "ing"]
    return [word] + [form for form in forms if form in known]
