"""Fits what other folds teach and predicts a fold by it, in several processes where there is much to learn.

Invariant: the same figures whatever the number of processes.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple

from router.api.bodies.freed_memory import trim_of_system
from router.reading.fit_reader import FOLDS, Texts, fit
from router.reading.ngrams import Floats

MANY = 20_000
"""From so many prompts on it is quicker to start other processes, each of which takes a second."""
PROCESSES = 2
"""No more, since each holds the texts of a fold."""
STEPS = FOLDS + 1


class Fold(NamedTuple):
    """What is learned from: texts, scores and perhaps tokens of answers (prompts x models); and what is predicted."""

    learned: Texts
    scores: Floats
    lengths: Floats | None
    predicted: Texts
    task_count: int


class Predicted(NamedTuple):
    """Chances, and what answers are expected to take where that was learned (prompts x models)."""

    chances: Floats
    spent: Floats | None


def predicted(folds: Iterable[Fold], prompts: int, advance: Callable[[], object]) -> Iterator[Predicted]:
    """What each fold comes to, in order, of a table of so many `prompts`; `advance` is called `STEPS` times a fold."""
    if prompts < MANY or (os.cpu_count() or 1) < PROCESSES:
        yield from (_predict(fold, advance) for fold in folds)
        return
    left = iter(folds)
    # What reading the table has left behind would be there beside the other processes.
    trim_of_system()()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        # Folds are made as they are needed, so that no more of them are held than are worked on.
        waiting = [pool.submit(_predict, fold) for fold in islice(left, PROCESSES)]
        while waiting:
            done = waiting.pop(0).result()
            waiting += [pool.submit(_predict, fold) for fold in islice(left, 1)]
            for _ in range(STEPS):
                advance()
            yield done


def _nothing() -> None: ...


def _predict(fold: Fold, advance: Callable[[], object] = _nothing) -> Predicted:
    fitted = fit(fold.learned, fold.scores, fold.task_count, advance, lengths=fold.lengths)
    spent = None if fold.lengths is None else fitted.tokens(fold.predicted)
    return Predicted(fitted.predict(fold.predicted), spent)
