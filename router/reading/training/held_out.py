"""Measures the shipped reader on prompts that share no template with what it was fitted to.

`python -m router.reading.training.held_out` prints it as JSON: tasks and languages of `seeds/tasks.jsonl`, tasks of
`seeds/tasks_later.jsonl` (other voices in English and Korean, written before the present reader was fitted), how the
hard and short stand to the easy and long of `seeds/difficulty.jsonl`, and what length has to do with difficulty.
"""

import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import orjson

from router.decision.features import excerpt
from router.reading.artefact import load_reader
from router.reading.training.exams import workload
from router.reading.training.prompts import rows
from router.types import Message, Reading

SEEDS = Path(__file__).parents[3] / "seeds"


def of_tasks(name: str = "tasks") -> dict[str, str]:
    """The share of right tasks, by language and by task, and of right languages, in that file of the seeds."""
    shares: dict[str, list[bool]] = defaultdict(list)
    for row in rows(SEEDS / f"{name}.jsonl"):
        reading = _read(row["text"])
        for group in ("all", f"in {row['language']}", row["task"]):
            shares[group].append(reading.task == row["task"])
        shares["language"].append(reading.language == row["language"])
    return {group: f"{fmean(right):.3f} ({sum(right)} of {len(right)})" for group, right in shares.items()}


def of_difficulty() -> dict[str, Any]:
    """The mean difficulty of either kind, and the share of pairs in which the hard one is read as harder."""
    read: dict[bool, list[float]] = {True: [], False: []}
    for row in rows(SEEDS / "difficulty.jsonl"):
        read[row["hard"]].append(_read(row.get("filler", "") * row["times"] + row["text"]).difficulty)
    right = [hard > easy for hard in read[True] for easy in read[False]]
    return {
        "hard": round(fmean(read[True]), 2),
        "easy": round(fmean(read[False]), 2),
        "in order": round(fmean(right), 3),
    }


def of_length() -> dict[str, dict[str, float]]:
    """Rank correlations on the odd rows of the workload, by language."""
    by_language: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for question in workload(SEEDS / "workload.jsonl")[1::2]:
        reading = load_reader().read(question.excerpt)
        by_language[question.language].append((reading.difficulty, question.difficulty, question.excerpt.characters))
    figures = {}
    for language in ("en", "ko"):
        read, labels, lengths = (_ranks(column) for column in zip(*by_language[language], strict=True))
        figures[language] = {"with labels": _alike(read, labels), "with length": _alike(read, lengths)}
    return figures


def _read(text: str) -> Reading:
    return load_reader().read(excerpt((Message("user", text),)))


def _ranks(values: tuple[float, ...]) -> Any:
    """Ranks, equal ones in the middle of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def _alike(left: Any, right: Any) -> float:
    return round(float(np.corrcoef(left, right)[0, 1]), 3)


if __name__ == "__main__":
    report = {
        "tasks": of_tasks(),
        "tasks, later": of_tasks("tasks_later"),
        "difficulty": of_difficulty(),
        "rank correlation": of_length(),
    }
    sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
