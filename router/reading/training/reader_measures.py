"""How good a reader is: right tasks, honest chances, the order and the size of difficulties, robustness.

Invariant: every share comes with the number of texts that it was measured on.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from router.reading.signals import Floats
from router.reading.training.exams import Question, public
from router.reading.training.perturbations import CHANGES, flips, typing_errors
from router.types import Reader, Reading

BINS = 10
SEEDS = 5


def share(right: Sequence[bool] | NDArray[np.bool_]) -> dict[str, float]:
    """The share that is right, and of how many."""
    return {"share": round(float(np.mean(right)), 3), "n": len(right)}


def calibration_error(chances: Sequence[float] | Floats, right: Sequence[bool] | NDArray[np.bool_]) -> float:
    """The mean distance of chance and share right over ten bins, weighted by their sizes."""
    chance, hit = np.asarray(chances), np.asarray(right)
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    off = [abs(float((chance - hit)[bins == place].sum())) for place in range(BINS)]
    return round(sum(off) / len(hit), 3)


def of_workload(reader: Reader, questions: Sequence[Question]) -> dict[str, Any]:
    """Everything that can be measured on the labelled workload."""
    readings = [reader.read(question.excerpt) for question in questions]
    right = [reading.task in question.right for reading, question in zip(readings, questions, strict=True)]
    return {
        "accuracy": {"all": share(right)} | _accuracies(right, questions),
        "calibration_error": calibration_error([reading.task_probability for reading in readings], right),
        "difficulty": _difficulty(readings, questions),
        "flips": _flips(reader, questions),
    }


def of_public(reader: Reader, folder: Path) -> dict[str, Any]:
    """Accuracies on public sets."""
    return {
        name: share([reader.read(question.excerpt).task in question.right for question in questions])
        for name, questions in public(folder)
    }


def _accuracies(right: Sequence[bool], questions: Sequence[Question]) -> dict[str, Any]:
    languages = sorted({question.language for question in questions})
    by_language = {
        language: share([hit for hit, question in zip(right, questions, strict=True) if question.language == language])
        for language in languages
    }
    halves = {"even rows, seen while the lexicon grew": right[0::2], "odd rows, unseen": right[1::2]}
    return by_language | {name: share(half) for name, half in halves.items()}


def _difficulty(readings: Sequence[Reading], questions: Sequence[Question]) -> dict[str, Any]:
    correlations: dict[str, Any] = {}
    for language in ("en", "ko"):
        pairs = [
            (reading.difficulty, question.difficulty)
            for reading, question in zip(readings, questions, strict=True)
            if question.language == language
        ]
        correlations[language] = {"rank correlation": round(float(spearmanr(pairs).statistic), 3), "n": len(pairs)}
    squares = [
        (reading.difficulty - question.difficulty) ** 2 for reading, question in zip(readings, questions, strict=True)
    ]
    return correlations | {"root mean square error": round(fmean(squares) ** 0.5, 3)}


def _flips(reader: Reader, questions: Sequence[Question]) -> dict[str, float]:
    excerpts = [(question.excerpt, question.language != "en") for question in questions]
    errors = fmean(flips(reader, excerpts, typing_errors(seed)) for seed in range(SEEDS))
    others = {name: round(flips(reader, excerpts, change), 3) for name, change in CHANGES.items()}
    return {"typing errors": round(errors, 3)} | others
