"""A tiny reader, made by hand, and the shipped one with the labelled workload."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from router.config.files.seed_data import Case, load_workload
from router.decision.features import excerpt
from router.reading.artefact import load_reader
from router.reading.learned import Calibration, LearnedReader, Weights
from router.reading.signals import BURDENS, Lexicon
from router.reading.training.saving import save
from router.types import TASKS, Excerpt

SPECIAL = ["<unknown>", "<syllable>", "<digit>", "<number>", "<year>", "<many>", "<symbol>"]
WORDS = [*SPECIAL, "poem", "solve", "translate", "번역", "해", "주세요", "?", "翻译", "请"]
MEANING, CUES = 2, 1


def tiny_lexicon() -> Lexicon:
    table = np.zeros((len(WORDS), MEANING + len(TASKS) + CUES + 1), np.int8)
    table[:, 0] = 1
    for word, task in (("poem", "creative_writing"), ("solve", "math"), ("translate", "translation")):
        table[WORDS.index(word), MEANING + TASKS.index(task)] = 127  # type: ignore[arg-type]
    rows = {word: place for place, word in enumerate(WORDS)}
    rows["~tlnrst"] = rows["translate"]
    return Lexicon(rows, table, ("stack trace",), np.ones((1, CUES), np.int8), 0.1, len(TASKS))


def tiny_weights(lexicon: Lexicon) -> Weights:
    weights = np.zeros((lexicon.signals, len(TASKS)), np.float32)
    for segment in range(3):
        start = segment * (MEANING + 2 * len(TASKS) + CUES) + MEANING
        weights[start : start + len(TASKS)] = 5 * np.eye(len(TASKS))
    none = np.zeros(lexicon.signals, np.float32)
    return Weights(weights, np.zeros(len(TASKS), np.float32), none, [1.0] * BURDENS, [0.0] * len(TASKS))


def tiny_reader(folder: Path, **about: Any) -> LearnedReader:
    lexicon = tiny_lexicon()
    return save(folder, lexicon, tiny_weights(lexicon), Calibration(1.0, 1.0, -9.0, 1.0), about)


@cache
def shipped() -> LearnedReader:
    return load_reader()


@cache
def workload() -> tuple[tuple[Case, Excerpt], ...]:
    return tuple((case, excerpt(case.messages)) for case in load_workload())
