"""Texts with how hard they were for many models, from the published outcomes of several benchmarks.

Invariant: difficulties are comparable within a source only.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from router.reading.signals import Floats
from router.reading.training.prompts import rows

ROUNDS = 30
SHRINK = 0.3
WEAK, STRONG = "mistralai/Mixtral-8x7B-Instruct-v0.1", "gpt-4-1106-preview"
_NOT_WORD = re.compile(r"\W+")


class Outcomes(NamedTuple):
    """The texts of one source, with their difficulties."""

    source: str
    texts: list[str]
    difficulty: Floats


def every(folder: Path) -> Iterator[Outcomes]:
    """All sources."""
    for name in ("mmlu", "gsm8k"):
        yield _pair(folder / "routellm" / f"{name}.csv", name)
    yield _exam(folder / "mmlu_pro")
    yield from _by_task(folder / "llmrouter_uiuc" / "queries_scores.jsonl")
    for name in ("crux", "math-l5"):
        yield _zeroeval(folder / "zeroeval" / name)


def _pair(path: Path, name: str) -> Outcomes:
    kept = [row for row in _table(path) if row["contaminated"] != "True"]
    wrong = [1 - ((row[WEAK] == "True") + (row[STRONG] == "True")) / 2 for row in kept]
    return Outcomes(name, [row["prompt"] for row in kept], np.array(wrong, np.float32))


def _exam(folder: Path) -> Outcomes:
    questions = list(rows(folder / "prompts.jsonl"))
    texts = [
        "\n".join(
            [
                question["question"],
                *(f"{chr(65 + at)}. {text}" for at, text in enumerate(question["options"])),
                "Answer:",
            ]
        )
        for question in questions
    ]
    return Outcomes("mmlu_pro", texts, rasch(_outcomes(folder, [str(question["id"]) for question in questions])))


def _lettered(options: list[str]) -> list[str]:
    return [f"{chr(65 + at)}. {text}" for at, text in enumerate(options)]


def _zeroeval(folder: Path) -> Outcomes:
    questions = list(rows(folder / "prompts.jsonl"))
    outcomes = _outcomes(folder, [str(question["id"]) for question in questions])
    return Outcomes(folder.name, [question["prompt"] for question in questions], rasch(outcomes))


def _by_task(path: Path) -> Iterator[Outcomes]:
    """Scores by task; a prompt that occurs twice counts once, with the mean of its scores."""
    table = list(rows(path))
    models = sorted(table[0]["scores"])
    scores: dict[str, list[list[float]]] = defaultdict(list)
    first: dict[str, tuple[str, str]] = {}
    for row in table:
        key = _NOT_WORD.sub("", row["prompt"].lower())
        first.setdefault(key, (row["task"], row["prompt"]))
        scores[key].append([np.nan if (score := row["scores"].get(model)) is None else score for model in models])
    difficulty = rasch(np.array([np.mean(scores[key], 0) for key in first], np.float32))
    for task in sorted({task for task, _ in first.values()}):
        inside = [place for place, (name, _) in enumerate(first.values()) if name == task]
        texts = [text for name, text in first.values() if name == task]
        yield Outcomes(f"llmrouter/{task}", texts, difficulty[inside])


def _outcomes(folder: Path, ids: list[str]) -> Floats:
    table = {row.pop("id"): list(row.values()) for row in _table(folder / "outcomes.csv")}
    return np.array([[float(cell) if cell else np.nan for cell in table[id_]] for id_ in ids], np.float32)


def _table(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10**8)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rasch(right: Floats) -> Floats:
    """The difficulty of each row in logits (texts x models, blanks as NaN), shrunk to the mean."""
    seen = ~np.isnan(right)
    filled = np.where(seen, right, 0)
    difficulty, ability = np.zeros(len(right)), np.zeros(right.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(difficulty[:, None] - ability))
        ability += ((filled - chance) * seen).sum(0) / ((chance * (1 - chance) * seen).sum(0) + 0.1)
        chance = 1 / (1 + np.exp(difficulty[:, None] - ability))
        step = ((chance - filled) * seen).sum(1) - SHRINK * difficulty
        difficulty += step / ((chance * (1 - chance) * seen).sum(1) + SHRINK)
    return difficulty.astype(np.float32)
